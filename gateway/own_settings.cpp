// SPDX-License-Identifier: Apache-2.0
#include "gateway/own_settings.hpp"

#include "filters/known_dns_lists.hpp"
#include "gateway/config.hpp"
#include "gateway/config_values.hpp"
#include "gateway/durable_file.hpp"
#include "gateway/embedded.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <filesystem>

namespace app {
namespace {
constexpr std::size_t most_domains = 10'000, most_servers = 20, most_lists = 20, most_places = 100;
constexpr std::size_t largest_file = 4U << 20;

using Complaint = std::unexpected<std::string>;

std::expected<OwnSettings::Domain, std::string> domain_of(const boost::json::value& value)
{
    OwnSettings::Domain domain{.name = web::text_member(value, "name").value_or(""),
                               .next_hops = web::text_members(value, "next_hop"),
                               .takes_any = web::text_member(value, "recipients") == "any"};
    const auto name = mail::Domain::parse(domain.name);
    if (!name)
        return Complaint{"\"" + domain.name + "\" is no domain"};
    domain.name = name->ascii();
    if (domain.next_hops.empty() || domain.next_hops.size() > most_servers)
        return Complaint{domain.name + " needs an internal server"};
    for (const auto& server : domain.next_hops)
        if (!parse_server(server, 25))
            return Complaint{"\"" + server + "\" is no server, such as mail1.internal:25"};
    return domain;
}

std::expected<void, std::string> take_domains(OwnSettings& settings,
                                              const boost::json::value& document)
{
    settings.domains.clear();
    const auto& given = web::array_member(document, "domains");
    if (given.size() > most_domains)
        return Complaint{"too many domains"};
    for (const auto& item : given) {
        auto domain = domain_of(item);
        if (!domain)
            return Complaint{domain.error()};
        settings.domains.push_back(std::move(*domain));
    }
    return {};
}

bool is_preset(const std::string& name)
{
    return embedded_files().contains("policies/" + name + ".yaml");
}

std::string as_json(std::string_view text) { return web::json_quoted(text); }

std::string list_of(const std::vector<std::string>& texts)
{
    std::string list;
    for (const auto& text : texts)
        list += (list.empty() ? "" : ", ") + as_json(text);
    return "[" + list + "]";
}
}

std::string OwnSettings::json() const
{
    web::JsonWriter json;
    json.begin_object().key("domains").begin_array();
    for (const auto& domain : domains) {
        json.begin_object()
            .member("name", domain.name)
            .key("next_hop")
            .raw(list_of(domain.next_hops));
        json.member("recipients", domain.takes_any ? "any" : "callout").end_object();
    }
    json.end_array().member("preset", preset).key("block_lists").raw(list_of(block_lists));
    json.key("certificate_for").raw(list_of(certificate_for));
    json.member("revision", revision).end_object();
    return json.take();
}

std::string OwnSettings::yaml() const
{
    std::string yaml;
    for (const auto& domain : domains)
        yaml += (yaml.empty() ? "domains:\n" : std::string{})
            + "  - { name: " + as_json(domain.name) + ", next_hop: " + list_of(domain.next_hops)
            + ", recipients: " + (domain.takes_any ? "any" : "callout") + " }\n";
    if (!preset.empty())
        yaml += "policy: " + as_json("policies/" + preset + ".yaml") + "\n";
    for (bool is_first = true; const auto& zone : block_lists) {
        yaml += is_first ? "layers:\n  dnsbl:\n    lists:\n" : "";
        const auto* known = filters::known_dns_list(zone);
        yaml += "      - { zone: " + as_json(zone) + ", "
            + std::string{known ? known->settings : "weight: 1.0"} + " }\n";
        is_first = false;
    }
    return yaml;
}

std::string own_settings_file(const std::string& data)
{
    return (std::filesystem::path{data} / "settings.json").string();
}

OwnSettings read_own_settings(const std::string& data)
{
    const auto text = read_file(own_settings_file(data), largest_file);
    auto settings = text ? with_changes({}, *text) : OwnSettings{};
    if (!text || !settings)
        return {};
    const auto document = web::parse_json(*text);
    const auto number = web::number_member(*document, "revision");
    if (settings->preset.empty() && number >= 1 && number < 1e9)
        settings->revision = static_cast<unsigned>(number);
    return std::move(*settings);
}

std::expected<OwnSettings, std::string> with_changes(OwnSettings settings, std::string_view patch)
{
    const auto document = web::parse_json(patch);
    if (!document || !document->is_object())
        return Complaint{"the settings are a JSON object"};
    const auto has = [&](const char* name) { return document->as_object().contains(name); };
    if (has("domains"))
        if (const auto taken = take_domains(settings, *document); !taken)
            return Complaint{taken.error()};
    if (has("preset")) {
        settings.preset = web::text_member(*document, "preset").value_or("");
        settings.revision = 0;
        if (!settings.preset.empty() && !is_preset(settings.preset))
            return Complaint{"there is no policy \"" + settings.preset + "\""};
    }
    if (has("block_lists")) {
        settings.block_lists = web::text_members(*document, "block_lists");
        if (settings.block_lists.size() > most_lists)
            return Complaint{"too many block lists"};
        for (const auto& zone : settings.block_lists)
            if (!mail::Domain::parse(zone))
                return Complaint{"\"" + zone + "\" is no zone of the DNS"};
    }
    if (has("certificate_for")) {
        settings.certificate_for = web::text_members(*document, "certificate_for");
        if (settings.certificate_for.size() > most_places)
            return Complaint{"too many places for one certificate"};
    }
    return settings;
}

std::expected<void, std::string> write_own_settings(const std::string& data,
                                                    const OwnSettings& settings)
{
    return replace_file(own_settings_file(data), settings.json());
}
}
