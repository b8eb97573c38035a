// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/dns_answer.hpp"

#include <string>

namespace filters::auth {
/// The DNS as the standards see it. Behind it stands the resolver with the budget of one mail, or a
/// zone in a test.
class Dns {
public:
    virtual ~Dns() = default;
    /// One question. Never throws for what the DNS says or fails to say: that is the answer.
    /// `name` in ASCII, with or without a last dot; a name that cannot be asked (a label over 63
    /// octets, over 253 in all, an empty label) gives no_name without a query.
    virtual net::awaitable<net::DnsAnswerPtr> ask(std::string name, net::RecordType type) = 0;
};
}
