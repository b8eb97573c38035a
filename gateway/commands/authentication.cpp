// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/authentication.hpp"

namespace app::commands {
namespace {
using namespace filters::auth;

std::vector<Identity> identities_of(const SpfAnswer& spf, const std::vector<DkimResult>& dkim)
{
    std::vector<Identity> identities;
    if (auto identity = identity_of(Identity::Method::spf, to_string(spf.result), spf.domain))
        identities.push_back(std::move(*identity));
    for (const auto& signature : dkim)
        if (auto identity
            = identity_of(Identity::Method::dkim, to_string(signature.outcome), signature.domain))
            identities.push_back(std::move(*identity));
    return identities;
}
}

net::awaitable<Authentication> authenticate(SpfQuestion question, const mail::Message& message,
                                            Dns& dns, net::WorkerPool& pool)
{
    Authentication found;
    const auto now = question.now;
    found.spf = co_await check_spf(std::move(question), dns);
    found.dkim = co_await verify_dkim(message, dns, &pool, now);
    found.arc = co_await validate_arc(message, dns, &pool);
    DmarcQuestion about{.author = author_of(message.header()),
                        .identities = identities_of(found.spf, found.dkim),
                        .sample = message.header().decoded("Message-ID")};
    found.dmarc = co_await check_dmarc(std::move(about), dns);
    co_return found;
}

void write_authentication(web::JsonWriter& out, const Authentication& found)
{
    out.begin_object().key("spf").begin_object();
    out.member("result", to_string(found.spf.result)).member("domain", found.spf.domain);
    out.member("scope", to_string(found.spf.scope))
        .member("explanation", found.spf.explanation)
        .end_object();
    out.key("dkim").begin_array();
    for (const auto& signature : found.dkim)
        out.begin_object()
            .member("result", to_string(signature.outcome))
            .member("domain", signature.domain)
            .member("selector", signature.selector)
            .member("algorithm", signature.algorithm)
            .member("reason", signature.reason)
            .end_object();
    out.end_array();
    out.key("arc").begin_object().member("result", to_string(found.arc.outcome)).end_object();
    out.key("dmarc").begin_object().member("result", to_string(found.dmarc.result));
    out.member("policy", to_string(found.dmarc.policy))
        .member("org_domain", found.dmarc.organization)
        .end_object();
    out.end_object();
}
}
