// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"
#include "gateway/config_alerts.hpp"
#include "gateway/config_aliases.hpp"
#include "gateway/config_backup.hpp"
#include "gateway/config_circle.hpp"
#include "gateway/config_ldap.hpp"
#include "gateway/config_outbound.hpp"
#include "gateway/config_people.hpp"
#include "gateway/config_update.hpp"
#include "gateway/config_values.hpp"
#include "gateway/embedded.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/verification.hpp"

#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>
#include <tuple>

namespace app {
using filters::Complaints;
using filters::Yaml;

namespace {
constexpr std::size_t longest_contact = 140; ///< of a URL or a telephone number
constexpr std::size_t contact_room = 320; ///< in a reply's line of 512, behind text and id

std::string machine_name()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return "localhost";
    const auto domain = mail::Domain::parse(name.data());
    return domain ? domain->ascii() : "localhost";
}

void fill_limits(const Yaml& tree, smtp::Limits& limits)
{
    const auto count = [&](std::string_view key) { return count_of(value_of(tree, key)); };
    const auto size = [&](std::string_view key) { return size_of(value_of(tree, key)); };
    const auto time = [&](std::string_view key) { return duration_of(value_of(tree, key)); };
    limits.message = size("limits.message");
    limits.recipients = count("limits.recipients");
    limits.recipients_unknown = count("limits.recipients_unknown");
    limits.connections = count("limits.connections");
    limits.connections_per_source = count("limits.connections_per_source");
    limits.greeting = time("limits.greeting");
    limits.command = time("limits.command");
    limits.data = time("limits.data");
    limits.data_rate = data_rate_of(value_of(tree, "limits.data_rate"));
    limits.junk_commands = static_cast<unsigned>(count("limits.junk_commands"));
    limits.idle_sessions_reaped = boolean_of(value_of(tree, "limits.idle_sessions_reaped"));
    limits.command_line = size("limits.command_line");
    limits.data_line = size("limits.data_line");
    limits.bodies_in_memory = size("limits.bodies_in_memory");
    limits.bodies_in_files = size("limits.bodies_in_files");
    limits.body_in_memory = size("limits.body_in_memory");
}

void fill_delivery(const Yaml& tree, smtp::DeliverySettings& delivery)
{
    const auto time = [&](std::string_view key) { return duration_of(value_of(tree, key)); };
    delivery.connect = time("delivery.connect");
    delivery.reply = time("delivery.reply");
    delivery.budget = time("delivery.budget");
    delivery.retry = durations_of(value_of(tree, "delivery.retry"));
    delivery.give_up = std::chrono::ceil<std::chrono::seconds>(time("delivery.give_up"));
    delivery.in_doubt = time("delivery.in_doubt");
}

void fill_storage(const Yaml& tree, Configuration& configuration)
{
    const auto time = [&](std::string_view key) { return duration_of(value_of(tree, key)); };
    auto& storage = configuration.storage;
    storage.directory = configuration.data;
    storage.spool_bytes = size_of(value_of(tree, "store.spool_size"));
    storage.spool_age = std::chrono::ceil<std::chrono::seconds>(time("store.spool_age"));
    storage.keep_held = std::chrono::ceil<std::chrono::days>(time("store.keep_held"));
    storage.keep_history = std::chrono::ceil<std::chrono::days>(time("store.keep_history"));
    storage.keep_audit = std::chrono::ceil<std::chrono::days>(time("store.keep_audit"));
    storage.keep_features = std::chrono::ceil<std::chrono::days>(time("learning.keep"));
}

smtp::ListenerSettings listener_of(const Yaml& item)
{
    const auto value
        = [&](std::string_view key) { return value_of(item, "listeners[]." + std::string{key}); };
    smtp::ListenerSettings listener;
    listener.name = text_of(value("name"));
    listener.address = text_of(value("address"));
    listener.role = text_of(value("role")) == "outbound" ? mail::Direction::outbound
                                                         : mail::Direction::inbound;
    listener.certificates = certificates_of(value("tls"));
    listener.is_implicit_tls = boolean_of(value("implicit_tls"));
    listener.proxy_protocol = networks_of(value("proxy_protocol"));
    listener.xclient = networks_of(value("xclient"));
    listener.clients = networks_of(value("clients"));
    listener.inside = networks_of(value("inside"));
    listener.forwarders = networks_of(value("forwarders"));
    listener.normalise = networks_of(value("normalise"));
    listener.on_next_hop_failure = text_of(value("on_next_hop_failure")) == "pass"
        ? smtp::OnNextHopFailure::pass
        : smtp::OnNextHopFailure::spool;
    listener.mixed
        = text_of(value("mixed")) == "discard" ? mail::Mixed::discard : mail::Mixed::hold;
    listener.auth = auth_of(value("auth"));
    return listener;
}

bool is_word(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return mail::is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
    });
}

