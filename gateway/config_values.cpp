// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_values.hpp"

#include <charconv>
#include <filesystem>

namespace app {
using filters::Yaml;

Yaml value_of(const Yaml& section, std::string_view path)
{
    Yaml here = section;
    auto rest = path.substr(path.rfind("[].") == path.npos ? 0 : path.rfind("[].") + 3);
    while (!rest.empty() && here) {
        const auto part = rest.substr(0, std::min(rest.find('.'), rest.size()));
        here = here.find(part);
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
    if (here)
        return here;
    const Key* key = find_key(path);
    if (key == nullptr || key->fallback.empty())
        return {};
    return Yaml::parse(key->fallback, "").value_or(Yaml{});
}

bool is_set(const Yaml& section, std::string_view path)
{
    return !value_of(section, path).file().empty();
}

std::string text_of(const Yaml& value) { return value.text(); }
bool boolean_of(const Yaml& value) { return filters::parse_boolean(value.text()).value_or(false); }
std::size_t count_of(const Yaml& value)
{
    return static_cast<std::size_t>(
        std::max<std::int64_t>(filters::parse_number(value.text()).value_or(0), 0));
}
std::uint64_t size_of(const Yaml& value) { return filters::parse_size(value.text()).value_or(0); }
std::uint64_t data_rate_of(const Yaml& value)
{
    return filters::parse_data_rate(value.text()).value_or(0);
}
std::chrono::milliseconds duration_of(const Yaml& value)
{
    return filters::parse_duration(value.text()).value_or(std::chrono::milliseconds{});
}

std::vector<std::chrono::milliseconds> durations_of(const Yaml& value)
{
    if (value.is_scalar())
        return {duration_of(value)};
    std::vector<std::chrono::milliseconds> durations;
    for (const auto& item : value.items())
        durations.push_back(duration_of(item));
    return durations;
}

std::vector<mail::Network> networks_of(const Yaml& value)
{
    std::vector<mail::Network> networks;
    for (const auto& item : value.is_scalar() ? std::vector{value} : value.items())
        if (const auto network = mail::Network::parse(item.text()))
            networks.push_back(*network);
    return networks;
}

namespace {
/// What systemd hands to the service is for nobody else, and as it was when the service started.
/// Root, who checks a configuration or backs up, reads the folder it comes from: that is what the
/// next start gets.
std::optional<std::string> source_of_credential(const std::string& path)
{
    constexpr std::string_view handed = "/run/credentials/mailweir.service/keys_";
    std::error_code ignored;
    if (!path.starts_with(handed))
        return {};
    auto source = "/etc/mailweir/keys/" + path.substr(handed.size());
    return std::filesystem::exists(source, ignored) ? std::optional{source} : std::nullopt;
}
}

std::string path_of(const Yaml& value)
{
    if (auto source = source_of_credential(value.text()))
        return *source;
    const std::filesystem::path path{value.text()};
    if (value.text().empty() || path.is_absolute() || value.file().empty())
        return value.text();
    return (std::filesystem::path{value.file()}.parent_path() / path).string();
}

std::vector<net::CertificateFiles> certificates_of(const Yaml& value)
{
    std::vector<net::CertificateFiles> certificates;
    for (const auto& item : value.is_map() ? std::vector{value} : value.items())
        certificates.push_back({path_of(item.find("certificate")), path_of(item.find("key"))});
    return certificates;
}

namespace {
struct HostAndPort {
    std::string_view host;
    std::optional<std::uint16_t> port;
    bool has_port = false;
};

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size())
        return {};
    return port;
}

HostAndPort split(std::string_view text)
{
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == text.npos || (end + 1 < text.size() && text[end + 1] != ':'))
            return {};
        if (end + 1 == text.size())
            return {text.substr(1, end - 1), {}, false};
        return {text.substr(1, end - 1), parse_port(text.substr(end + 2)), true};
    }
    const auto colon = text.find(':');
    if (colon == text.npos)
        return {text, {}, false};
    return {text.substr(0, colon), parse_port(text.substr(colon + 1)), true};
}
}

