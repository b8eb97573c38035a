// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace filters::content {
/// A URL's host as a browser understands it.
struct UrlHost {
    std::string name; ///< as Url::host
    bool is_address = false, is_odd_address = false, is_odd = false;
};
/// WHATWG URL §3.5 for special schemes (http, https ...). nullopt: it cannot be a host.
std::optional<UrlHost> parse_url_host(std::string_view written);
/// The same for all other schemes: nothing is resolved, odd octets get percent signs.
std::optional<UrlHost> parse_opaque_host(std::string_view written);

/// "%41%zz" → "A%zz".
std::string percent_decoded(std::string_view text);
/// Appends `c` as "%XX".
void append_percent(std::string& out, char c);
}