void fill_listeners(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    auto& listeners = configuration.smtp.listeners;
    std::set<std::string, std::less<>> names, addresses;
    for (const auto& item : tree.find("listeners").items()) {
        auto listener = listener_of(item);
        if (!is_word(listener.name))
            complaints.push_back(item.find("name").complain("a listener's name is one word"));
        if (!names.insert(listener.name).second)
            complaints.push_back(item.find("name").complain("two listeners have this name"));
        if (!addresses.insert(listener.address).second)
            complaints.push_back(item.find("address").complain("two listeners have this address"));
        if (listener.is_implicit_tls && listener.certificates.empty())
            complaints.push_back(
                item.complain("\"implicit_tls\" needs \"tls\" with a certificate"));
        if (listener.role == mail::Direction::outbound && listener.clients.empty()
            && listener.auth == smtp::AuthUse::off)
            configuration.warnings.push_back(
                item.complain("an outbound listener without \"clients\" serves nobody"));
        complain_of_auth(item, listener, complaints);
        listeners.push_back(std::move(listener));
    }
    if (listeners.empty()) {
        listeners.emplace_back();
        listeners.back().name = "mx";
        listeners.back().address = "127.0.0.1:2525";
    }
}

smtp::RecipientSource recipients_of(const Yaml& tree, const Yaml& value, Complaints& complaints)
{
    using Kind = smtp::RecipientSource::Kind;
    if (const Yaml ldap = value.find("ldap"))
        return {.kind = Kind::ldap, .ldap = ldap_recipients_of(tree, ldap, complaints)};
    if (value.is_map())
        return {.kind = Kind::file, .file = path_of(value.find("file"))};
    return {.kind = text_of(value) == "any" ? Kind::any : Kind::callout};
}

void fill_domains(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    for (const auto& item : tree.find("domains").items()) {
        const Yaml name = item.find("name");
        auto domain = mail::Domain::parse(name.text());
        if (!domain || domain->is_literal()) {
            complaints.push_back(name.complain("\"" + name.text() + "\" is no domain name"));
            continue;
        }
        const Yaml next_hop = item.find("next_hop");
        if (!next_hop && !item.find("alias_of"))
            complaints.push_back(item.complain("\"next_hop\" is missing here"));
        auto route = next_hop ? route_of(next_hop, domain->ascii(), complaints) : nullptr;
        auto recipients = recipients_of(tree, value_of(item, "domains[].recipients"), complaints);
        if (recipients.kind == smtp::RecipientSource::Kind::callout && route
            && route->protocol == smtp::Protocol::lmtp)
            configuration.warnings.push_back(
                item.complain("callout by LMTP: most servers answer it, some do not"));
        smtp::DomainSettings settings{*domain, std::move(route), std::move(recipients)};
        if (!configuration.smtp.domains.emplace(domain->ascii(), std::move(settings)).second)
            complaints.push_back(name.complain("this domain is listed twice"));
    }
    fill_aliases(tree, configuration.smtp, complaints);
    if (configuration.smtp.domains.empty())
        configuration.warnings.push_back(
            tree.complain("no \"domains\": every recipient of inbound mail is refused"));
}

void fill_dns(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    auto& dns = configuration.dns;
    dns.timeout = duration_of(value_of(tree, "dns.timeout"));
    const Yaml servers = tree.at({"dns", "servers"});
    if (!servers) {
        dns.servers = net::system_dns_servers();
        return;
    }
    for (const auto& item : servers.is_scalar() ? std::vector{servers} : servers.items()) {
        auto server = net::parse_address(item.text(), 53);
        if (!server)
            server = net::parse_endpoint(item.text());
        if (server)
            dns.servers.push_back(*server);
        else
            complaints.push_back(item.complain("a DNS server is an address such as 127.0.0.1, "
                                               "192.0.2.1:5353 or [2001:db8::1]:53"));
    }
}

