// SPDX-License-Identifier: Apache-2.0
#include "filters/sender_pairs.hpp"

#include "filters/kept_table.hpp"
#include "gateway/mail/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace filters {
namespace {
constexpr std::size_t longest = 320;

std::string encode(const SenderPair& one)
{
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}", one.account, one.address,
                       one.first.time_since_epoch().count(), one.last.time_since_epoch().count(),
                       one.mails, one.is_approved ? 1 : 0);
}

std::optional<SenderPair> decode(std::string_view text)
{
    TabFields fields{text};
    SenderPair one;
    one.account = fields.next();
    one.address = fields.next();
    const auto numbers = fields.numbers<4>();
    if (!numbers)
        return {};
    const auto [first, last, mails, is_approved] = *numbers;
    one.first = std::chrono::sys_seconds{std::chrono::seconds{first}};
    one.last = std::chrono::sys_seconds{std::chrono::seconds{last}};
    one.mails = static_cast<std::uint64_t>(mails);
    one.is_approved = is_approved == 1;
    return one.account.empty() || one.address.empty() ? std::nullopt
                                                      : std::optional{std::move(one)};
}

bool is_keepable(std::string_view text)
{
    return !text.empty() && text.size() <= longest && std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    });
}
}

SenderPairs& SenderPairs::here()
{
    static SenderPairs pairs;
    return pairs;
}

SenderPairs::Key SenderPairs::key_of(std::string_view account, std::string_view address)
{
    Key key{account, address};
    std::ranges::transform(key.first, key.first.begin(), mail::to_lower);
    return key;
}

void SenderPairs::keep_in(storage::Records* records)
{
    const std::lock_guard lock{mutex_};
    records_ = records;
    if (!records_)
        return;
    records_->read([this](std::int64_t, std::string_view record) {
        if (auto one = decode(record))
            all_.insert_or_assign(Key{one->account, one->address}, *std::move(one));
    });
}

/// An eighth of what is not approved at once: who fills it shall not make every note slow.
bool SenderPairs::make_room()
{
    if (all_.size() < most)
        return true;
    std::vector<std::pair<std::chrono::sys_seconds, Key>> by_age;
    for (const auto& [key, one] : all_)
        if (!one.is_approved)
            by_age.emplace_back(one.last, key);
    std::ranges::sort(by_age);
    by_age.resize(std::min(by_age.size(), most / 8));
    for (const auto& [last, key] : by_age) {
        all_.erase(key);
        changed_.insert(key);
    }
    return !by_age.empty();
}

SenderPair* SenderPairs::pair_of(std::string_view account, std::string_view address,
                                 std::chrono::sys_seconds now)
{
    if (!is_keepable(account) || !is_keepable(address))
        return nullptr;
    auto key = key_of(account, address);
    auto found = all_.find(key);
    if (found == all_.end()) {
        if (!make_room())
            return nullptr;
        SenderPair one;
        one.account = key.first;
        one.address = key.second;
        one.first = one.last = now;
        found = all_.emplace(key, std::move(one)).first;
    }
    changed_.insert(std::move(key));
    return &found->second;
}

void SenderPairs::note(std::string_view account, std::string_view address,
                       std::chrono::sys_seconds now)
{
    const std::lock_guard lock{mutex_};
    if (auto* one = pair_of(account, address, now)) {
        one->last = std::max(one->last, now);
        ++one->mails;
    }
}

bool SenderPairs::is_approved(std::string_view account, std::string_view address) const
{
    const std::lock_guard lock{mutex_};
    const auto found = all_.find(key_of(account, address));
    return found != all_.end() && found->second.is_approved;
}

bool SenderPairs::approve(std::string_view account, std::string_view address,
                          std::chrono::sys_seconds now)
{
    const std::lock_guard lock{mutex_};
    auto* one = pair_of(account, address, now);
    if (one)
        one->is_approved = true;
    return one != nullptr;
}

bool SenderPairs::forget(std::string_view account, std::string_view address)
{
    const std::lock_guard lock{mutex_};
    auto key = key_of(account, address);
    if (all_.erase(key) == 0)
        return false;
    changed_.insert(std::move(key));
    return true;
}

std::vector<SenderPair> SenderPairs::list(bool approved,
                                          const std::function<bool(const std::string&)>& is_wanted,
                                          const std::pair<std::string, std::string>& after,
                                          std::size_t limit) const
{
    std::vector<SenderPair> some;
    const std::lock_guard lock{mutex_};
    for (auto at = all_.upper_bound(after); at != all_.end() && some.size() < limit; ++at)
        if (at->second.is_approved == approved && is_wanted(at->second.address))
            some.push_back(at->second);
    return some;
}

void SenderPairs::save()
{
    write_changed(records_, mutex_, all_, changed_, "who sends as whom",
                  [](const auto& entry) { return encode(entry.second); });
}
}
