// SPDX-License-Identifier: Apache-2.0
#include "filters/link_inquiry.hpp"

#include "filters/reverse_name.hpp"

#include <algorithm>
#include <map>

namespace filters {
namespace {
constexpr std::size_t most_findings = 20;

std::optional<mail::Ip> address_of(std::string_view site)
{
    if (site.starts_with('[') && site.ends_with(']'))
        site = site.substr(1, site.size() - 2);
    return mail::Ip::parse(site);
}

/// A list speaks once; which sites it named, their sums say.
bool is_told_of(const Findings& found, const mail::Finding& finding)
{
    return std::ranges::any_of(found, [&](const mail::Finding& one) {
        return one.name == finding.name && one.detail == finding.detail;
    });
}

/// The order in which answers count: a list that refused one question rests, whatever it answered
/// to the others.
std::vector<std::size_t> refusals_last(const std::vector<std::optional<DnsListing>>& listings)
{
    std::vector<std::size_t> order, refused;
    for (std::size_t i = 0; i < listings.size(); ++i) {
        const bool is_answer = listings[i]->refusal.empty() && listings[i]->failure.empty();
        (is_answer ? order : refused).push_back(i);
    }
    order.insert(order.end(), refused.begin(), refused.end());
    return order;
}
}

LinkInquiry::LinkInquiry(const std::vector<LinkDnsList>& lists,
                         const std::vector<std::string>& sites, const LinkInquiryNames& names,
                         double threshold, net::Env::Steady now)
    : names_{names}, threshold_{threshold}
{
    for (const auto& list : lists) {
        if (sites.empty())
            break;
        if (!list.dns.state->may_ask(now)) {
            resting_.push_back({.name = names.list.unavailable,
                                .detail = list.dns.zone,
                                .evidence = "not asked: " + list.dns.state->report().problem});
            continue;
        }
        for (const auto& site : sites) {
            const auto ip = address_of(site);
            if (!ip)
                questions_.push_back({&list.dns, site, site + "." + list.dns.zone, "invalid"});
            else if (list.takes_addresses)
                questions_.push_back({&list.dns, site,
                                      reverse_name(*ip, list.dns.zone, list.dns.zone),
                                      "1.0.0.127"});
        }
    }
}

std::optional<Findings> LinkInquiry::answers(auth::Answers& dns, net::Env::Steady now) const
{
    std::vector<std::optional<DnsListing>> listings;
    for (const auto& question : questions_)
        listings.push_back(question.list->look(dns, question.name, question.nobody));
    if (!std::ranges::all_of(listings, &std::optional<DnsListing>::has_value))
        return {};
    // A list that refuses one question tells nothing about the others either.
    const auto is_refused = [&](const DnsList* list) {
        for (std::size_t i = 0; i < questions_.size(); ++i)
            if (questions_[i].list == list && !listings[i]->refusal.empty())
                return true;
        return false;
    };
    Findings found = resting_;
    std::map<std::string, double> sums;
    for (const auto i : refusals_last(listings)) {
        const auto& [list, site, name, nobody] = questions_[i];
        if (listings[i]->refusal.empty() && is_refused(list))
            continue;
        auto finding = settled(*list, *listings[i], names_.list, site, now);
        if (finding.name.empty())
            continue;
        sums[site] += finding.weight.value_or(0);
        if (found.size() < most_findings && !is_told_of(found, finding))
            found.push_back(std::move(finding));
    }
    for (const auto& [site, sum] : sums)
        if (sum >= threshold_)
            found.push_back({.name = names_.listed, .detail = site, .weight = sum});
    return found;
}
}
