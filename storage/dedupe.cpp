// SPDX-License-Identifier: Apache-2.0
#include "storage/dedupe.hpp"

#include "storage/journal_file.hpp"

#include <array>
#include <mutex>
#include <random>

namespace storage {
namespace {
constexpr std::size_t lock_count = 64;
constexpr std::chrono::hours lifetime{24};

using Mark = JournalFile::Mark;
using Record = JournalFile::Record;

std::int64_t seconds_of(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool is_empty(const TransactionHash& hash) { return hash == TransactionHash{}; }
}

struct DedupeJournal::State {
    State(const std::string& path, std::size_t capacity) : file{path, capacity} { }

    std::mutex& lock_of(const TransactionHash& hash)
    {
        return locks[file.bucket_of(hash) % lock_count];
    }
    /// The valid record of that hash, or nullptr.
    Record* find(const TransactionHash& hash)
    {
        for (auto& record : file.bucket(hash)) {
            if (record.hash == hash && record.mark() != Mark::none)
                return &record;
        }
        return nullptr;
    }
    /// Where a new record goes: its own place, a free one, or that of whoever is missed least.
    Record& place_for(const TransactionHash& hash, std::int64_t now)
    {
        if (auto* own = find(hash))
            return *own;
        const auto worth = [now](const Record& record) {
            const auto mark = record.mark();
            if (mark == Mark::none || record.time + seconds(lifetime) < now)
                return std::pair{0, std::int64_t{0}};
            return std::pair{mark == Mark::confirmed ? 1 : 2, record.time};
        };
        return *std::ranges::min_element(file.bucket(hash), {}, worth);
    }
    static std::int64_t seconds(std::chrono::seconds time) { return time.count(); }
    void change(const TransactionHash& hash, mail::MailId id, Mark from, Mark to)
    {
        const std::lock_guard lock{lock_of(hash)};
        auto* record = find(hash);
        if (record && record->id == id.value() && record->mark() == from)
            record->set_mark(to);
    }

    JournalFile file;
    const std::uint64_t run
        = std::random_device{}() | (std::uint64_t{std::random_device{}()} << 32);
    std::array<std::mutex, lock_count> locks;
    std::atomic<std::int64_t> latest{0}; ///< the newest time that was heard of
};

DedupeJournal::DedupeJournal(const std::string& path, std::size_t capacity)
    : state_{std::make_unique<State>(path, capacity)}
{ }

DedupeJournal::~DedupeJournal() = default;

DedupeJournal::Earlier DedupeJournal::find(const TransactionHash& hash, WallTime now) const
{
    if (is_empty(hash))
        return {};
    state_->latest = seconds_of(now);
    const std::lock_guard lock{state_->lock_of(hash)};
    const auto* record = state_->find(hash);
    if (!record || record->time + State::seconds(lifetime) < seconds_of(now))
        return {};
    Earlier earlier;
    earlier.id = mail::MailId{record->id};
    earlier.is_ours = record->run == state_->run;
    switch (record->mark()) {
    case Mark::none:
        return {};
    case Mark::intent:
        earlier.state = Earlier::State::intent;
        break;
    case Mark::delivered:
        earlier.state = Earlier::State::delivered;
        break;
    case Mark::confirmed:
        earlier.state = Earlier::State::confirmed;
        break;
    }
    return earlier;
}

void DedupeJournal::intend(const TransactionHash& hash, mail::MailId id, WallTime now)
{
    if (is_empty(hash))
        return;
    const auto time = seconds_of(now);
    state_->latest = time;
    const std::lock_guard lock{state_->lock_of(hash)};
    state_->place_for(hash, time).assign(hash, id.value(), time, state_->run, Mark::intent);
}

void DedupeJournal::delivered(const TransactionHash& hash, mail::MailId id)
{
    if (is_empty(hash))
        return;
    const std::lock_guard lock{state_->lock_of(hash)};
    if (auto* record = state_->find(hash)) {
        if (record->id == id.value() && record->mark() == Mark::intent)
            record->set_mark(Mark::delivered);
        return;
    }
    // Pushed out, or never intended because the store took it: what is true may be said anew.
    const auto time = state_->latest.load();
    state_->place_for(hash, time).assign(hash, id.value(), time, state_->run, Mark::delivered);
}

void DedupeJournal::confirmed(const TransactionHash& hash, mail::MailId id)
{
    if (!is_empty(hash))
        state_->change(hash, id, Mark::delivered, Mark::confirmed);
}

void DedupeJournal::withdraw(const TransactionHash& hash, mail::MailId id)
{
    if (!is_empty(hash))
        state_->change(hash, id, Mark::intent, Mark::none);
}
}
