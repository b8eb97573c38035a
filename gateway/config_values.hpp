// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/yaml.hpp"
#include "gateway/config_schema.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/smtp/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {
/// Complains of every unknown key and every value that has not its key's form. Iterative.
void check_form(const filters::Yaml& tree, filters::Complaints& complaints);

/// The value of a key in `section` (the tree, or one entry of a list), or its default from the
/// schema.
filters::Yaml value_of(const filters::Yaml& section, std::string_view path);
/// The value is written in the configuration.
bool is_set(const filters::Yaml& section, std::string_view path);

/// Values whose form was checked. What is malformed all the same gives the form's zero.
std::string text_of(const filters::Yaml& value);
bool boolean_of(const filters::Yaml& value);
std::size_t count_of(const filters::Yaml& value);
std::uint64_t size_of(const filters::Yaml& value);
std::uint64_t data_rate_of(const filters::Yaml& value);
std::chrono::milliseconds duration_of(const filters::Yaml& value);
std::vector<std::chrono::milliseconds> durations_of(const filters::Yaml& value);
std::vector<mail::Network> networks_of(const filters::Yaml& value);
/// A file name is relative to the file it is written in; on the command line and in defaults to the
/// working directory.
std::string path_of(const filters::Yaml& value);
std::vector<net::CertificateFiles> certificates_of(const filters::Yaml& value);

/// "mail1.internal:25", "192.0.2.1", "[2001:db8::1]:2525".
std::optional<smtp::NextHop> parse_server(std::string_view text, std::uint16_t default_port);
/// Address literal and port of a listener: "0.0.0.0:25", "[::]:25".
bool is_address(std::string_view text);
/// "ldap://host", "ldaps://host:port": no path, no query.
bool is_ldap_server(const std::string& text);
/// The route that a `servers` value describes; problems become complaints.
std::shared_ptr<const smtp::Route> route_of(const filters::Yaml& value, std::string name,
                                            filters::Complaints& complaints);
}
