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
                                            Dns& dns, net::WorkerPool& pool,
                                            KnownAuthentication known)
{
    Authentication found;
    const auto now = question.now;
    if (!known.spf)
        known.spf = co_await check_spf(std::move(question), dns);
    if (!known.dkim)
        known.dkim = co_await verify_dkim(message, dns, &pool, now);
    if (!known.arc)
        known.arc = co_await validate_arc(message, dns, &pool);
    found.spf = std::move(*known.spf);
    found.dkim = std::move(*known.dkim);
    found.arc = std::move(*known.arc);
    if (known.dmarc) {
        found.dmarc = std::move(*known.dmarc);
        co_return found;
    }
    DmarcQuestion about{.author = author_of(message.header()),
                        .identities = identities_of(found.spf, found.dkim),
                        .sample = message.header().decoded("Message-ID")};
    found.dmarc = co_await check_dmarc(std::move(about), dns);
    co_return found;
}

template <class Change> void Authentications::change(const mail::Mail& mail, Change change)
{
    const std::scoped_lock lock{mutex_};
    change(known_[mail.id]);
}

void Authentications::hear(const mail::Mail& mail, const SpfAnswer& answer)
{
    change(mail, [&](KnownAuthentication& known) { known.spf = answer; });
}

void Authentications::hear(const mail::Mail& mail, const std::vector<DkimResult>& results)
{
    change(mail, [&](KnownAuthentication& known) { known.dkim = results; });
}

void Authentications::hear(const mail::Mail& mail, const ArcResult& result)
{
    change(mail, [&](KnownAuthentication& known) { known.arc = result; });
}

void Authentications::hear(const mail::Mail& mail, const DmarcAnswer& answer)
{
    change(mail, [&](KnownAuthentication& known) { known.dmarc = answer; });
}

KnownAuthentication Authentications::take(mail::MailId id)
{
    const std::scoped_lock lock{mutex_};
    const auto found = known_.find(id);
    if (found == known_.end())
        return {};
    auto known = std::move(found->second);
    known_.erase(found);
    return known;
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
