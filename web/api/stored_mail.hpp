// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "gateway/smtp/context.hpp"
#include "storage/history.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace web {
/// A row of history as the mail and recipient that were judged, to be judged once more by the same
/// function. What history does not keep (the octets, the order of facts) is not there.
class StoredMail {
public:
    /// nullptr: no policy decided it (relaying, a client at the door), or it is not to be read.
    static std::unique_ptr<StoredMail> of(const storage::HistoryRow& row,
                                          const smtp::Settings& settings);
    /// What the live judge would say of it, with what the session makes of that. Facts of layers
    /// that the set of policies does not name do not count. `policy` is the recipient's.
    mail::Verdict verdict(const filters::PolicySet& set, const filters::Policy& policy,
                          const smtp::Settings& settings);
    /// Facts that a fresh analysis of the octets brought: they take the place of those of layers
    /// that look at nothing else, and join the others.
    void take_fresh(const mail::Findings& fresh);

    filters::Moment moment() const { return moment_; }
    const mail::Mailbox& owner() const { return recipient_.owner(); }
    const mail::Mail& mail() const { return mail_; }

private:
    explicit StoredMail(mail::Recipient recipient) : recipient_{std::move(recipient)} { }
    mail::Mail mail_;
    mail::Recipient recipient_;
    mail::Findings shared_, own_; ///< all that are known
    filters::Moment moment_ = filters::Moment::message;
    const smtp::ListenerSettings* listener_ = nullptr; ///< as it is today; may be gone
};

/// The mailbox in a From as history keeps it: "Ann <ann@a.test>".
std::string_view address_in(std::string_view from);
}
