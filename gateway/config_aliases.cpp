// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_aliases.hpp"

#include <algorithm>

namespace app {
using filters::Complaints;
using filters::Yaml;

namespace {
constexpr std::string_view possible_details = "+-=_#.";

smtp::DomainSettings* domain_of(const Yaml& item, smtp::Settings& settings)
{
    const auto name = mail::Domain::parse(item.find("name").text());
    const auto found = name ? settings.domains.find(name->ascii()) : settings.domains.end();
    return found == settings.domains.end() ? nullptr : &found->second;
}

void fill(const Yaml& item, smtp::DomainSettings& domain, Complaints& complaints)
{
    const Yaml detail = item.find("detail");
    domain.detail = text_of(detail);
    if (domain.detail.find_first_not_of(possible_details) != std::string::npos)
        complaints.push_back(
            detail.complain("\"detail\" is one or more of " + std::string{possible_details}));
    domain.aliases = path_of(value_of(item, "domains[].aliases"));
    domain.is_rewritten = boolean_of(value_of(item, "domains[].rewrite"));
    domain.signs_return_paths = boolean_of(value_of(item, "domains[].sign_return_paths"));
    const Yaml other = item.find("alias_of");
    if (!other)
        return;
    if (auto name = mail::Domain::parse(other.text()))
        domain.alias_of = std::move(*name);
    else
        complaints.push_back(other.complain("\"" + other.text() + "\" is no domain name"));
}

/// The other domain must be ours, and no alias itself.
void join(const Yaml& item, smtp::DomainSettings& domain, const smtp::Settings& settings,
          Complaints& complaints)
{
    if (!domain.alias_of)
        return;
    const Yaml place = item.find("alias_of");
    const auto other = settings.domains.find(domain.alias_of->ascii());
    if (other == settings.domains.end())
        complaints.push_back(place.complain("\"" + place.text() + "\" is none of the domains"));
    else if (other->second.alias_of)
        complaints.push_back(
            place.complain("\"" + place.text() + "\" is an alias itself; name the last one"));
    else if (!domain.route)
        domain.route = other->second.route;
}
}

void fill_aliases(const Yaml& tree, smtp::Settings& settings, Complaints& complaints)
{
    const auto items = tree.find("domains").items();
    for (const auto& item : items)
        if (auto* domain = domain_of(item, settings))
            fill(item, *domain, complaints);
    for (const auto& item : items)
        if (auto* domain = domain_of(item, settings))
            join(item, *domain, settings, complaints);
    for (const auto& [name, domain] : settings.domains) {
        const bool asks_directory
            = domain.recipients.ldap && !domain.recipients.ldap->canonical.empty();
        settings.has_aliases |= !domain.detail.empty() || !domain.aliases.empty()
            || domain.alias_of.has_value() || asks_directory;
        if (!domain.aliases.empty()
            && std::ranges::find(settings.alias_files, domain.aliases)
                == settings.alias_files.end())
            settings.alias_files.push_back(domain.aliases);
    }
}
}
