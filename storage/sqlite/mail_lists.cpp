// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_lists.hpp"

#include <unordered_map>

namespace storage::sqlite {
namespace {
struct Use {
    std::uint64_t hits = 0;
    WallTime last{};
    bool is_written = true;
};
constexpr std::chrono::minutes write_interval{1};
}

struct MailLists::State {
    mutable std::mutex mutex;
    ListTable::Pointer table;
    std::unordered_map<std::int64_t, Use> uses;
    WallTime written_at{};

    ListTable::Pointer current() const
    {
        const std::lock_guard lock{mutex};
        return table;
    }
    void replace(ListTable::Pointer next)
    {
        const std::lock_guard lock{mutex};
        table.swap(next);
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
        state_->replace(state_->current()->with(entry_));
        outcome_.deliver(std::move(entry_));
    }
    void failed(Failure, const std::string& why) override
    {
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
        state_->replace(state_->current()->without(entry_.scope, entry_.effect, entry_.text));
        const std::lock_guard lock{state_->mutex};
        state_->uses.erase(entry_.number);
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

awaitable<ListEntry> MailLists::add(ListEntry entry)
{
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
    auto entries = state_->current()->entries();
    std::erase_if(entries, [&](const ListEntry& entry) {
        return (scope && entry.scope != *scope) || (effect && entry.effect != *effect);
    });
    const std::lock_guard lock{state_->mutex};
    for (auto& entry : entries) {
        if (const auto use = state_->uses.find(entry.number); use != state_->uses.end()) {
            entry.hits = use->second.hits;
            entry.last_hit = use->second.last;
        }
    }
    co_return entries;
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
