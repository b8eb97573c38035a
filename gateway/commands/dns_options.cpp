// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/dns_options.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace app::commands {
namespace {
constexpr double longest_timeout = 3600;
/// People wait for a command; a session has more patience.
constexpr std::chrono::milliseconds usual_timeout{2000};

bool read_timeout(const std::string& text, net::DnsSettings& settings)
{
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || !(seconds > 0)
        || seconds > longest_timeout)
        return false;
    settings.timeout
        = std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(seconds * 1000))};
    return true;
}
}

std::vector<Option> dns_options()
{
    return {{"--dns", "ADDR:PORT", "name server to ask, or none (default: the system's)"},
            {"--dns-timeout", "SECONDS", "for one question to it (default 2)"}};
}

std::optional<net::DnsSettings> dns_settings_or_complain(const Arguments& arguments)
{
    net::DnsSettings settings{.timeout = usual_timeout};
    if (!arguments.has("--dns"))
        settings.servers = net::system_dns_servers();
    return dns_settings_or_complain(arguments, std::move(settings));
}

std::optional<net::DnsSettings> dns_settings_or_complain(const Arguments& arguments,
                                                         net::DnsSettings configured)
{
    if (arguments.has("--dns")) {
        const auto text = arguments.text("--dns");
        auto server = net::parse_endpoint(text);
        if (!server)
            server = net::parse_address(text, 53);
        if (!server && text != "none") {
            std::fprintf(stderr, "mailweir: --dns %s: wants ADDRESS:PORT, or none\n", text.c_str());
            return {};
        }
        configured.servers.clear();
        if (server)
            configured.servers.push_back(*server);
    }
    if (const auto text = arguments.text("--dns-timeout");
        !text.empty() && !read_timeout(text, configured)) {
        std::fprintf(stderr, "mailweir: --dns-timeout %s: wants a number of seconds\n",
                     text.c_str());
        return {};
    }
    return configured;
}
}
