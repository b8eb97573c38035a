// SPDX-License-Identifier: Apache-2.0
#include "filters/forwarding_list.hpp"

#include "filters/kept_table.hpp"

#include <algorithm>

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
    TabFields fields{text};
    Forwarding one{.from = std::string{fields.next()}, .to = std::string{fields.next()}};
    const auto numbers = fields.numbers<4>();
    if (!numbers)
        return {};
    const auto [first, last, mails, spam] = *numbers;
    one.first = std::chrono::sys_seconds{std::chrono::seconds{first}};
    one.last = std::chrono::sys_seconds{std::chrono::seconds{last}};
    one.mails = static_cast<std::uint64_t>(mails);
    one.spam = static_cast<std::uint64_t>(spam);
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
    write_changed(records_, mutex_, all_, changed_, "the list of forwarding addresses",
                  [](const auto& entry) { return encode(entry.second); });
}
}
