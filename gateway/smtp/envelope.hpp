// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/return_path.hpp"
#include "gateway/smtp/srs.hpp"

#include <optional>
#include <utility>

namespace smtp {
/// The scheme of this configuration; nullopt: forwarded mail keeps its envelope sender.
std::optional<Srs> srs_of(const Context& context, const Settings& settings);

/// Under which envelope sender a mail goes on: the account's own where the layer `sender` says so,
/// one of ours for forwarded mail that leaves the organisation, else the one it came with.
mail::ReversePath envelope_sender(const Context& context, const Settings& settings,
                                  const mail::Mail& mail);

/// The codes by which bounces of our mail are known.
ReturnPaths return_paths_of(const Context& context);

/// The sender to name to a server outside for mail of a domain whose return paths are signed;
/// nullopt: the mail's own. Signed when it is sent, so that nobody here meets it but in bounces.
mail::ReversePath signed_sender(const Context& context, const Settings& settings,
                                const mail::Mail& mail, const mail::Mailbox& recipient);

/// Bears another envelope sender while it lives.
class EnvelopeSender {
public:
    EnvelopeSender(mail::Mail& mail, mail::ReversePath sender)
        : mail_{mail}, came_with_{std::exchange(mail.sender, std::move(sender))}
    { }
    ~EnvelopeSender() { mail_.sender = std::move(came_with_); }
    EnvelopeSender(const EnvelopeSender&) = delete;
    EnvelopeSender& operator=(const EnvelopeSender&) = delete;

private:
    mail::Mail& mail_;
    mail::ReversePath came_with_;
};
}
