// SPDX-License-Identifier: Apache-2.0
#include "filters/forwarding_list.hpp"

#include "storage/mail_memory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace filters {
namespace {
constexpr std::size_t longest_address = 320;

/// "from\tto\tfirst\tlast\tmails\tspam".
std::string encode(const Forwarding& one)
{
    return one.from + '\t' + one.to + '\t' + std::to_string(one.first.time_since_epoch().count())
        + '\t' + std::to_string(one.last.time_since_epoch().count()) + '\t'
        + std::to_string(one.mails) + '\t' + std::to_string(one.spam);
}

std::optional<Forwarding> decode(std::string_view text)
{
    const auto next = [&text] {
        const auto end = std::min(text.find('\t'), text.size());
        const auto part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return part;
    };
    Forwarding one{.from = std::string{next()}, .to = std::string{next()}};
    std::array<std::int64_t, 4> numbers{};
    for (auto& number : numbers) {
        const auto part = next();
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
        if (error != std::errc{} || end != part.data() + part.size() || number < 0)
            return {};
    }
    one.first = std::chrono::sys_seconds{std::chrono::seconds{numbers[0]}};
    one.last = std::chrono::sys_seconds{std::chrono::seconds{numbers[1]}};
    one.mails = static_cast<std::uint64_t>(numbers[2]);
    one.spam = static_cast<std::uint64_t>(numbers[3]);
    return one;
}
}

ForwardingList::ForwardingList(storage::Records* records) { keep_in(records); }

ForwardingList& ForwardingList::here()
{
    static ForwardingList list;
    return list;
}

void ForwardingList::keep_in(storage::Records* records)
{
    const std::lock_guard lock{mutex_};
    records_ = records;
    if (!records_)
        return;
    records_->read([this](std::int64_t, std::string_view record) {
        if (auto one = decode(record))
            all_.insert_or_assign(Key{one->from, one->to}, std::move(*one));
    });
}

/// Of two keys with one number the disk keeps the later; among 100,000 that is one in a billion.
std::int64_t ForwardingList::number_of(const Key& key)
{
    const auto hash = storage::hash_for_memory(key.first + '\t' + key.second, 0);
    return static_cast<std::int64_t>(hash >> 1);
}

void ForwardingList::note(std::string_view from, std::string_view to, bool is_spam,
                          std::chrono::sys_seconds now)
{
    if (from.empty() || from.size() > longest_address || to.size() > longest_address)
        return;
    const Key key{from, to};
    const std::lock_guard lock{mutex_};
    auto found = all_.find(key);
    if (found == all_.end()) {
        make_room();
        found = all_.emplace(key, Forwarding{.from = key.first, .to = key.second, .first = now})
                    .first;
    }
    auto& one = found->second;
    one.last = std::max(one.last, now);
    ++one.mails;
    one.spam += is_spam;
    changed_.insert(key);
}

/// An eighth at once: who fills it shall not make every note slow.
void ForwardingList::make_room()
{
    if (all_.size() < most)
        return;
    std::vector<std::pair<std::chrono::sys_seconds, Key>> by_age;
    for (const auto& [key, one] : all_)
        by_age.emplace_back(one.last, key);
    std::ranges::sort(by_age);
    for (std::size_t i = 0; i < most / 8; ++i) {
        all_.erase(by_age[i].second);
        changed_.insert(by_age[i].second);
    }
}

std::vector<Forwarding>
ForwardingList::list(const std::function<bool(const std::string&)>& is_wanted, const Key& after,
                     std::size_t limit) const
{
    std::vector<Forwarding> some;
    const std::lock_guard lock{mutex_};
    for (auto at = all_.upper_bound(after); at != all_.end() && some.size() < limit; ++at) {
        if (is_wanted(at->first.first))
            some.push_back(at->second);
    }
    return some;
}

std::size_t ForwardingList::size() const
{
    const std::lock_guard lock{mutex_};
    return all_.size();
}

void ForwardingList::save()
{
    std::set<Key> changed;
    std::vector<storage::Records::Change> changes;
    {
        const std::lock_guard lock{mutex_};
        if (!records_)
            return;
        if (records_->take_loss())
            for (const auto& [key, one] : all_)
                changed_.insert(key);
        changed.swap(changed_);
        for (const auto& key : changed) {
            const auto found = all_.find(key);
            changes.push_back(
                {number_of(key), found == all_.end() ? std::string{} : encode(found->second)});
        }
    }
    if (changes.empty())
        return;
    try {
        records_->write(changes);
    } catch (const std::exception& error) {
        spdlog::error("the list of forwarding addresses cannot be written: {}", error.what());
        const std::lock_guard lock{mutex_};
        changed_.merge(changed);
    }
}
}
