// SPDX-License-Identifier: Apache-2.0
#include "filters/vouching.hpp"

#include "filters/auth/dmarc_discovery.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/auth/organizational_domain.hpp"
#include "filters/auth/spf_record.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
using auth::Identity;

const mail::Finding* find(const mail::Findings& findings, std::string_view name)
{
    const auto found = std::ranges::find(findings, name, &mail::Finding::name);
    return found == findings.end() ? nullptr : &*found;
}

/// A fact of this layer about this very domain shows that it has published a record.
bool shows_record(const mail::Findings& findings, std::string_view prefix,
                  const mail::Domain& domain)
{
    constexpr std::array<std::string_view, 3> silent{"none", "temperror", "error"};
    return std::ranges::any_of(findings, [&](const mail::Finding& finding) {
        return finding.name.starts_with(prefix) && finding.detail == domain.ascii()
            && std::ranges::find(silent, finding.name.substr(prefix.size())) == silent.end();
    });
}

Vouching not_proven(const mail::Domain& domain, std::string_view standard)
{
    return {.reason = domain.ascii() + " publishes " + std::string{standard}
                + ", but neither SPF nor DKIM vouches for it here"};
}
}

bool is_same_organization(const mail::Domain& one, const mail::Domain& other)
{
    if (one == other)
        return true;
    const auto organization = auth::organizational_domain(one);
    return organization && organization == auth::organizational_domain(other);
}

bool has_run(const mail::Findings& findings, std::string_view prefix)
{
    return std::ranges::any_of(
        findings, [&](const mail::Finding& finding) { return finding.name.starts_with(prefix); });
}

std::vector<Identity> identities_in(const mail::Findings& findings)
{
    std::vector<Identity> identities;
    const auto add
        = [&](Identity::Method method, std::string_view prefix, const mail::Finding& finding) {
              if (!finding.name.starts_with(prefix))
                  return;
              if (auto identity
                  = auth::identity_of(method, finding.name.substr(prefix.size()), finding.detail))
                  identities.push_back(std::move(*identity));
          };
    for (const auto& finding : findings) {
        add(Identity::Method::spf, "spf.", finding);
        add(Identity::Method::dkim, "dkim.", finding);
    }
    return identities;
}

std::optional<Vouching> vouching_at_hand(const mail::Mail& mail, const mail::Domain& domain,
                                         Stood stood)
{
    const auto& findings = mail.findings;
    if (mail.client.is_inside)
        return Vouching{.is_enough = true, .reason = "from inside"};
    if (!has_run(findings, "spf.") && !has_run(findings, "dkim."))
        return Vouching{.is_enough = stood == Stood::in_envelope,
                        .reason = "neither SPF nor DKIM was asked"};
    for (const auto& identity : identities_in(findings))
        if (identity.is_pass && is_same_organization(identity.domain, domain))
            return Vouching{.is_enough = true,
                            .reason = (identity.method == Identity::Method::spf ? "SPF" : "DKIM")
                                + (" vouches for " + identity.domain.ascii())};
    if (const auto* sealer = find(findings, "arc.trusted"); sealer && stood == Stood::in_from)
        return Vouching{.is_enough = true, .reason = sealer->detail + " saw it pass"};
    if (shows_record(findings, "spf.", domain))
        return not_proven(domain, "SPF");
    if (shows_record(findings, "dmarc.", domain))
        return not_proven(domain, "DMARC");
    return {};
}

net::awaitable<Vouching> vouching_by_dns(net::Resolver* resolver, const mail::Mail& mail,
                                         mail::Domain domain)
{
    auth::MailDns dns{resolver, mail};
    const auto answer = co_await dns.ask(domain.ascii(), net::RecordType::txt);
    if (answer->has_failed())
        co_return Vouching{.reason = domain.ascii() + " could not be looked up"};
    if (std::ranges::any_of(answer->records,
                            [](const auto& record) { return auth::is_spf(record.data); }))
        co_return not_proven(domain, "SPF");
    auth::DmarcDiscovery discovery{auth::DmarcStandard::rfc7489, dns};
    const auto published = co_await discovery.publish(domain);
    if (!published && published.error().result == auth::DmarcResult::temperror)
        co_return Vouching{.reason = domain.ascii() + " could not be looked up"};
    if (!published || published->record)
        co_return not_proven(domain, "DMARC");
    co_return Vouching{.is_enough = true,
                       .reason = domain.ascii() + " publishes neither SPF nor DMARC"};
}
}
