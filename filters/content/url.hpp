// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// A link as a browser understands it (WHATWG URL): tabs and line ends gone, backslashes as
/// slashes, percent-encoded and full-width host letters resolved, odd IPv4 numbers normalised.
struct Url {
    std::string scheme; ///< lower case
    std::string host; ///< A-labels, lower case, no final dot; "192.0.2.1"; "[2001:db8::1]"; "" none
    std::uint16_t port = 0; ///< 0: the scheme's own
    std::string path, query, fragment; ///< as the browser would send them
    bool has_authority = false; ///< "//" stands behind the scheme
    bool has_user_info = false; ///< "http://bank.example@evil.example/"
    bool is_address = false; ///< the host is an IP address
    bool is_odd_address = false; ///< written so that people do not see that: 0x7f.1, 3232235777
    bool is_punycode = false; ///< some label is an A-label
    bool is_odd_host
        = false; ///< the host was written with percent signs, full-width letters, soft hyphens
    /// As a browser would write it, without user information.
    std::string to_string() const;
    /// The host in its registrable form by the public suffix list; the host itself for addresses.
    std::string registrable() const;
};
/// nullopt: no browser would follow it (no scheme and no base, or a host that cannot be).
std::optional<Url> parse_url(std::string_view written, const Url* base = nullptr);

/// A place in plain text that people or their mail programs take for a link.
struct FoundUrl {
    std::size_t offset = 0, length = 0;
    std::string written; ///< as it stands there, with "http://" before "www."; defanged forms not
};
/// "scheme://…", "www.…", and bare names under a public suffix that people would type
/// ("evil-bank.com/login"), each as it is written once, at most `limit`. Trailing punctuation and
/// unpaired brackets do not belong. Linear.
std::vector<FoundUrl> find_urls(std::string_view utf8, std::size_t limit);
}
