// SPDX-License-Identifier: Apache-2.0
#include "filters/dead_addresses.hpp"

#include "filters/kept_table.hpp"
#include "gateway/mail/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace filters {
namespace {
constexpr std::size_t longest_address = 320, longest_text = 300;
constexpr unsigned enough = 3;
constexpr std::chrono::hours span{48}, tried_again_after{30 * 24};

std::string without_controls(std::string_view text, std::size_t limit)
{
    std::string clean{text.substr(0, limit)};
    std::ranges::replace_if(
        clean, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
    return clean;
}

std::string encode(const DeadAddress& one)
{
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}", one.address, one.sender,
                       one.first.time_since_epoch().count(), one.last.time_since_epoch().count(),
                       one.refusals, one.text);
}

std::optional<DeadAddress> decode(std::string_view text)
{
    TabFields fields{text};
    DeadAddress one;
    one.address = fields.next();
    one.sender = fields.next();
    const auto numbers = fields.numbers<3>();
    if (!numbers)
        return {};
    const auto [first, last, refusals] = *numbers;
    one.first = std::chrono::sys_seconds{std::chrono::seconds{first}};
    one.last = std::chrono::sys_seconds{std::chrono::seconds{last}};
    one.refusals = static_cast<unsigned>(refusals);
    one.text = fields.rest;
    return one.address.empty() ? std::nullopt : std::optional{std::move(one)};
}
}

bool DeadAddress::is_dead(std::chrono::sys_seconds now) const
{
    return refusals >= enough && last - first >= span && now - last < tried_again_after;
}

bool is_unknown_mailbox(std::string_view enhanced, std::string_view text)
{
    constexpr std::array<std::string_view, 4> codes{"5.1.1", "5.1.6", "5.1.10", "5.2.1"};
    if (std::ranges::find(codes, enhanced) != codes.end())
        return true;
    if (!enhanced.empty() && enhanced != "5.0.0" && enhanced != "5.1.0")
        return false;
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), mail::to_lower);
    constexpr std::array<std::string_view, 7> words{
        "user unknown",    "unknown user",        "no such user",       "does not exist",
        "no mailbox here", "recipient not found", "mailbox unavailable"};
    return std::ranges::any_of(words,
                               [&](std::string_view one) { return lower.find(one) != lower.npos; });
}

DeadAddresses& DeadAddresses::here()
{
    static DeadAddresses all;
    return all;
}

void DeadAddresses::keep_in(storage::Records* records)
{
    const std::lock_guard lock{mutex_};
    records_ = records;
    if (!records_)
        return;
    records_->read([this](std::int64_t, std::string_view record) {
        if (auto one = decode(record)) {
            auto key = one->address;
            all_.insert_or_assign(std::move(key), *std::move(one));
        }
    });
}

/// An eighth at once: who fills it shall not make every refusal slow.
void DeadAddresses::make_room()
{
    if (all_.size() < most)
        return;
    std::vector<std::pair<Time, std::string>> by_age;
    for (const auto& [address, one] : all_)
        by_age.emplace_back(one.last, address);
    std::ranges::sort(by_age);
    for (std::size_t i = 0; i < most / 8; ++i) {
        all_.erase(by_age[i].second);
        changed_.insert(by_age[i].second);
    }
}

void DeadAddresses::note_refusal(std::string_view address, std::string_view sender,
                                 std::string_view text, Time now)
{
    if (address.empty() || address.size() > longest_address || sender.size() > longest_address)
        return;
    const std::lock_guard lock{mutex_};
    auto found = all_.find(address);
    if (found == all_.end()) {
        make_room();
        found = all_.emplace(address, DeadAddress{}).first;
        found->second.address = address;
        found->second.first = now;
    }
    auto& one = found->second;
    if (now - one.last >= tried_again_after && !one.is_dead(one.last)) {
        one.first = now; // long ago, and never enough
        one.refusals = 0;
    }
    one.last = std::max(one.last, now);
    one.sender = sender;
    one.text = without_controls(text, longest_text);
    ++one.refusals;
    changed_.insert(one.address);
}

bool DeadAddresses::forget(std::string_view address)
{
    const std::lock_guard lock{mutex_};
    const auto found = all_.find(address);
    if (found == all_.end())
        return false;
    changed_.insert(found->first);
    all_.erase(found);
    return true;
}

std::optional<DeadAddress> DeadAddresses::find(std::string_view address, Time now) const
{
    const std::lock_guard lock{mutex_};
    const auto found = all_.find(address);
    return found == all_.end() || !found->second.is_dead(now) ? std::nullopt
                                                              : std::optional{found->second};
}

std::vector<DeadAddress>
DeadAddresses::list(const std::function<bool(const std::string&)>& is_wanted,
                    std::string_view after, std::size_t limit, Time now) const
{
    std::vector<DeadAddress> some;
    const std::lock_guard lock{mutex_};
    for (auto at = all_.upper_bound(after); at != all_.end() && some.size() < limit; ++at)
        if (at->second.is_dead(now) && is_wanted(at->second.sender))
            some.push_back(at->second);
    return some;
}

void DeadAddresses::save()
{
    write_changed(records_, mutex_, all_, changed_, "the list of dead addresses",
                  [](const auto& entry) { return encode(entry.second); });
}
}