std::optional<smtp::NextHop> parse_server(std::string_view text, std::uint16_t default_port)
{
    const auto [host, port, has_port] = split(text);
    if (host.empty() || (has_port && port.value_or(0) == 0))
        return {};
    const bool is_literal = mail::Ip::parse(host).has_value();
    if (text.starts_with('[') ? !is_literal : !is_literal && !mail::Domain::parse(host))
        return {};
    return smtp::NextHop{std::string{host}, port.value_or(default_port)};
}

bool is_address(std::string_view text)
{
    const auto [host, port, has_port] = split(text);
    const auto ip = mail::Ip::parse(host);
    return ip && has_port && port && ip->is_v4() == !text.starts_with('[');
}

namespace {
/// The ways a `servers` map may name besides its servers.
struct Way {
    std::string_view key;
    std::vector<std::string_view> choices;
};

std::size_t choice_of(const Yaml& map, const Way& way, std::size_t otherwise,
                      filters::Complaints& complaints)
{
    const Yaml value = map.find(way.key);
    if (!value)
        return otherwise;
    for (std::size_t i = 0; i < way.choices.size(); ++i)
        if (way.choices[i] == value.text())
            return i;
    std::string choices;
    for (const auto choice : way.choices)
        choices += (choices.empty() ? "" : " | ") + std::string{choice};
    complaints.push_back(value.complain("\"" + std::string{way.key} + "\" wants " + choices,
                                        filters::did_you_mean(value.text(), way.choices)));
    return otherwise;
}

void read_ways(const Yaml& map, smtp::Route& route, filters::Complaints& complaints)
{
    static constexpr std::array<std::string_view, 5> known{"servers", "tls", "eight_bit",
                                                           "protocol", "connections"};
    for (const auto& [key, value] : map.entries())
        if (std::ranges::find(known, key.text()) == known.end())
            complaints.push_back(key.complain("unknown key \"" + key.text() + "\"",
                                              filters::did_you_mean(key.text(), known)));
    route.tls = static_cast<smtp::TlsUse>(
        choice_of(map, {"tls", {"none", "opportunistic", "required", "verified"}},
                  static_cast<std::size_t>(route.tls), complaints));
    route.eight_bit = static_cast<smtp::EightBit>(
        choice_of(map, {"eight_bit", {"send", "refuse"}}, 0, complaints));
    route.protocol = static_cast<smtp::Protocol>(
        choice_of(map, {"protocol", {"smtp", "lmtp"}}, 0, complaints));
    if (const Yaml connections = map.find("connections")) {
        route.connections = static_cast<unsigned>(count_of(connections));
        if (route.connections < 1 || route.connections > 10'000)
            complaints.push_back(
                connections.complain("\"connections\" wants a number from 1 to 10000"));
    }
}
}

namespace {
void read_mx(const Yaml& item, smtp::Route& route, filters::Complaints& complaints)
{
    route.is_by_mx = true;
    if (route.name != "outbound")
        complaints.push_back(item.complain(
            "our own domains' mail goes to servers that are named, such as [\"mail1.internal\"]: "
            "their MX records lead here"));
    if (route.protocol == smtp::Protocol::lmtp)
        complaints.push_back(item.complain("mail servers of other domains do not speak LMTP"));
}
}

std::shared_ptr<const smtp::Route> route_of(const Yaml& value, std::string name,
                                            filters::Complaints& complaints)
{
    auto route = std::make_shared<smtp::Route>();
    route->name = std::move(name);
    if (value.is_map())
        read_ways(value, *route, complaints);
    const Yaml servers = value.is_map() ? value.find("servers") : value;
    const std::uint16_t port = route->protocol == smtp::Protocol::lmtp ? 24 : 25;
    for (const auto& item : servers.is_scalar() ? std::vector{servers} : servers.items()) {
        if (item.text() == "mx") {
            read_mx(item, *route, complaints);
            continue;
        }
        if (auto server = parse_server(item.text(), port))
            route->next_hops.push_back(std::move(*server));
        else
            complaints.push_back(
                item.complain("\"" + item.text() + "\" is no server; write \"host:port\""));
    }
    if (route->is_by_mx && !route->next_hops.empty())
        complaints.push_back(value.complain("either \"mx\" or servers, not both"));
    if (route->next_hops.empty() && !route->is_by_mx && complaints.empty())
        complaints.push_back(value.complain("no server is named"));
    return route;
}
}
