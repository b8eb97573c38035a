// SPDX-License-Identifier: Apache-2.0
// What the table of fingerprints remembers of recent mail.
#include "filters/fingerprint_table.hpp"
#include "storage/records.hpp"

#include <spdlog/spdlog.h>

namespace filters {
namespace {
constexpr std::size_t most_unsaved = 32'768;

std::int64_t number_of(mail::MailId mail) { return static_cast<std::int64_t>(mail.value()); }
}

void FingerprintTable::remember(mail::MailId mail, Prints prints)
{
    if (!mails_ || prints.empty())
        return;
    const std::lock_guard lock{mails_mutex_};
    if (mails_to_save_.size() < most_unsaved)
        mails_to_save_[number_of(mail)] = content::encode(prints);
}

std::optional<std::vector<content::Fingerprint>> FingerprintTable::remembered(mail::MailId mail)
{
    {
        const std::lock_guard lock{mails_mutex_};
        if (const auto found = mails_to_save_.find(number_of(mail)); found != mails_to_save_.end())
            return content::decode_fingerprints(found->second);
    }
    const auto kept = mails_ ? mails_->find(number_of(mail)) : std::nullopt;
    return kept ? content::decode_fingerprints(*kept) : std::nullopt;
}

std::optional<bool> FingerprintTable::learn(mail::MailId mail, bool is_spam, const Teacher& teacher,
                                            Time now)
{
    const auto prints = remembered(mail);
    return prints ? std::optional{learn(*prints, is_spam, teacher, now)} : std::nullopt;
}

std::optional<bool> FingerprintTable::unlearn(mail::MailId mail, bool is_spam,
                                              const Teacher& teacher)
{
    const auto prints = remembered(mail);
    return prints ? std::optional{unlearn(*prints, is_spam, teacher)} : std::nullopt;
}

void FingerprintTable::save_mails(Time now)
{
    if (!mails_)
        return;
    std::map<std::int64_t, std::string> unsaved;
    {
        const std::lock_guard lock{mails_mutex_};
        unsaved.swap(mails_to_save_);
    }
    std::vector<storage::Records::Change> changes;
    for (auto& [number, octets] : unsaved)
        changes.push_back({number, octets});
    try {
        if (!changes.empty())
            mails_->write(changes);
        // An id begins with the time of its mail.
        mails_->drop_below(number_of(mail::IdSource{}.next(now - keep_mails_.load())));
    } catch (const std::exception& error) {
        spdlog::error("the fingerprints of mail cannot be written: {}", error.what());
        const std::lock_guard lock{mails_mutex_};
        mails_to_save_.merge(unsaved);
    }
}
}
