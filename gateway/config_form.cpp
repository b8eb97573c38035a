// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_values.hpp"

namespace app {
using filters::Complaints;
using filters::Yaml;

std::string form_text(const Key& key)
{
    switch (key.form) {
    case Form::section:
        return "a map of keys";
    case Form::sections:
        return "a list of maps";
    case Form::layer:
        return "a map of the layer's keys";
    case Form::text:
        return "a text";
    case Form::boolean:
        return "true or false";
    case Form::count:
        return "a whole number from 1";
    case Form::size:
        return "a size with its unit, such as \"50 MiB\"";
    case Form::duration:
        return "a time with its unit, such as \"30 s\"";
    case Form::durations:
        return "a list of times, such as [1 min, 5 min]";
    case Form::data_rate:
        return "a rate, such as \"500 B/s\"";
    case Form::address:
        return "an address and port, such as \"127.0.0.1:25\"";
    case Form::address_or_off:
        return "an address and port, such as \"127.0.0.1:8025\", or off";
    case Form::networks:
        return "a list of networks, such as [\"10.0.0.0/8\"]";
    case Form::mailboxes:
        return "a list of mail addresses, such as [postmaster@example.jp]";
    case Form::names:
        return "a list of header fields, such as [From, Subject]";
    case Form::servers:
        return "a list of servers, such as [\"mail1.internal:25\"]";
    case Form::loops:
        return "auto or a number from 1 to 256";
    case Form::recipients:
        return "any, callout, { file: PATH } or { ldap: NAME }";
    case Form::ldap_servers:
        return "a list of LDAP servers, such as [\"ldaps://ldap1.internal\"]";
    case Form::certificates:
        return "{ certificate: FILE, key: FILE } or a list of them";
    case Form::choice:
        break;
    }
    std::string choices{key.choices};
    for (auto at = choices.find('|'); at != choices.npos; at = choices.find('|'))
        choices.replace(at, 1, choices.find('|', at + 1) == choices.npos ? " or " : ", ");
    return choices;
}

namespace {
/// A section that waits to be walked, with its path in the schema.
struct Section {
    Yaml node;
    std::string path;
};

bool every(const Yaml& value, bool (*is_good)(const std::string&))
{
    if (value.is_scalar())
        return is_good(value.text());
    return value.is_list() && std::ranges::all_of(value.items(), [&](const Yaml& item) {
               return item.is_scalar() && is_good(item.text());
           });
}

bool is_choice(const Key& key, const std::string& text)
{
    return !text.empty()
        && ("|" + std::string{key.choices} + "|").find("|" + text + "|") != std::string::npos;
}

bool is_pair(const Yaml& value)
{
    return value.is_map() && value.entries().size() == 2 && value.find("certificate").is_scalar()
        && value.find("key").is_scalar();
}

bool is_recipients(const Yaml& value)
{
    if (!value.is_map())
        return value.text() == "any" || value.text() == "callout";
    const Yaml ldap = value.find("ldap");
    return value.entries().size() == 1
        && (value.find("file").is_scalar() || ldap.is_scalar() || ldap.is_map());
}

bool is_plain_mailbox(const std::string& text)
{
    const auto address = mail::Mailbox::parse(text);
    return address && !address->has_trick();
}

bool is_field_name(const std::string& text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c <= '~' && c != ':' && c != ';';
    });
}

