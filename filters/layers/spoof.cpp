// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/vouching.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view own_domain = "spoof.own_domain";
/// A From with more than this is no letter of a colleague; `headers` has facts about it.
constexpr std::size_t longest_from = 8192;

/// The first domain of ours that From names.
std::optional<mail::Domain> own_author(const Services& services, const mail::Header& header)
{
    for (const auto& field : header.fields()) {
        if (!field.is("From") || field.value.size() > longest_from)
            continue;
        for (const auto& entry : mail::parse_address_list(field.value).entries)
            if (services.is_own_domain && services.is_own_domain(entry.mailbox.domain()))
                return entry.mailbox.domain();
    }
    return {};
}

/// Mail from outside that says it is from us. Honest cases prove themselves: by SPF or DKIM of our
/// domain, by a trusted sealer who saw that, or by the administrator's word.
class Spoof final : public Layer {
public:
    Spoof(const Settings& settings, Services& services) : services_{services}
    {
        for (const auto& text : settings.texts("outside_services")) {
            if (const auto network = mail::Network::parse(text))
                networks_.push_back(*network);
            else if (const auto domain = mail::Domain::parse(text); domain && !domain->is_literal())
                domains_.push_back(*domain);
            else
                settings.complain("outside_services",
                                  "\"" + text + "\" is neither a network nor a domain");
        }
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        Findings findings;
        if (mail.client.is_inside || is_service(mail.client.ip))
            return findings;
        const auto author = own_author(services_, mail.message.header());
        if (author && is_unproven(mail.findings, *author))
            findings.push_back({.name = own_domain,
                                .detail = author->ascii(),
                                .evidence = "from " + mail.client.ip.to_string()
                                    + "; neither SPF nor DKIM vouches for it"});
        return findings;
    }

private:
    bool is_service(const mail::Ip& ip) const
    {
        return std::ranges::any_of(
            networks_, [&](const mail::Network& network) { return network.contains(ip); });
    }
    bool is_service(const mail::Domain& domain) const
    {
        return std::ranges::any_of(
            domains_, [&](const mail::Domain& service) { return domain.is_within(service); });
    }
    /// Where SPF or DKIM was not asked or could not be decided, nothing is known.
    bool is_unproven(const Findings& findings, const mail::Domain& author) const
    {
        if (!has_run(findings, "spf.") || !has_run(findings, "dkim.")
            || has_run(findings, "spf.error") || has_run(findings, "dkim.error")
            || has_run(findings, "arc.trusted"))
            return false;
        return std::ranges::none_of(identities_in(findings), [&](const auth::Identity& identity) {
            return !identity.is_pass || is_same_organization(identity.domain, author)
                || is_service(identity.domain);
        });
    }

    Services& services_;
    std::vector<mail::Network> networks_;
    std::vector<mail::Domain> domains_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Spoof>(settings, services);
}
}

extern const LayerType spoof{
    .name = "spoof",
    .summary = "Finds mail from outside that bears a domain of ours without proof.",
    .findings = {
        {.name = own_domain,
         .english = "The message comes from outside in the name of {}, and nothing proves it.",
         .japanese = "外部から届いたメールが当方のドメイン{}を名乗っていますが、裏付けがありません。",
         .is_spoofing = true,
         .refusal = "mail from outside in the name of this domain must pass SPF or DKIM"},
    },
    .settings = R"(# Services outside that may write in our name: networks, or domains that SPF or
# DKIM vouches for.
outside_services: []
)",
    .after = {"spf", "dkim", "arc"},
    .make = make,
};
}
