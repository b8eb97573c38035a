// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/net/resolver.hpp"

namespace filters::auth {
/// The resolver on the account of one mail: what the cache does not know is paid from its budget.
/// Both outlive it. Without a resolver every question fails.
class MailDns final : public Dns {
public:
    MailDns(net::Resolver* resolver, const mail::Mail& mail) : resolver_{resolver}, mail_{mail} { }
    net::awaitable<net::DnsAnswerPtr> ask(std::string name, net::RecordType type) override;

private:
    net::Resolver* resolver_;
    const mail::Mail& mail_;
};
}
