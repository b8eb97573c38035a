// SPDX-License-Identifier: Apache-2.0
#include "web/api/people_directory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace web {
namespace {
using Outcome = net::LdapBindAnswer::Outcome;

Refusal unreachable(const std::string& problem)
{
    spdlog::error("event=sign-in-directory problem=\"{}\"", problem);
    return {503, "directory not reachable",
            "the directory of user ids does not answer, so nobody can sign in with it now; mail is"
            " not concerned; try again in a minute",
            std::chrono::seconds{30}};
}

std::string contact_of(const Site& site)
{
    const auto& notice = site.context->snapshot()->settings.notice;
    const auto contact = notice.url.empty() ? notice.phone
        : notice.phone.empty()              ? notice.url
                                            : notice.url + ", " + notice.phone;
    return contact.empty() ? "" : "; please ask: " + contact;
}

std::string filter_of(std::string pattern, const std::string& name)
{
    constexpr std::string_view place = "{name}";
    const auto value = net::ldap_escaped(name);
    for (auto at = pattern.find(place); at != pattern.npos;
         at = pattern.find(place, at + value.size()))
        pattern.replace(at, place.size(), value);
    return pattern;
}

std::string language_of(const net::LdapEntry& entry, const DirectorySettings& settings)
{
    for (const auto& [attribute, value] : entry.values)
        if (attribute == settings.language && (value.starts_with("ja") || value.starts_with("en")))
            return value.substr(0, 2);
    return {};
}
}

net::LdapQuery query_of(const DirectorySettings& settings, const std::string& name)
{
    net::LdapQuery query{settings.base, filter_of(settings.filter, name), {}};
    for (const auto* attribute : {&settings.address, &settings.aliases, &settings.domains,
                                  &settings.language, &settings.send_as})
        if (!attribute->empty())
            query.attributes.push_back(*attribute);
    return query;
}

std::vector<std::string> addresses_of(const net::LdapEntry& entry,
                                      const DirectorySettings& settings)
{
    constexpr std::size_t most = 100;
    std::vector<mail::Mailbox> mailboxes;
    std::vector<std::string> domains;
    for (const auto& [attribute, value] : entry.values) {
        if (attribute == settings.address || attribute == settings.aliases) {
            if (auto mailbox = mail::Mailbox::parse(value))
                mailboxes.push_back(std::move(*mailbox));
        } else if (attribute == settings.domains) {
            domains.push_back(value);
        }
    }
    const auto count = mailboxes.size();
    for (const auto& domain : count > 0 ? domains : std::vector<std::string>{})
        for (std::size_t i = 0; i < count; ++i) {
            const auto text = mailboxes[i].to_string();
            if (auto linked = mail::Mailbox::parse(text.substr(0, text.rfind('@') + 1) + domain))
                mailboxes.push_back(std::move(*linked));
        }
    std::vector<std::string> keys;
    for (const auto& mailbox : mailboxes)
        if (keys.size() < most && std::ranges::find(keys, mailbox.key()) == keys.end())
            keys.push_back(mailbox.key());
    return keys;
}

std::vector<std::string> senders_of(const net::LdapEntry& entry, const DirectorySettings& settings)
{
    constexpr std::size_t most = 300;
    auto keys = addresses_of(entry, settings);
    if (settings.send_as.empty() || keys.empty())
        return keys;
    for (const auto& [attribute, value] : entry.values)
        if (attribute == settings.send_as && keys.size() < most)
            if (const auto mailbox = mail::Mailbox::parse(value))
                keys.push_back(mailbox->key());
    return keys;
}

bool LdapPeople::is_in_use() const
{
    return site_.people && !site_.people->directory.directory.servers.empty();
}

awaitable<std::expected<Person, Refusal>> LdapPeople::prove(std::string name, std::string password)
{
    const auto people = site_.people; // a reload may put another in its place
    const auto& settings = people->directory;
    const auto found = co_await directories_.search(settings.directory, query_of(settings, name));
    if (!found)
        co_return std::unexpected{unreachable(found.error())};
    const bool is_known = found->size() == 1;
    // Nobody's name is asked, too, so that the time tells nothing.
    const auto dn = is_known ? found->front().dn : "cn=nobody," + settings.base;
    const auto answer = co_await binder_.bind(settings.directory, dn, std::move(password));
    if (answer.outcome == Outcome::unknown && is_known)
        co_return std::unexpected{unreachable(answer.problem)};
    if (!is_known || answer.outcome != Outcome::right)
        co_return std::unexpected{SignIn::wrong_credentials()};
    Person person{addresses_of(found->front(), settings), language_of(found->front(), settings)};
    if (person.addresses.empty())
        co_return std::unexpected{
            Refusal{403,
                    "no mail address",
                    "your password is right, but the directory has no mail address of yours"
                    " (attribute \""
                        + settings.address + "\")" + contact_of(site_),
                    {}}};
    co_return person;
}
}
