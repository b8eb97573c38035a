// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"
#include "gateway/net/dns_health.hpp"

#include <optional>

namespace app::commands {
/// --dns ADDR:PORT (or "none") and --dns-timeout SECONDS.
std::vector<Option> dns_options();
/// How the command asks the DNS: as they say, else the system's servers. Complains on stderr and
/// gives nothing where one of them is wrong.
std::optional<net::DnsSettings> dns_settings_or_complain(const Arguments& arguments);
/// The same over what a configuration says.
std::optional<net::DnsSettings> dns_settings_or_complain(const Arguments& arguments,
                                                         net::DnsSettings configured);
}
