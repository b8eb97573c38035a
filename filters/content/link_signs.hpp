// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "filters/content/look_alike.hpp"

#include <string>
#include <vector>

namespace filters::content {
/// Something about a link that honest senders rarely do.
struct LinkSign {
    enum class Kind {
        other_site, ///< the text names one site, the link leads to another
        look_alike,
        bare_address, ///< a public IP address instead of a name
        odd_address, ///< the same in a form that people do not read as one
        user_info, ///< "http://bank.example@evil.example/"
        punycode_mix, ///< an A-label that mixes scripts
        odd_host,
        data_page,
        script,
        refresh, ///< the page would go elsewhere by itself
        redirect, ///< its query holds a link to another site
        odd_port,
        short_link,
        code ///< in a QR code
    } kind
        = Kind::other_site;
    std::string detail; ///< a host or domain
    std::string evidence; ///< the link as it stands, cut
};
/// Each sign once for each detail, at most `limit`. Pure; linear in the links.
std::vector<LinkSign> link_signs(const std::vector<Link>& links, const ProtectedNames& names,
                                 std::size_t limit);

/// "bit.ly" and the like: a registrable domain whose links lead elsewhere.
bool is_short_link(std::string_view domain);
}
