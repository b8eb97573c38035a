// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/ldap.hpp"
#include "web/api/digest_schedule.hpp"

#include <chrono>
#include <string>

namespace web {
/// Where the organisation keeps people's passwords, and what it knows of them.
struct DirectorySettings {
    net::LdapSettings directory;
    std::string base;
    std::string filter; ///< with {name}
    /// Attributes: the mail addresses, further ones of the same person, other domains where the
    /// same local part is the same person, the language; "" for none.
    std::string address, aliases, domains, language;
    std::string send_as; ///< attribute: addresses of others under which the person may send
};

/// What the configuration says of people.
struct PeopleSettings {
    DirectorySettings directory; ///< no servers: there is none
    DigestSettings digest;
    std::chrono::days keep_held{}; ///< how long held mail waits for them; zero: nobody said
};
}
