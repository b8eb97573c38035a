// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/mail_dns.hpp"

namespace filters::auth {
net::awaitable<net::DnsAnswerPtr> MailDns::ask(std::string name, net::RecordType type)
{
    if (!resolver_)
        co_return std::make_shared<const net::DnsAnswer>(
            net::DnsAnswer{.problem = "no resolver"});
    auto answer = co_await resolver_->query(std::move(name), type, &mail_.dns_queries_left);
    co_return answer;
}
}
