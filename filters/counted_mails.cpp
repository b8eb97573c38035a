// SPDX-License-Identifier: Apache-2.0
#include "filters/counted_mails.hpp"

#include "storage/mail_memory.hpp"

namespace filters {
std::uint64_t CountedMails::hash_of(const mail::Mail& mail, std::string_view key)
{
    std::string text{key};
    for (const auto* name : {"Message-ID", "Date", "Subject"}) {
        const auto* field = mail.message.header().find(name);
        text += '\n';
        if (field)
            text += field->value;
    }
    text += '\n' + std::to_string(mail.message.size()) + '\n' + mail::to_string(mail.sender);
    for (const auto& recipient : mail.recipients)
        text += '\n' + recipient.address.key();
    return storage::hash_for_memory(text, 0);
}

CountedMails& CountedMails::here()
{
    static CountedMails all;
    return all;
}

bool CountedMails::holds(std::uint64_t hash) const
{
    const std::lock_guard lock{mutex_};
    return waiting_.contains(hash);
}

void CountedMails::note(mail::MailId mail, std::uint64_t hash)
{
    const std::lock_guard lock{mutex_};
    if (const auto place = waiting_.extract(hash))
        by_age_.erase(place.mapped());
    under_way_[mail].counted.push_back(hash);
}

void CountedMails::when_taken(mail::MailId mail, std::function<void(const mail::Mail&)> count)
{
    const std::lock_guard lock{mutex_};
    under_way_[mail].when_taken.push_back(std::move(count));
}

void CountedMails::settle(const mail::Mail& mail, bool is_taken)
{
    std::unique_lock lock{mutex_};
    const auto settled = under_way_.extract(mail.id);
    if (!settled)
        return;
    if (is_taken) {
        lock.unlock();
        for (const auto& count : settled.mapped().when_taken)
            count(mail);
        return;
    }
    for (const auto hash : settled.mapped().counted)
        if (!waiting_.contains(hash))
            waiting_.emplace(hash, by_age_.insert(by_age_.end(), hash));
    while (by_age_.size() > most) {
        waiting_.erase(by_age_.front());
        by_age_.pop_front();
    }
}
}
