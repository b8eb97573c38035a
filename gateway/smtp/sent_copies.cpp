// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sent_copies.hpp"

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

std::optional<mail::MailId> SentCopies::find(const storage::TransactionHash& copy, Time now) const
{
    const std::lock_guard lock{mutex_};
    for (const auto* table : {&newer_, &older_})
        if (const auto found = table->find(copy);
            found != table->end() && now - found->second.at < window)
            return found->second.mail;
    return {};
}

void SentCopies::note(const storage::TransactionHash& copy, mail::MailId mail, Time now)
{
    const std::lock_guard lock{mutex_};
    if (now - turned_ >= window || newer_.size() >= most) {
        older_ = std::exchange(newer_, {});
        turned_ = now;
    }
    newer_.insert_or_assign(copy, Sent{mail, now});
}
}
