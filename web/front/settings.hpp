// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"

#include <string>
#include <vector>

namespace front {
/// Where people ask, in the administrator's words.
struct Contact {
    std::string url, phone, english, japanese;
    bool operator==(const Contact&) const = default;
};

/// What the front reads of the configuration.
struct Settings {
    std::string hostname;
    std::string gate; ///< the path of web.sock, as this process reaches it
    std::vector<mail::Network> allow; ///< who may see more than that they may not
    std::vector<mail::Network>
        digest_allow; ///< the same for pages of links in digests; empty: `allow`
    std::vector<mail::Network> proxies; ///< whose X-Forwarded-For and -Proto are believed
    Contact contact;
};

bool is_among(const std::vector<mail::Network>& networks, const mail::Ip& ip);
}
