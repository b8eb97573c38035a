// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sent_copies.hpp"

#include <algorithm>
#include <utility>

namespace smtp {
namespace {
constexpr std::size_t most = 200'000; // about 80 octets each
}

SentCopies& SentCopies::here()
{
    static SentCopies copies;
    return copies;
}

SentCopies::Claim::~Claim()
{
    if (copies_.empty())
        return;
    const std::lock_guard lock{owner_->mutex_};
    for (const auto& copy : copies_)
        owner_->under_way_.erase(copy);
}

std::optional<SentCopies::Claim> SentCopies::claim(std::vector<Copy> copies, Time now)
{
    const std::lock_guard lock{mutex_};
    std::erase_if(copies, [&](const Copy& copy) { return find_locked(copy, now).has_value(); });
    if (std::ranges::any_of(copies, [&](const Copy& copy) { return under_way_.contains(copy); }))
        return {};
    under_way_.insert(copies.begin(), copies.end());
    return Claim{*this, std::move(copies)};
}

std::optional<mail::MailId> SentCopies::find(const Copy& copy, Time now) const
{
    const std::lock_guard lock{mutex_};
    return find_locked(copy, now);
}

std::optional<mail::MailId> SentCopies::find_locked(const Copy& copy, Time now) const
{
    for (const auto* table : {&newer_, &older_})
        if (const auto found = table->find(copy);
            found != table->end() && now - found->second.at < window)
            return found->second.mail;
    return {};
}

void SentCopies::note(const Copy& copy, mail::MailId mail, Time now)
{
    const std::lock_guard lock{mutex_};
    if (now - turned_ >= window || newer_.size() >= most) {
        older_ = std::exchange(newer_, {});
        turned_ = now;
    }
    newer_.insert_or_assign(copy, Sent{mail, now});
}
}
