// SPDX-License-Identifier: Apache-2.0
#include "filters/policy.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <cassert>

namespace filters {
namespace {
const mail::Finding* find(const Condition::Node& fact, const mail::Findings& shared,
                          const mail::Findings& own)
{
    for (const auto* findings : {&shared, &own})
        for (const auto& finding : *findings)
            if (Condition::matches(fact, finding))
                return &finding;
    return nullptr;
}
}

std::uint64_t name_bit(std::string_view name)
{
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return 1ULL << (hash >> 58);
}

bool glob_matches(std::string_view glob, std::string_view text)
{
    std::size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            resume = t;
        } else if (g < glob.size()
                   && (glob[g] == '?' || mail::to_lower(glob[g]) == mail::to_lower(text[t]))) {
            ++g;
            ++t;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', g) == std::string_view::npos;
}

bool Condition::matches(const Node& fact, const mail::Finding& finding)
{
    return finding.name == fact.name
        && (fact.glob.empty() || glob_matches(fact.glob, finding.detail));
}

bool Condition::holds(const mail::Findings& shared, const mail::Findings& own) const
{
    return holds(shared, own, ~0ULL);
}

// Backwards over prefix order every child is known before its parent asks.
bool Condition::holds(const mail::Findings& shared, const mail::Findings& own,
                      std::uint64_t bits) const
{
    assert(nodes.size() <= most_nodes);
    if (nodes.size() == 1 && nodes.front().kind == Kind::fact)
        return (nodes.front().bit == 0 || (nodes.front().bit & bits) != 0)
            && find(nodes.front(), shared, own) != nullptr;
    std::uint64_t held = 0;
    for (std::size_t at = nodes.size(); at-- > 0;) {
        const Node& node = nodes[at];
        bool holds = node.kind != Kind::any;
        if (node.kind == Kind::fact)
            holds = (node.bit == 0 || (node.bit & bits) != 0) && find(node, shared, own) != nullptr;
        for (std::size_t child = at + 1; child < at + node.size; child += nodes[child].size) {
            const bool child_holds = (held >> child & 1U) != 0;
            if (node.kind == Kind::all)
                holds = holds && child_holds;
            else if (node.kind == Kind::any)
                holds = holds || child_holds;
            else
                holds = holds && !child_holds;
        }
        held |= static_cast<std::uint64_t>(holds) << at;
    }
    return !nodes.empty() && (held & 1U) != 0;
}

bool Condition::needs_absence() const
{
    return std::any_of(nodes.begin(), nodes.end(),
                       [](const Node& node) { return node.kind == Kind::none; });
}

const mail::Finding* Condition::first_found(const mail::Findings& shared,
                                            const mail::Findings& own) const
{
    for (std::size_t at = 0; at < nodes.size();) {
        if (nodes[at].kind == Kind::fact)
            if (const auto* finding = find(nodes[at], shared, own))
                return finding;
        at += nodes[at].kind == Kind::none ? nodes[at].size : 1;
    }
    return nullptr;
}

const Policy& PolicySet::of(const mail::Domain& recipient_domain) const
{
    if (domains.empty())
        return standard;
    const auto found = domains.find(recipient_domain.ascii());
    return found == domains.end() ? standard : found->second;
}
}
