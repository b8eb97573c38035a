// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_lists.hpp"

#include "storage/list_bounds.hpp"

#include <limits>
#include <map>
#include <unordered_map>

namespace storage::sqlite {
namespace {
struct Use {
    std::uint64_t hits = 0;
    WallTime last{};
    bool is_written = true;
};
constexpr std::chrono::minutes write_interval{1};
constexpr std::size_t few = 500; ///< are copied at once, beside mail
constexpr std::size_t long_scope = 50'000; ///< is not copied while it is locked
}

struct MailLists::State {
    using Scope = std::map<std::int64_t, std::shared_ptr<const ListEntry>>;
    mutable std::mutex mutex;
    ListTable::Pointer table;
    std::unordered_map<std::string, Scope> scopes; ///< the entries of the table, by number
    std::unordered_map<std::string, std::size_t> coming; ///< entries that are being stored
    std::unordered_map<std::int64_t, Use> uses;
    WallTime written_at{};

    /// With the mutex held.
    void settle(const std::string& scope)
    {
        if (--coming[scope] == 0)
            coming.erase(scope);
    }
    ListTable::Pointer current() const
    {
        const std::lock_guard lock{mutex};
        return table;
    }
    /// Keeps a place for an entry that is to be stored; false: there is none.
    bool reserve(const ListEntry& entry)
    {
        const std::lock_guard lock{mutex};
        const auto known = scopes.find(entry.scope);
        const auto waiting = coming.find(entry.scope);
        const auto count = (known == scopes.end() ? 0 : known->second.size())
            + (waiting == coming.end() ? 0 : waiting->second);
        if (count >= most_list_entries(entry.scope)
            && !table->find(entry.scope, entry.effect, entry.text))
            return false;
        ++coming[entry.scope];
        return true;
    }
    /// What was reserved will not be stored.
    void give_back(const std::string& scope)
    {
        const std::lock_guard lock{mutex};
        settle(scope);
    }
    /// What was reserved is stored: at no moment does it count twice.
    void put(const ListEntry& entry)
    {
        auto next = current()->with(entry);
        auto shared = next->share(entry.scope, entry.effect, entry.text);
        const std::lock_guard lock{mutex};
        settle(entry.scope);
        scopes[entry.scope].insert_or_assign(entry.number, std::move(shared));
        table.swap(next);
    }
    void erase(const ListEntry& entry)
    {
        auto next = current()->without(entry.scope, entry.effect, entry.text);
        const std::lock_guard lock{mutex};
        uses.erase(entry.number);
        if (const auto scope = scopes.find(entry.scope); scope != scopes.end()) {
            scope->second.erase(entry.number);
            if (scope->second.empty())
                scopes.erase(scope);
        }
        table.swap(next);
    }
    std::size_t count(const std::string& scope) const
    {
        const std::lock_guard lock{mutex};
        const auto found = scopes.find(scope);
        return found == scopes.end() ? 0 : found->second.size();
    }
    /// The entries of a scope that is not long.
    std::vector<ListEntry> of_scope(const std::string& scope) const
    {
        std::vector<ListEntry> entries;
        const std::lock_guard lock{mutex};
        if (const auto found = scopes.find(scope); found != scopes.end())
            for (const auto& [number, entry] : found->second)
                entries.push_back(*entry);
        return entries;
    }
    void put_uses(std::vector<ListEntry>& entries) const
    {
        for (auto& entry : entries) {
            const std::lock_guard lock{mutex}; // each by itself: a message may want to count a hit
            if (const auto use = uses.find(entry.number); use != uses.end()) {
                entry.hits = use->second.hits;
                entry.last_hit = use->second.last;
            }
        }
    }
    std::vector<std::pair<std::int64_t, Use>> take_unwritten()
    {
        std::vector<std::pair<std::int64_t, Use>> unwritten;
        for (auto& [number, use] : uses) {
            if (!std::exchange(use.is_written, true))
                unwritten.emplace_back(number, use);
        }
        return unwritten;
    }
};

class MailLists::AddChange final : public Change {
public:
    AddChange(std::shared_ptr<State> state, ListEntry entry, net::Handover<ListEntry> outcome)
        : state_{std::move(state)}, entry_{std::move(entry)}, outcome_{std::move(outcome)}
    { }
    void apply(MailTables& tables) override { entry_.number = tables.put(entry_); }
    void committed() override
    {
        state_->put(entry_);
        outcome_.deliver(std::move(entry_));
    }
    void failed(Failure, const std::string& why) override
    {
        state_->give_back(entry_.scope);
        outcome_.fail(std::make_exception_ptr(Unavailable{why}));
    }

private:
    std::shared_ptr<State> state_;
    ListEntry entry_;
    net::Handover<ListEntry> outcome_;
};

class MailLists::RemoveChange final : public Change {
public:
    RemoveChange(std::shared_ptr<State> state, ListEntry entry, net::Handover<bool> outcome)
        : state_{std::move(state)}, entry_{std::move(entry)}, outcome_{std::move(outcome)}
    { }
    void apply(MailTables& tables) override
    {
        entry_.number = tables.erase(entry_.scope, entry_.effect, entry_.text);
    }
    void committed() override
    {
        state_->erase(entry_);
        outcome_.deliver(entry_.number != 0);
    }
    void failed(Failure, const std::string& why) override
    {
        outcome_.fail(std::make_exception_ptr(Unavailable{why}));
    }

private:
    std::shared_ptr<State> state_;
    ListEntry entry_;
    net::Handover<bool> outcome_;
};

class MailLists::HitsChange final : public Change {
public:
    HitsChange(std::shared_ptr<State> state, std::vector<std::pair<std::int64_t, Use>> uses)
        : state_{std::move(state)}, uses_{std::move(uses)}
    { }
    void apply(MailTables& tables) override
    {
        for (const auto& [number, use] : uses_)
            tables.count_hits(number, use.hits, use.last);
    }
    void committed() override { }
    void failed(Failure, const std::string&) override
    {
        // They are written with the next ones.
        const std::lock_guard lock{state_->mutex};
        for (const auto& [number, use] : uses_) {
            if (const auto found = state_->uses.find(number); found != state_->uses.end())
                found->second.is_written = false;
        }
    }

private:
    std::shared_ptr<State> state_;
    std::vector<std::pair<std::int64_t, Use>> uses_;
};

MailLists::MailLists(Writer& writer, const std::vector<ListEntry>& entries)
    : state_{std::make_shared<State>()}, writer_{writer}
{
    state_->table = ListTable::of(entries);
    for (const auto& entry : entries) {
        state_->scopes[entry.scope].emplace(
            entry.number, state_->table->share(entry.scope, entry.effect, entry.text));
        if (entry.last_hit)
            state_->uses[entry.number] = {entry.hits, *entry.last_hit, true};
    }
}

MailLists::~MailLists()
{
    const std::lock_guard lock{state_->mutex};
    if (auto uses = state_->take_unwritten(); !uses.empty())
        writer_.submit(std::make_unique<HitsChange>(state_, std::move(uses)));
}

std::shared_ptr<const ListSnapshot> MailLists::snapshot() const { return state_->current(); }

awaitable<std::optional<ListEntry>> MailLists::add(ListEntry entry)
{
    if (!state_->reserve(entry))
        co_return std::nullopt;
    net::Handover<ListEntry> outcome;
    writer_.submit(std::make_unique<AddChange>(state_, std::move(entry), outcome));
    co_return co_await outcome.receive();
}

awaitable<bool> MailLists::remove(std::string scope, ListEntry::Effect effect, std::string text)
{
    ListEntry entry;
    entry.scope = std::move(scope);
    entry.effect = effect;
    entry.text = std::move(text);
    net::Handover<bool> outcome;
    writer_.submit(std::make_unique<RemoveChange>(state_, std::move(entry), outcome));
    co_return co_await outcome.receive();
}

awaitable<std::vector<ListEntry>> MailLists::list(std::optional<std::string> scope,
                                                  std::optional<ListEntry::Effect> effect)
{
    const auto copy = [state = state_, effect](const std::optional<std::string>& of, bool is_long) {
        auto entries = is_long ? state->current()->entries() : state->of_scope(*of);
        std::erase_if(entries, [&](const ListEntry& entry) {
            return (of && entry.scope != *of) || (effect && entry.effect != *effect);
        });
        state->put_uses(entries);
        return entries;
    };
    if (scope && state_->count(*scope) <= few)
        co_return copy(scope, false);
    const bool is_long = !scope || state_->count(*scope) > long_scope;
    // By value: it may outlive this frame.
    co_return co_await pool_.run([copy, scope, is_long] { return copy(scope, is_long); });
}

awaitable<std::vector<ListEntry>> MailLists::newest(Fits fits, std::int64_t before,
                                                    std::size_t limit)
{
    const auto end = before > 0 ? before : std::numeric_limits<std::int64_t>::max();
    // By value: it may outlive this frame.
    co_return co_await pool_.run([state = state_, fits = std::move(fits), end, limit] {
        std::vector<ListEntry> entries;
        for (const auto& entry : state->current()->newest(fits, end, limit))
            entries.push_back(*entry);
        state->put_uses(entries);
        return entries;
    });
}

std::size_t MailLists::count() const { return state_->current()->size(); }

void MailLists::hit(std::int64_t number, WallTime now)
{
    const std::lock_guard lock{state_->mutex};
    auto& use = state_->uses[number];
    ++use.hits;
    use.last = now;
    use.is_written = false;
    if (now - state_->written_at < write_interval)
        return;
    state_->written_at = now;
    writer_.submit(std::make_unique<HitsChange>(state_, state_->take_unwritten()));
}
}