bool is_plain(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string cut_at_word(std::string text, std::size_t room)
{
    if (text.size() <= room)
        return text;
    const auto blank = text.rfind(' ', room);
    return text.substr(0, blank == text.npos ? 0 : blank);
}

/// Where to ask stands first and is never cut; the sentence has what is left of the line. Replies
/// are ASCII: a sentence that is not stays out of them.
void fill_contact(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    std::string line;
    const auto append = [&](const std::string& text) {
        if (!text.empty())
            line += (line.empty() ? "contact: " : " ") + text;
    };
    for (const std::string key : {"url", "phone"}) {
        const Yaml value = value_of(tree, "contact." + key);
        const auto text = text_of(value);
        if (text.size() > longest_contact || !is_plain(text)
            || (key == "url" && text.contains(' ')))
            complaints.push_back(value.complain("\"contact." + key
                                                + "\" goes into SMTP replies: "
                                                  "at most 140 plain ASCII characters"
                                                + (key == "url" ? ", no blanks" : "")));
        else
            append(text);
    }
    const Yaml sentence = value_of(tree, "contact.text.en");
    const auto text = text_of(sentence);
    if (!is_plain(text))
        configuration.warnings.push_back(sentence.complain(
            "SMTP replies are ASCII: refusals leave this text out, url and phone stay"));
    else if (line.size() + 2 < contact_room)
        append(cut_at_word(text, contact_room - line.size() - (line.empty() ? 9 : 1)));
    configuration.smtp.contact = line;
    const auto of = [&](const char* key) { return text_of(value_of(tree, key)); };
    configuration.smtp.notice
        = {of("contact.url"), of("contact.phone"), text, of("contact.text.ja")};
}

void fill_web(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    WebSettings& web = configuration.web;
    const Yaml address = value_of(tree, "web.address");
    web.address = text_of(address) == "off" ? std::string{} : text_of(address);
    web.is_address_own = is_set(tree, "web.address");
    web.certificates = certificates_of(value_of(tree, "web.tls"));
    web.allow = networks_of(value_of(tree, "web.allow"));
    web.digest_allow = networks_of(value_of(tree, "web.digest_allow"));
    web.proxies = networks_of(value_of(tree, "web.proxies"));
    web.contact
        = {text_of(value_of(tree, "contact.url")), text_of(value_of(tree, "contact.phone")),
           text_of(value_of(tree, "contact.text.en")), text_of(value_of(tree, "contact.text.ja"))};
    for (const auto& pair : web.certificates)
        for (const auto& file : {pair.certificate, pair.key})
            // Root alone may be able to read them: only what is surely wrong is said.
            if (std::error_code error; !std::filesystem::exists(file, error) && !error)
                configuration.warnings.push_back(
                    value_of(tree, "web.tls")
                        .complain("the pages need " + file + ", which is missing"));
    if (const auto& listeners = configuration.smtp.listeners;
        std::ranges::any_of(listeners, [&](const auto& one) { return one.address == web.address; }))
        complaints.push_back(address.complain("a listener for mail has this address already"));
}

void fill_policy(const Yaml& tree, Configuration& configuration, Complaints& complaints)
{
    const Yaml value = value_of(tree, "policy");
    configuration.policy_file = path_of(value);
    auto text = read_file(configuration.policy_file);
    if (text) {
        configuration.policy_text = std::move(*text);
        return;
    }
    const auto embedded = embedded_files().find(value.text());
    if (embedded != embedded_files().end() && !std::filesystem::exists(configuration.policy_file)) {
        configuration.policy_file = "embedded:" + value.text();
        configuration.policy_text = embedded->second;
        return;
    }
    complaints.push_back(value.complain("the policy document cannot be read: " + text.error()));
}

void warn_of_no_effect(const Yaml& tree, Complaints& warnings)
{
    for (const Key& key : schema())
        if (key.has_no_effect && is_set(tree, key.path))
            warnings.push_back(
                value_of(tree, key.path)
                    .complain("\"" + std::string{key.path} + "\" has no effect yet"));
}

bool stands_before(const filters::Complaint& a, const filters::Complaint& b)
{
    return std::tie(a.file, a.line, a.column, a.text) < std::tie(b.file, b.line, b.column, b.text);
}

std::unexpected<Complaints> refused(Complaints complaints)
{
    std::ranges::sort(complaints, stands_before);
    return std::unexpected{std::move(complaints)};
}
}

