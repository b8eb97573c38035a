// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_people.hpp"

#include "filters/units.hpp"
#include "gateway/config_ldap.hpp"
#include "web/api/people_settings.hpp"

#include <algorithm>

namespace app {
using filters::Complaints;
using filters::Yaml;

namespace {
/// "2 to 8".
void fill_bounds(const Yaml& value, double& least, double& most, Complaints& complaints)
{
    constexpr std::string_view between = " to ";
    const auto text = text_of(value);
    const auto at = text.find(between);
    const auto first = filters::parse_number(text.substr(0, at));
    const auto second
        = at == text.npos ? std::nullopt : filters::parse_number(text.substr(at + between.size()));
    if (!first || !second || *first > *second) {
        complaints.push_back(value.complain("\"" + text + "\" is no range", "such as \"2 to 8\""));
        return;
    }
    least = static_cast<double>(*first);
    most = static_cast<double>(*second);
}

void fill_directory(const Yaml& tree, web::DirectorySettings& settings, Complaints& complaints)
{
    const Yaml name = value_of(tree, "sign_in.ldap");
    if (text_of(name).empty())
        return;
    const auto source = ldap_recipients_of(tree, name, complaints);
    if (!source)
        return;
    settings.directory = source->directory;
    const auto base = text_of(value_of(tree, "sign_in.base"));
    settings.base = base.empty() ? source->base : base;
    const Yaml filter = value_of(tree, "sign_in.filter");
    settings.filter = text_of(filter);
    if (!net::is_ldap_filter(settings.filter) || !settings.filter.contains("{name}"))
        complaints.push_back(filter.complain(
            "\"" + settings.filter + "\" is no LDAP filter with {name}", "such as (uid={name})"));
    settings.address = text_of(value_of(tree, "sign_in.address"));
    settings.aliases = text_of(value_of(tree, "sign_in.aliases"));
    settings.domains = text_of(value_of(tree, "sign_in.domains"));
    settings.language = text_of(value_of(tree, "sign_in.language"));
    settings.send_as = text_of(value_of(tree, "sign_in.send_as"));
}
}

namespace {
void fill_digest(const Yaml& tree, web::DigestSettings& digest, Complaints& complaints)
{
    const Yaml when = value_of(tree, "people.digest"), from = value_of(tree, "people.digest_from");
    if (const auto schedule = web::parse_digest_schedule(text_of(when)))
        digest.schedule = *schedule;
    else
        complaints.push_back(when.complain("\"" + text_of(when) + "\" is no schedule",
                                           "such as \"mon-fri 7\", or off"));
    if (const auto text = text_of(from); !text.empty()) {
        const auto mailbox = mail::Mailbox::parse(text);
        if (mailbox)
            digest.from = *mailbox;
        else
            complaints.push_back(from.complain("\"" + text + "\" is no address", ""));
    }
    digest.is_for_everyone = text_of(value_of(tree, "people.digest_to")) == "everyone";
    digest.language = text_of(value_of(tree, "people.language"));
}

/// A link in a mail has to be one.
void fill_url(const Yaml& tree, std::string& url, Complaints& complaints)
{
    const Yaml value = value_of(tree, "web.url");
    url = text_of(value);
    while (url.ends_with('/'))
        url.pop_back();
    const bool is_plain = std::ranges::all_of(
        url, [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>' && c != '"'; });
    if (!url.empty() && (!is_plain || !(url.starts_with("http://") || url.starts_with("https://"))))
        complaints.push_back(value.complain("\"" + url + "\" is no address of pages",
                                            "https://HOST or http://HOST"));
}
}

void fill_people(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    auto people = std::make_shared<web::PeopleSettings>();
    fill_directory(tree, people->directory, complaints);
    fill_digest(tree, people->digest, complaints);
    people->keep_held
        = std::chrono::ceil<std::chrono::days>(duration_of(value_of(tree, "store.keep_held")));
    fill_url(tree, configuration.web.url, complaints);
    configuration.people = std::move(people);
    auto& bounds = configuration.smtp.own_thresholds;
    fill_bounds(value_of(tree, "people.tag"), bounds.least_tag, bounds.most_tag, complaints);
    fill_bounds(value_of(tree, "people.hold"), bounds.least_quarantine, bounds.most_quarantine,
                complaints);
    bounds.may_switch_off = boolean_of(value_of(tree, "people.filter_off"));
    configuration.smtp.has_quarantine = boolean_of(value_of(tree, "people.quarantine"));
}
}
