// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "gateway/smtp/context.hpp"

#include <memory>

namespace smtp {
/// Why a file of recipients cannot be read, with its name; empty: it can. Every recipient of its
/// domain is put off meanwhile.
std::string why_unreadable(const std::string& path);

/// Whether recipients exist, by each domain's setting: any, a file (one address a line, re-read
/// when it changes), a directory by LDAP, or a callout to the next hop (MAIL FROM:<>, RCPT, RSET on
/// a pooled connection; only a 5xx to RCPT that speaks of the address means unknown, any other
/// refuses). Answers are cached: known 24 h (used beyond an hour only while nobody can be asked),
/// unknown 15 min, refused 1 min; after a reload those of another source do not count. What is
/// asked for is the owner of the address. Bounded. Safe from all loops.
class Verifier final : public filters::RecipientVerifier {
public:
    explicit Verifier(Context& context);
    ~Verifier() override;
    net::awaitable<Result> verify(mail::Mailbox address) override;
    std::optional<Result> known(const mail::Mailbox& address) override;
    net::awaitable<mail::Mailbox> owner(mail::Mailbox address) override;

private:
    struct State;
    std::unique_ptr<State> state_;
};
}
