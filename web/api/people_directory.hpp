// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/ldap_bind.hpp"
#include "web/api/people_settings.hpp"
#include "web/api/sign_in.hpp"
#include "web/api/site.hpp"

namespace web {
/// PeopleDirectory over LDAP: finds the name's entry, binds as it, and makes one person of its
/// attributes.
class LdapPeople final : public PeopleDirectory {
public:
    /// `site` has the settings in force and outlives this.
    LdapPeople(const Site& site, net::LdapDirectories& directories)
        : site_{site}, directories_{directories}
    { }
    bool is_in_use() const override;
    awaitable<std::expected<Person, Refusal>> prove(std::string name,
                                                    std::string password) override;

private:
    const Site& site_;
    net::LdapDirectories& directories_;
    net::LdapBinder binder_;
};

/// What a directory is asked about a name.
net::LdapQuery query_of(const DirectorySettings& settings, const std::string& name);

/// All addresses of a directory's entry: those it names, and the local part of the first at each
/// linked domain. Sorted out what is none.
std::vector<std::string> addresses_of(const net::LdapEntry& entry,
                                      const DirectorySettings& settings);

/// The same, and behind them the addresses of others under which the person may send.
std::vector<std::string> senders_of(const net::LdapEntry& entry, const DirectorySettings& settings);
}
