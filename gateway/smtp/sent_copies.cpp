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

std::optional<SentCopies::Sent> SentCopies::find(const Copy& copy, Time now) const
{
    const std::lock_guard lock{mutex_};
    return find_locked(copy, now);
}

std::optional<SentCopies::Sent> SentCopies::find_locked(const Copy& copy, Time now) const
{
    for (const auto* table : {&newer_, &older_})
        if (const auto found = table->find(copy);
            found != table->end() && now - found->second.at < window)
            return found->second;
    return {};
}

void SentCopies::note(const Copy& copy, const Sent& sent)
{
    const std::lock_guard lock{mutex_};
    if (sent.at - turned_ >= window || newer_.size() >= most) {
        older_ = std::exchange(newer_, {});
        turned_ = sent.at;
        std::erase_if(waiting_, [&](const auto& one) { return !older_.contains(one.second); });
    }
    newer_.insert_or_assign(copy, sent);
    if (sent.is_waiting)
        waiting_.insert_or_assign(sent.row, copy);
}

bool SentCopies::note_left(storage::RowId row)
{
    const std::lock_guard lock{mutex_};
    const auto waiting = waiting_.find(row);
    if (waiting == waiting_.end())
        return false;
    for (auto* table : {&newer_, &older_})
        if (const auto found = table->find(waiting->second);
            found != table->end() && found->second.row == row)
            found->second.is_waiting = false;
    waiting_.erase(waiting);
    return true;
}

void SentCopies::forget(const Copy& copy, storage::RowId row)
{
    const std::lock_guard lock{mutex_};
    waiting_.erase(row);
    for (auto* table : {&newer_, &older_})
        if (const auto found = table->find(copy); found != table->end() && found->second.row == row)
            table->erase(found);
}
}
