// SPDX-License-Identifier: Apache-2.0
#include "filters/roster_directory.hpp"

#include "gateway/mail/address.hpp"

#include <algorithm>

namespace filters {
namespace {
using net::LdapNamed;
using Deadline = net::LdapConnection::Deadline;
constexpr std::string_view state_name = "ldap_directories";
constexpr std::size_t most_lists = 20'000, at_once = 50;

/// "bob@b.example", "smtp:bob@b.example" as Active Directory writes, "bob" where a domain is known.
std::optional<std::string> key_of(std::string_view value, const std::string& domain)
{
    for (const std::string_view type : {"smtp:", "SMTP:"})
        if (value.starts_with(type))
            value.remove_prefix(type.size());
    std::string address{value};
    if (!domain.empty() && address.find_first_of("@=") == address.npos)
        address += "@" + domain;
    const auto mailbox = mail::Mailbox::parse(address);
    return mailbox ? std::optional{mailbox->key()} : std::nullopt;
}

std::optional<std::string> address_in(const net::LdapEntry& entry, const std::string& attribute,
                                      const std::string& domain)
{
    for (const auto& [name, value] : entry.values)
        if (name == attribute)
            if (auto key = key_of(value, domain))
                return key;
    return std::nullopt;
}

/// One reading over one connection.
class Reading {
public:
    Reading(const RosterDirectory& directory, net::LdapConnection connection, Deadline deadline)
        : directory_{directory}, connection_{std::move(connection)}, deadline_{deadline}
    { }
    std::expected<Rosters, std::string> take(const std::stop_token& end)
    {
        if (const auto read = read_groups(); !read)
            return std::unexpected{read.error()};
        while (!names_.empty()) {
            if (end.stop_requested())
                return std::unexpected{"the gateway ends"};
            if (const auto read = read_members(); !read)
                return std::unexpected{read.error()};
        }
        tell(without_address_, " lists or members have no address that can be read");
        return std::move(rosters_);
    }

private:
    using Read = std::expected<void, std::string>;

    Read read_groups()
    {
        net::LdapQuery query{directory_.base, directory_.filter, directory_.members};
        query.attributes.push_back(directory_.address);
        const net::LdapBounds bounds{.entries = most_lists,
                                     .values = RosterReader::most_members,
                                     .question = directory_.settings.timeout};
        auto groups = connection_.read(query, bounds, deadline_);
        if (!groups)
            return std::unexpected{groups.error().text};
        if (groups->is_cut)
            rosters_.problems.emplace_back(directory_.source(),
                                           "it has more lists or members than are read");
        for (const auto& group : groups->entries)
            take_group(group);
        return {};
    }
    void take_group(const net::LdapEntry& group)
    {
        const auto name = address_in(group, directory_.address, directory_.domain);
        if (!name) {
            ++without_address_;
            return;
        }
        auto& list = rosters_.lists[*name];
        list.file = directory_.source();
        for (const auto& [attribute, value] : group.values) {
            if (std::ranges::find(directory_.members, attribute) == directory_.members.end())
                continue;
            if (auto key = key_of(value, directory_.domain))
                list.members.insert(std::move(*key));
            else if (value.find('=') != value.npos)
                names_[value].push_back(*name);
            else
                ++without_address_;
        }
    }
    /// The next names: each entry is asked for once, however many lists it is in.
    Read read_members()
    {
        std::vector<std::string> names;
        for (const auto& [name, lists] : names_)
            if (names.push_back(name); names.size() == at_once)
                break;
        const auto now = std::chrono::steady_clock::now();
        if (now >= deadline_)
            return std::unexpected{"it has more members than can be asked for in time"};
        const auto found
            = connection_.entries_of(names, {directory_.member_address},
                                     std::min(deadline_, now + directory_.settings.timeout));
        if (!found)
            return std::unexpected{found.error().text};
        for (std::size_t i = 0; i < names.size(); ++i)
            take_member(names[i], (*found)[i]);
        return {};
    }
    void take_member(const std::string& name, const LdapNamed& member)
    {
        const auto lists = std::move(names_.extract(name).mapped());
        const auto key = address_in(member.entry, directory_.member_address, directory_.domain);
        for (const auto& list : lists)
            if (member.answer == LdapNamed::Answer::gone)
                rosters_.lists[list].gone.insert(name);
            else if (key)
                rosters_.lists[list].members.insert(*key);
            else
                ++without_address_;
    }
    void tell(std::size_t count, const std::string& what)
    {
        if (count > 0)
            rosters_.problems.emplace_back(directory_.source(), std::to_string(count) + what);
    }

    const RosterDirectory& directory_;
    net::LdapConnection connection_;
    Deadline deadline_;
    Rosters rosters_;
    std::map<std::string, std::vector<std::string>> names_; ///< of members → their lists
    std::size_t without_address_ = 0;
};
}

void set_directories(Services& services, NamedDirectories directories)
{
    services.kept(state_name) = std::make_shared<NamedDirectories>(std::move(directories));
}

std::shared_ptr<const NamedDirectories> directories(Services& services)
{
    const auto all = std::static_pointer_cast<const NamedDirectories>(services.kept(state_name));
    return all ? all : std::make_shared<const NamedDirectories>();
}

std::expected<Rosters, std::string> read_rosters(const RosterDirectory& directory,
                                                 net::SocketWatch& watch, std::stop_token end)
{
    const auto deadline = std::chrono::steady_clock::now() + longest_reading;
    std::string problem = "no server is named";
    for (const auto& server : directory.settings.servers) {
        const auto now = std::chrono::steady_clock::now();
        if (end.stop_requested() || now >= deadline)
            break;
        auto connection = net::LdapConnection::open(
            directory.settings, server, std::min(deadline, now + directory.settings.connect),
            watch);
        if (!connection) {
            problem = server + ": " + connection.error().text;
            continue;
        }
        auto read = Reading{directory, std::move(*connection), deadline}.take(end);
        if (read)
            return read;
        problem = server + ": " + read.error();
    }
    return std::unexpected{problem};
}
}
