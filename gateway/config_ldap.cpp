// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_ldap.hpp"

#include <set>

namespace app {
using filters::Complaints;
using filters::Yaml;

namespace {
Yaml directory_named(const Yaml& tree, std::string_view name)
{
    for (const auto& item : tree.find("ldap").items())
        if (item.find("name").text() == name)
            return item;
    return {};
}

/// A map of its own over a named entry over the defaults.
class Keys {
public:
    Keys(Yaml own, Yaml named) : own_{std::move(own)}, named_{std::move(named)} { }
    Yaml find(std::string_view key) const
    {
        const std::string path = "ldap[]." + std::string{key};
        const bool is_own = own_.is_map() && own_.find(key);
        return value_of(is_own || !named_ ? own_ : named_, path);
    }
    /// A file counts from the file it is named in.
    std::string file(std::string_view key) const { return path_of(find(key)); }

private:
    Yaml own_, named_;
};

net::LdapSettings settings_of(const Keys& keys)
{
    net::LdapSettings settings;
    const Yaml servers = keys.find("servers");
    for (const auto& server : servers.is_scalar() ? std::vector{servers} : servers.items())
        settings.servers.push_back(server.text());
    settings.starts_tls = boolean_of(keys.find("starttls"));
    settings.ca_file = keys.file("ca");
    settings.bind_dn = text_of(keys.find("bind_dn"));
    settings.password_file = keys.file("password_file");
    settings.connect = duration_of(keys.find("connect"));
    settings.timeout = duration_of(keys.find("timeout"));
    settings.connections
        = static_cast<unsigned>(std::min<std::size_t>(count_of(keys.find("connections")), 8));
    return settings;
}

void check(const Yaml& value, const smtp::LdapRecipients& source, Complaints& complaints)
{
    const auto& directory = source.directory;
    if (directory.servers.empty())
        complaints.push_back(value.complain("\"servers\" is missing for this directory"));
    if (source.base.empty())
        complaints.push_back(value.complain("\"base\" is missing for this directory"));
    if (!net::is_ldap_filter(source.filter))
        complaints.push_back(value.complain("\"" + source.filter + "\" is no LDAP filter",
                                            "such as (mail={address})"));
    else if (source.filter.find("{address}") == std::string::npos
             && source.filter.find("{local}") == std::string::npos)
        complaints.push_back(
            value.complain("the filter finds the same for everybody", "such as (mail={address})"));
    if (directory.bind_dn.empty() != directory.password_file.empty())
        complaints.push_back(value.complain("\"bind_dn\" and \"password_file\" need each other"));
}
}

bool is_ldap_server(const std::string& text)
{
    std::string_view rest = text;
    for (const std::string_view scheme : {"ldap://", "ldaps://"})
        if (rest.starts_with(scheme)) {
            rest.remove_prefix(scheme.size());
            return rest.find_first_of("/?# ,") == rest.npos && parse_server(rest, 389).has_value();
        }
    return false;
}

std::shared_ptr<const smtp::LdapRecipients> ldap_recipients_of(const Yaml& tree, const Yaml& value,
                                                               Complaints& complaints)
{
    const Yaml name = value.is_scalar() ? value : value.find("name");
    const Yaml named = name ? directory_named(tree, name.text()) : Yaml{};
    if (name && !named) {
        complaints.push_back(
            name.complain("no directory of \"ldap\" has the name \"" + name.text() + "\""));
        return nullptr;
    }
    const Keys keys{value, named};
    auto source = std::make_shared<smtp::LdapRecipients>();
    source->directory = settings_of(keys);
    source->base = text_of(keys.find("base"));
    source->filter = text_of(keys.find("filter"));
    source->canonical = text_of(keys.find("canonical"));
    check(value, *source, complaints);
    return source;
}

filters::NamedDirectories directories_of(const Yaml& tree)
{
    filters::NamedDirectories all;
    for (const auto& item : tree.find("ldap").items()) {
        const Keys keys{item, {}};
        all[item.find("name").text()] = {settings_of(keys), text_of(keys.find("base"))};
    }
    return all;
}

void check_directories(const Yaml& tree, Complaints& complaints)
{
    std::set<std::string, std::less<>> names;
    for (const auto& item : tree.find("ldap").items()) {
        const Yaml name = item.find("name");
        if (!name)
            complaints.push_back(item.complain("\"name\" is missing here"));
        else if (!names.insert(name.text()).second)
            complaints.push_back(name.complain("two directories have this name"));
        if (!item.find("servers"))
            complaints.push_back(item.complain("\"servers\" is missing here"));
    }
}
}