bool has_form(const Key& key, const Yaml& value)
{
    const std::string& text = value.text();
    const auto number = filters::parse_number(text);
    switch (key.form) {
    case Form::section:
    case Form::layer:
        return value.is_map();
    case Form::sections:
        return value.is_list();
    case Form::text:
        return value.is_scalar();
    case Form::boolean:
        return value.is_scalar() && filters::parse_boolean(text);
    case Form::count:
        return value.is_scalar() && number && *number >= 1 && *number <= 1'000'000'000;
    case Form::size:
        return value.is_scalar() && filters::parse_size(text).value_or(0) > 0;
    case Form::duration:
        return value.is_scalar()
            && filters::parse_duration(text).value_or(std::chrono::milliseconds{}).count() > 0;
    case Form::durations:
        return (value.is_scalar() || !value.items().empty())
            && every(value, [](const std::string& item) {
                   return filters::parse_duration(item)
                              .value_or(std::chrono::milliseconds{})
                              .count()
                       > 0;
               });
    case Form::data_rate:
        return value.is_scalar() && filters::parse_data_rate(text);
    case Form::address:
        return value.is_scalar() && is_address(text);
    case Form::address_or_off:
        return value.is_scalar() && (text == "off" || is_address(text));
    case Form::networks:
        return every(
            value, [](const std::string& item) { return mail::Network::parse(item).has_value(); });
    case Form::mailboxes:
        return every(value, is_plain_mailbox);
    case Form::names:
        return every(value, is_field_name);
    case Form::servers:
        return true; // route_of complains of each part
    case Form::choice:
        return value.is_scalar() && is_choice(key, text);
    case Form::loops:
        return text == "auto" || (number && *number >= 1 && *number <= 256);
    case Form::recipients:
        return is_recipients(value);
    case Form::ldap_servers:
        return every(value, is_ldap_server) && (value.is_scalar() || !value.items().empty());
    case Form::certificates:
        return is_pair(value)
            || (value.is_list() && !value.items().empty()
                && std::ranges::all_of(value.items(), is_pair));
    }
    return false;
}

std::vector<std::string_view> split_choices(std::string_view choices)
{
    std::vector<std::string_view> list;
    while (!choices.empty()) {
        list.push_back(choices.substr(0, choices.find('|')));
        choices.remove_prefix(std::min(list.back().size() + 1, choices.size()));
    }
    return list;
}

filters::Complaint wrong_form(const Key& key, const Yaml& value)
{
    const std::string name{leaf_of(key.path)};
    return value.complain("\"" + name + "\" wants " + form_text(key),
                          filters::did_you_mean(value.text(), split_choices(key.choices)));
}

void check_section(const Section& section, std::vector<Section>& left, Complaints& complaints)
{
    const auto members = members_of(section.path);
    std::vector<std::string_view> names;
    for (const Key* member : members)
        names.push_back(leaf_of(member->path));
    for (const auto& [name, value] : section.node.entries()) {
        const auto at = std::ranges::find(names, name.text());
        if (at == names.end()) {
            complaints.push_back(name.complain("unknown key \"" + name.text() + "\"",
                                               filters::did_you_mean(name.text(), names)));
            continue;
        }
        const Key& key = *members[static_cast<std::size_t>(at - names.begin())];
        if (!value)
            continue; // a key without a value keeps its default
        if (!has_form(key, value))
            complaints.push_back(wrong_form(key, value));
        else if (key.form == Form::recipients && value.find("ldap").is_map())
            left.push_back({value.find("ldap"), "ldap[]"});
        else if (key.form == Form::section)
            left.push_back({value, std::string{key.path}});
        else if (key.form == Form::sections)
            for (const auto& item : value.items())
                left.push_back({item, std::string{key.path} + "[]"});
    }
    for (const Key* member : members)
        if (member->is_required && !section.node.find(leaf_of(member->path)))
            complaints.push_back(section.node.complain("\"" + std::string{leaf_of(member->path)}
                                                       + "\" is missing here"));
}
}

void check_form(const Yaml& tree, Complaints& complaints)
{
    if (tree && !tree.is_map()) {
        complaints.push_back(tree.complain("a configuration is a map of keys"));
        return;
    }
    std::vector<Section> left{{tree, ""}};
    while (!left.empty()) {
        const Section section = std::move(left.back());
        left.pop_back();
        if (section.node && !section.node.is_map())
            complaints.push_back(
                section.node.complain("an entry of \"" + section.path + "\" is a map of keys"));
        else
            check_section(section, left, complaints);
    }
}
}
