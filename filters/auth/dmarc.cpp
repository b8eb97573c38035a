// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dmarc.hpp"

#include "filters/auth/dmarc_discovery.hpp"
#include "filters/auth/organizational_domain.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace filters::auth {
namespace {
using net::awaitable;

/// 0 to 99, the same for the same text (FNV-1a).
unsigned share_of(std::string_view text)
{
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return static_cast<unsigned>((hash ^ (hash >> 32U)) % 100);
}

DmarcPolicy one_milder(DmarcPolicy policy)
{
    return policy == DmarcPolicy::reject ? DmarcPolicy::quarantine : DmarcPolicy::none;
}

bool is_aligned(const mail::Domain& author, const DmarcPublished& published,
                const PlacedIdentity& placed)
{
    const bool is_strict = placed.identity.method == Identity::Method::spf
        ? published.record->is_spf_strict
        : published.record->is_dkim_strict;
    return placed.identity.domain == author
        || (!is_strict && placed.organization == published.organization);
}

std::string text_of(const Identity& identity)
{
    return (identity.method == Identity::Method::spf ? "spf " : "dkim ") + identity.domain.ascii();
}

DmarcPolicy policy_for(const mail::Domain& author, const DmarcPublished& published)
{
    const auto& record = *published.record;
    if (published.record_domain == author)
        return record.policy;
    const auto subdomains = record.subdomains.value_or(record.policy);
    return published.author_does_not_exist ? record.nonexistent.value_or(subdomains) : subdomains;
}

/// Less may be wanted with a failed mail than the policy says.
void soften(DmarcAnswer& answer, const DmarcRecord& record, const DmarcQuestion& question)
{
    answer.wanted = answer.policy;
    if (question.standard == DmarcStandard::rfc9989) {
        if (record.is_testing)
            answer.wanted = one_milder(answer.policy);
    } else if (share_of(question.sample) >= record.percent) {
        answer.wanted = one_milder(answer.policy);
        answer.problem
            = "outside of the " + std::to_string(record.percent) + " % that the policy is for";
    }
}
}

std::string_view to_string(DmarcResult result)
{
    constexpr std::array<std::string_view, 5> texts{"none", "pass", "fail", "temperror",
                                                    "permerror"};
    return texts[static_cast<std::size_t>(result)];
}

std::optional<Identity> identity_of(Identity::Method method, std::string_view result,
                                    std::string_view domain)
{
    if (result != "pass" && result != "temperror")
        return {};
    auto parsed = mail::Domain::parse(domain);
    if (!parsed || parsed->is_literal())
        return {};
    return Identity{method, std::move(*parsed), result == "pass"};
}

DmarcAnswer evaluate_dmarc(const DmarcQuestion& question, const DmarcPublished& published,
                           const std::vector<PlacedIdentity>& identities)
{
    const auto& author = *question.author.domain;
    DmarcAnswer answer{.domain = author.ascii(), .organization = published.organization.ascii()};
    answer.problem = published.problem;
    if (!published.record)
        return answer;
    answer.record_domain = published.record_domain.ascii();
    answer.policy = policy_for(author, published);
    const PlacedIdentity* undecided = nullptr;
    for (const auto& placed : identities) {
        if (!is_aligned(author, published, placed))
            continue;
        if (!placed.identity.is_pass) {
            undecided = &placed;
            continue;
        }
        answer.aligned = text_of(placed.identity);
        answer.result = DmarcResult::pass;
        if (!question.author.ambiguity.empty()) {
            answer.result = DmarcResult::permerror;
            answer.problem = question.author.ambiguity;
        }
        return answer;
    }
    answer.result = DmarcResult::fail;
    if (undecided) {
        answer.result = DmarcResult::temperror;
        answer.problem = text_of(undecided->identity) + " could not be decided";
        return answer;
    }
    soften(answer, *published.record, question);
    return answer;
}

awaitable<DmarcAnswer> check_dmarc(DmarcQuestion question, Dns& dns)
{
    if (!question.author.domain) {
        const bool is_ambiguous = !question.author.ambiguity.empty();
        co_return DmarcAnswer{.result = is_ambiguous ? DmarcResult::permerror : DmarcResult::none,
                              .problem = is_ambiguous ? question.author.ambiguity
                                                      : "no From with an address"};
    }
    const auto author = *question.author.domain;
    DmarcDiscovery discovery{question.standard, dns};
    const auto published = co_await discovery.publish(author);
    if (!published)
        co_return DmarcAnswer{.result = published.error().result,
                              .domain = author.ascii(),
                              .organization
                              = organizational_domain(author).value_or(author).ascii(),
                              .problem = published.error().problem};
    std::vector<PlacedIdentity> placed;
    for (auto& identity : question.identities) {
        if (!published->record || placed.size() == DmarcQuestion::most_identities)
            break;
        // Only what shares the author's organisation can have the same one.
        auto organization = identity.domain;
        if (identity.domain != author && identity.domain.is_within(published->organization)) {
            const auto found = co_await discovery.organization_of(identity.domain);
            if (found)
                organization = *found;
            else if (found.error().result == DmarcResult::temperror) {
                organization = published->organization;
                identity.is_pass = false;
            }
        }
        placed.push_back({std::move(identity), std::move(organization)});
    }
    co_return evaluate_dmarc(question, *published, placed);
}
}