Complaints unreadable_files(const Yaml& tree)
{
    Complaints complaints;
    for (const auto& item : tree.find("domains").items()) {
        const Yaml file = value_of(item, "domains[].recipients").find("file");
        const auto why = file ? smtp::why_unreadable(path_of(file)) : std::string{};
        if (!why.empty())
            complaints.push_back(file.complain("the file of recipients cannot be read: " + why));
    }
    for (const auto& item : tree.find("domains").items()) {
        const Yaml file = item.find("aliases");
        const auto why = file ? smtp::why_unreadable(path_of(file)) : std::string{};
        if (!why.empty())
            complaints.push_back(file.complain("the file of aliases cannot be read: " + why));
    }
    std::vector<Yaml> directories = tree.find("ldap").items();
    for (const auto& item : tree.find("domains").items())
        if (const Yaml own = value_of(item, "domains[].recipients").find("ldap"); own.is_map())
            directories.push_back(own);
    for (const auto& item : directories)
        for (const auto key : {"ca", "password_file"}) {
            const Yaml file = item.find(key);
            const auto why = file ? smtp::why_unreadable(path_of(file)) : std::string{};
            if (!why.empty())
                complaints.push_back(file.complain("this file cannot be read: " + why));
        }
    return complaints;
}

std::expected<Configuration, Complaints> parse_configuration(const Yaml& tree)
{
    Complaints complaints;
    check_form(tree, complaints);
    if (!complaints.empty())
        return refused(std::move(complaints));
    Configuration configuration;
    configuration.tree = tree;
    configuration.data = path_of(value_of(tree, "data"));
    configuration.user = text_of(value_of(tree, "user"));
    const Yaml hostname = value_of(tree, "hostname");
    configuration.smtp.hostname = hostname ? text_of(hostname) : machine_name();
    if (hostname && !mail::Domain::parse(hostname.text()))
        complaints.push_back(hostname.complain("\"" + hostname.text() + "\" is no host name"));
    fill_limits(tree, configuration.smtp.limits);
    fill_delivery(tree, configuration.smtp.delivery);
    fill_storage(tree, configuration);
    fill_listeners(tree, configuration, complaints);
    fill_domains(tree, configuration, complaints);
    fill_outbound(tree, configuration.smtp, complaints);
    check_directories(tree, complaints);
    fill_people(tree, configuration, complaints);
    fill_alerts(tree, configuration, complaints);
    fill_policy(tree, configuration, complaints);
    fill_dns(tree, configuration, complaints);
    fill_contact(tree, configuration, complaints);
    fill_web(tree, configuration, complaints);
    complain_of_circles(tree, configuration.smtp, machine_addresses(),
                        {.errors = complaints, .warnings = configuration.warnings});
    const auto loops = text_of(value_of(tree, "workers.loops"));
    configuration.loops = loops == "auto" ? std::max(1U, std::thread::hardware_concurrency())
                                          : static_cast<unsigned>(std::stoul(loops));
    const auto scanners = text_of(value_of(tree, "workers.scanners"));
    configuration.scanners = scanners == "auto" ? std::max(2U, std::thread::hardware_concurrency())
                                                : static_cast<unsigned>(std::stoul(scanners));
    const Yaml hung_after = value_of(tree, "workers.hung_after");
    configuration.hung_after = duration_of(hung_after);
    if (configuration.hung_after < std::chrono::seconds{1})
        complaints.push_back(hung_after.complain("\"hung_after\" must be at least 1 s"));
    configuration.metrics_address = text_of(value_of(tree, "metrics.address"));
    configuration.log
        = {text_of(value_of(tree, "log.format")) == "json",
           boolean_of(value_of(tree, "log.subjects")), text_of(value_of(tree, "log.level"))};
    configuration.layers = filters::layer_settings(tree, complaints);
    configuration.feeds = read_feed_sources(tree, complaints);
    (void)read_backup_settings(tree, complaints); // Backups reads it again
    warn_of_no_effect(tree, configuration.warnings);
    std::ranges::copy(unreadable_files(tree), std::back_inserter(configuration.warnings));
    if (!complaints.empty())
        return refused(std::move(complaints));
    return configuration;
}
}
