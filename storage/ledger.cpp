// SPDX-License-Identifier: Apache-2.0
#include "storage/ledger.hpp"

#include "storage/counters.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace storage {
namespace {
using Time = std::chrono::sys_seconds;
constexpr std::size_t part_count = 16;
constexpr std::size_t longest_key = 600;
constexpr std::string_view file_head = "mailweir ledger 1\n";

bool is_key(std::string_view key)
{
    return !key.empty() && key.size() <= longest_key
        && std::ranges::all_of(key, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

/// Keys hold what strangers wrote: none may aim at one part or one bucket.
struct SecretHash {
    std::size_t operator()(std::string_view key) const
    {
        return counter_key(key.data(), key.size(), 0);
    }
};

/// A part of the table, newest use in front.
struct Part {
    using Node = std::pair<std::string, LedgerEntry>;
    mutable std::mutex mutex;
    mutable std::list<Node> by_use;
    std::unordered_map<std::string_view, std::list<Node>::iterator, SecretHash> index;

    LedgerEntry* find(std::string_view key) const
    {
        const auto found = index.find(key);
        if (found == index.end())
            return nullptr;
        by_use.splice(by_use.begin(), by_use, found->second);
        return &found->second->second;
    }
    LedgerEntry& insert(std::string_view key, std::size_t capacity)
    {
        if (by_use.size() >= capacity) {
            index.erase(by_use.back().first);
            by_use.pop_back();
        }
        by_use.emplace_front(std::string{key}, LedgerEntry{});
        index.emplace(by_use.front().first, by_use.begin());
        return by_use.front().second;
    }
    bool remove(std::string_view key)
    {
        const auto found = index.find(key);
        if (found == index.end())
            return false;
        const auto node = found->second;
        index.erase(found); // it points into the node
        by_use.erase(node);
        return true;
    }
};

/// A part's entries with the sizes of their keys, which stand in `keys` one behind the other. Loops
/// wait for the lock meanwhile: nothing is written out under it.
std::vector<std::pair<LedgerEntry, std::size_t>> entries_of(const Part& part, std::string& keys)
{
    std::vector<std::pair<LedgerEntry, std::size_t>> entries;
    const std::scoped_lock lock{part.mutex};
    entries.reserve(part.by_use.size());
    for (const auto& [key, entry] : part.by_use) {
        entries.emplace_back(entry, key.size());
        keys += key;
    }
    return entries;
}

template <class Number> bool take(std::string_view& line, Number& number)
{
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc{} || end == line.data() + line.size() || *end != ' ')
        return false;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return true;
}

/// A count of a damaged line could be anything.
bool is_count(double value) { return value >= 0 && value < 1e9; }
bool is_time(std::int64_t seconds) { return seconds >= 0 && seconds < std::int64_t{1} << 40U; }

/// "first last good bad key", times in seconds since 1970.
std::optional<std::pair<std::string_view, LedgerEntry>> parse(std::string_view line)
{
    std::int64_t first = 0, last = 0;
    LedgerEntry entry;
    if (!take(line, first) || !take(line, last) || !take(line, entry.good) || !take(line, entry.bad)
        || !is_key(line) || !is_time(first) || !is_time(last) || !is_count(entry.good)
        || !is_count(entry.bad))
        return std::nullopt;
    entry.first = Time{std::chrono::seconds{first}};
    entry.last = Time{std::chrono::seconds{last}};
    return std::pair{line, entry};
}
}

struct Ledger::State {
    State(std::string where, std::string what, Limits most, Files& disk)
        : directory{std::move(where)}, name{std::move(what)}, limits{most}, files{disk}
    { }
    Part& part_of(std::string_view key) const
    {
        return parts[(SecretHash{}(key) >> 32U) % part_count];
    }
    bool is_old(const LedgerEntry& entry, Time now) const
    {
        return limits.age.count() > 0 && now - entry.last > limits.age;
    }
    std::size_t capacity() const { return std::max<std::size_t>(1, limits.entries / part_count); }
    void read();
    void read_line(std::string_view line);

