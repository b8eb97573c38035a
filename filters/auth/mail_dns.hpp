// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/net/resolver.hpp"

namespace filters::auth {
/// The resolver on the account of one mail: what the cache does not know is paid from its budget of
/// queries, and waited for from its budget of time. Both outlive it. Without a resolver every
/// question fails.
class MailDns final : public Dns {
public:
    /// Of all questions of one mail together; those that wait at the same time count once
    /// (promise §5).
    static constexpr std::chrono::seconds longest_wait{20};

    MailDns(net::Resolver* resolver, const mail::Mail& mail) : resolver_{resolver}, mail_{&mail} { }
    net::awaitable<net::DnsAnswerPtr> ask(std::string name, net::RecordType type) override;
    /// The answer that needs no wait; nullptr if there is none. On a loop.
    net::DnsAnswerPtr known(std::string_view name, net::RecordType type) const;

private:
    net::Resolver* resolver_;
    const mail::Mail* mail_;
};
}
