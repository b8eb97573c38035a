// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "gateway/commands/message_files.hpp"
#include "gateway/commands/offline.hpp"
#include "gateway/smtp/context.hpp"

#include <string>
#include <vector>

namespace app::commands {
/// What a message on disk does not say of itself. Empty: taken from the message where it can be.
struct Envelope {
    std::string client, helo, sender;
    std::vector<std::string> recipients;
    mail::Direction direction = mail::Direction::inbound;
};

/// A message judged without a daemon.
struct Judged {
    std::size_t number = 0;
    std::string path, problem; ///< `problem`: it could not be judged, and why
    mail::Mail mail;
    std::vector<filters::Judgement> judgements; ///< one per recipient
    double parse_ms = 0, layers_ms = 0;
};

/// Runs the layers and the policy over messages; any number at once on different loops.
class OfflineJudge {
public:
    OfflineJudge(const smtp::Snapshot& snapshot, Envelope envelope)
        : snapshot_{snapshot}, envelope_{std::move(envelope)}
    { }
    net::awaitable<Judged> judge(RawMessage raw);
    const filters::Policy& policy_of(const mail::Recipient& recipient) const;

private:
    void fill_envelope(mail::Mail& mail) const;
    std::vector<mail::Mailbox> recipients_of(const mail::Mail& mail) const;
    const smtp::Snapshot& snapshot_;
    Envelope envelope_;
    mail::IdSource ids_;
};

/// Why an envelope's parts cannot be used; "" when they can.
std::string problem_of(const Envelope& envelope);
}