    std::string directory, name;
    Limits limits;
    Files& files;
    mutable std::array<Part, part_count> parts;
    std::atomic<bool> has_changed{false};
    std::mutex writing; // one at a time
    Time latest{};
};

Ledger::Ledger(std::string directory, std::string name, Limits limits, Files& files)
    : state_{std::make_unique<State>(std::move(directory), std::move(name), limits, files)}
{
    try {
        state_->read();
    } catch (const std::exception& error) {
        spdlog::error("{}/{} cannot be read, it begins anew: {}", state_->directory, state_->name,
                      error.what());
    }
}

Ledger::~Ledger() { write(state_->latest); }

/// Written newest first: read from its end, so that the newest is in front again.
void Ledger::State::read()
{
    if (!std::filesystem::exists(directory + "/" + name))
        return;
    std::string text;
    files.read(directory + "/" + name, [&](std::string_view bytes) { text += bytes; });
    std::string_view rest = text;
    if (!rest.starts_with(file_head))
        throw std::runtime_error{"it is no ledger"};
    std::vector<std::string_view> lines;
    rest.remove_prefix(file_head.size());
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
        lines.push_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        read_line(*line);
}

void Ledger::State::read_line(std::string_view line)
{
    const auto parsed = parse(line);
    if (!parsed)
        return;
    Part& part = part_of(parsed->first);
    if (!part.find(parsed->first))
        part.insert(parsed->first, capacity()) = parsed->second;
}

std::optional<LedgerEntry> Ledger::find(std::string_view key, Time now) const
{
    const Part& part = state_->part_of(key);
    const std::scoped_lock lock{part.mutex};
    const auto* entry = part.find(key);
    return entry && !state_->is_old(*entry, now) ? std::optional{*entry} : std::nullopt;
}

LedgerEntry Ledger::update(std::string_view key, Time now,
                           const std::function<void(LedgerEntry&)>& change)
{
    LedgerEntry unkept{.first = now, .last = now};
    if (!is_key(key)) {
        change(unkept);
        return unkept;
    }
    Part& part = state_->part_of(key);
    const std::scoped_lock lock{part.mutex};
    auto* entry = part.find(key);
    if (!entry)
        entry = &(part.insert(key, state_->capacity()) = unkept);
    else if (state_->is_old(*entry, now))
        *entry = unkept;
    change(*entry);
    entry->last = now;
    state_->has_changed.store(true, std::memory_order_relaxed);
    return *entry;
}

bool Ledger::remove(std::string_view key)
{
    Part& part = state_->part_of(key);
    const std::scoped_lock lock{part.mutex};
    state_->has_changed.store(true, std::memory_order_relaxed);
    return part.remove(key);
}

std::size_t Ledger::size() const
{
    std::size_t size = 0;
    for (const auto& part : state_->parts) {
        const std::scoped_lock lock{part.mutex};
        size += part.by_use.size();
    }
    return size;
}

void Ledger::write(Time now)
{
    const std::scoped_lock one{state_->writing};
    state_->latest = now;
    if (!state_->has_changed.exchange(false))
        return;
    const auto& directory = state_->directory;
    const auto text_of = [&](const Part& part) {
        std::string text, keys;
        std::size_t at = 0;
        for (const auto& [entry, size] : entries_of(part, keys)) {
            if (!state_->is_old(entry, now))
                fmt::format_to(std::back_inserter(text), "{} {} {:.4f} {:.4f} {}\n",
                               entry.first.time_since_epoch().count(),
                               entry.last.time_since_epoch().count(), entry.good, entry.bad,
                               std::string_view{keys}.substr(at, size));
            at += size;
        }
        return text;
    };
    try {
        const auto fresh = state_->name + ".new";
        state_->files.remove(directory + "/" + fresh);
        state_->files.create(directory, fresh, [&](const Files::Write& out) {
            out(file_head);
            for (const auto& part : state_->parts)
                out(text_of(part));
        });
        std::filesystem::rename(directory + "/" + fresh, directory + "/" + state_->name);
        state_->files.sync_directory(directory);
    } catch (const std::exception& error) {
        state_->has_changed = true;
        spdlog::error("{}/{} cannot be written: {}", directory, state_->name, error.what());
    }
}
}
