// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"

#include "gateway/config_schema.hpp"
#include "gateway/config_values.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace std::chrono_literals;
using filters::Yaml;

namespace {
Yaml yaml(const std::string& text) { return *Yaml::parse(text, "mailweir.yaml"); }

app::Configuration parsed(const std::string& text)
{
    auto configuration = app::parse_configuration(yaml(text));
    if (!configuration)
        FAIL(filters::to_string(configuration.error()));
    return std::move(*configuration);
}

std::string complaints(const std::string& text)
{
    const auto tree = Yaml::parse(text, "mailweir.yaml");
    if (!tree)
        return filters::to_string(tree.error());
    const auto configuration = app::parse_configuration(*tree);
    return configuration ? "" : filters::to_string(configuration.error());
}

/// A folder that goes with the test.
struct Folder {
    std::filesystem::path path;
    Folder()
        : path{std::filesystem::temp_directory_path()
               / ("mailweir-config-" + std::to_string(::getpid()))}
    {
        std::filesystem::create_directories(path / "conf.d");
    }
    ~Folder() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream{path / name} << text;
    }
    app::ConfigurationSource source() const
    {
        app::ConfigurationSource source;
        source.file = (path / "mailweir.yaml").string();
        return source;
    }
};
}

TEST_CASE("nothing configured means the promised defaults")
{
    const auto c = parsed("");
    CHECK(c.smtp.limits.message == 50U << 20);
    CHECK(c.smtp.limits.recipients == 1000);
    CHECK(c.smtp.limits.recipients_unknown == 100);
    CHECK(c.smtp.limits.connections == 20000);
    CHECK(c.smtp.limits.command == 60s);
    CHECK(c.smtp.limits.data == 15min);
    CHECK(c.smtp.limits.data_rate == 500);
    CHECK(c.smtp.limits.junk_commands == 20);
    CHECK(c.smtp.limits.idle_sessions_reaped);
    CHECK(c.smtp.delivery.connect == 10s);
    CHECK(c.smtp.delivery.retry == std::vector<std::chrono::milliseconds>{1min, 5min, 15min, 1h});
    CHECK(c.smtp.delivery.give_up == 5 * 24h);
    CHECK(c.storage.spool_bytes == 10ULL << 30);
    CHECK(c.storage.keep_history == std::chrono::days{30});
    REQUIRE(c.smtp.listeners.size() == 1);
    CHECK(c.smtp.listeners[0].address == "127.0.0.1:2525");
    CHECK(c.metrics_address.empty());
    CHECK(c.loops >= 1);
    CHECK(c.policy_file == "embedded:policies/default.yaml");
    CHECK_FALSE(c.policy_text.empty());
}

TEST_CASE("the defaults of the table and of the structs agree")
{
    const auto c = parsed("");
    const smtp::Limits limits;
    CHECK(c.smtp.limits.greeting == limits.greeting);
    CHECK(c.smtp.limits.command_line == limits.command_line);
    CHECK(c.smtp.limits.data_line == limits.data_line);
    CHECK(c.smtp.limits.bodies_in_memory == limits.bodies_in_memory);
    CHECK(c.smtp.limits.bodies_in_files == limits.bodies_in_files);
    CHECK(c.smtp.limits.body_in_memory == limits.body_in_memory);
    CHECK(c.smtp.limits.connections_per_source == limits.connections_per_source);
    CHECK(c.smtp.delivery.in_doubt == smtp::DeliverySettings{}.in_doubt);
    CHECK(c.storage.keep_held == storage::Settings{}.keep_held);
    CHECK(c.storage.spool_age == storage::Settings{}.spool_age);
}

TEST_CASE("the example of the interface is read whole")
{
    const auto c = parsed(R"(
hostname: mx.example.jp
data: /var/lib/mailweir
dns: { servers: ["127.0.0.1:53"] }
listeners:
  - { name: mx,  address: "0.0.0.0:25", role: inbound,  tls: { certificate: c.pem, key: k.pem },
      proxy_protocol: [], xclient: [], on_next_hop_failure: pass, mixed: discard }
  - { name: out, address: "10.0.0.1:10025", role: outbound, clients: ["10.0.0.0/8"] }
domains:
  - { name: example.jp, next_hop: ["mail1.internal:25", "mail2.internal:25"], recipients: callout }
  - { name: lmtp.example.jp, recipients: any,
      next_hop: { servers: ["[::1]"], protocol: lmtp, tls: required, eight_bit: refuse,
                  connections: 5 } }
outbound: { relay: ["smarthost:25"] }
web: { address: "127.0.0.1:8025", allow: ["10.0.0.0/8"] }
workers: { loops: 3, scanners: auto }
limits: { message: 10 MiB, data_rate: 2 kB/s }
delivery: { retry: [1 min] }
rate: { sessions: 200 per 30 min, exempt: ["127.0.0.0/8"] }
contact: { url: "https://help.example.jp", phone: "03-1234", text: { en: "Ask us.", ja: "お問い合わせ" } }
log: { format: json, subjects: true }
policy: policies/strict.yaml
)");
    CHECK(c.smtp.hostname == "mx.example.jp");
    CHECK(c.data == "/var/lib/mailweir");
    CHECK(c.loops == 3);
    CHECK(c.scanners >= 2);
    REQUIRE(c.smtp.listeners.size() == 2);
    CHECK(c.smtp.listeners[0].on_next_hop_failure == smtp::OnNextHopFailure::pass);
    CHECK(c.smtp.listeners[0].mixed == mail::Mixed::discard);
    CHECK(c.smtp.listeners[0].certificates.size() == 1);
    CHECK(c.smtp.listeners[1].role == mail::Direction::outbound);
    CHECK(c.smtp.listeners[1].clients.size() == 1);
    const auto& first = c.smtp.domains.at("example.jp");
    CHECK(first.route->next_hops.size() == 2);
    CHECK(first.recipients.kind == smtp::RecipientSource::Kind::callout);
    const auto& second = *c.smtp.domains.at("lmtp.example.jp").route;
    CHECK(second.protocol == smtp::Protocol::lmtp);
    CHECK(second.tls == smtp::TlsUse::required);
    CHECK(second.eight_bit == smtp::EightBit::refuse);
    CHECK(second.connections == 5);
    CHECK(second.next_hops.at(0).host == "::1");
    CHECK(second.next_hops.at(0).port == 24);
    REQUIRE(c.smtp.outbound);
    CHECK(c.smtp.limits.message == 10U << 20);
    CHECK(c.smtp.limits.data_rate == 2000);
    CHECK(c.smtp.contact == "contact: https://help.example.jp 03-1234 Ask us.");
    CHECK(c.log == app::LogSettings{true, true, "info"});
    CHECK(c.dns.servers == std::vector{*net::parse_endpoint("127.0.0.1:53")});
    CHECK(c.warnings.empty());
}

TEST_CASE("DNS servers are addresses, or none at all")
{
    const auto c
        = parsed("dns: { servers: [\"192.0.2.1\", \"[2001:db8::1]:5353\"], timeout: 2 s }\n");
    REQUIRE(c.dns.servers.size() == 2);
    CHECK(c.dns.servers[0].to_string() == "192.0.2.1:53");
    CHECK(c.dns.servers[1].to_string() == "[2001:db8::1]:5353");
    CHECK(c.dns.timeout == std::chrono::seconds{2});
    CHECK(parsed("dns: { servers: [] }\n").dns.servers.empty());
    CHECK_FALSE(parsed("hostname: a.example\n").dns.servers.empty());
    CHECK(
        complaints("dns: { servers: [\"ns.example\"] }\n").contains("a DNS server is an address"));
}

TEST_CASE("a complaint names file, line and column, shows the line and guesses")
{
    CHECK(
        complaints("hostname: a.example\nlisteners:\n  - { name: mx, adress: \"127.0.0.1:25\" }\n")
        == "mailweir.yaml:3:5: error: \"address\" is missing here\n"
           "  - { name: mx, adress: \"127.0.0.1:25\" }\n"
           "    ^\n"
           "mailweir.yaml:3:17: error: unknown key \"adress\"\n"
           "  - { name: mx, adress: \"127.0.0.1:25\" }\n"
           "                ^\n"
           "did you mean \"address\"?\n");
    CHECK(
        complaints("limits: { message: 50 }\n")
        == "mailweir.yaml:1:20: error: \"message\" wants a size with its unit, such as \"50 MiB\"\n"
           "limits: { message: 50 }\n"
           "                   ^\n");
}

namespace {
struct Wrong {
    const char *yaml, *complaint;
};

void check_each(std::initializer_list<Wrong> cases)
{
    for (const Wrong& c : cases) {
        INFO(c.yaml);
        CHECK_THAT(complaints(c.yaml), Catch::Contains(c.complaint));
    }
}
}

TEST_CASE("each wrong limit and listener is complained of")
{
    check_each(
        {{"hostname: a\nhostname: b\n", "duplicate key \"hostname\""},
         {"- a\n", "a configuration is a map of keys"},
         {"limits: 5\n", "\"limits\" wants a map of keys"},
         {"limits: { command: 60 }\n", "\"command\" wants a time"},
         {"limits: { command: 0 s }\n", "\"command\" wants a time"},
         {"limits: { recipients: 0 }\n", "\"recipients\" wants a whole number"},
         {"limits: { recipients: -5 }\n", "\"recipients\" wants a whole number"},
         {"limits: { data_rate: 500 B }\n", "\"data_rate\" wants a rate"},
         {"limits: { idle_sessions_reaped: maybe }\n", "wants true or false"},
         {"listeners: [{ name: mx, address: \"1.2.3.4\" }]\n", "wants an address and port"},
         {"listeners: [{ name: mx, address: \"localhost:25\" }]\n", "wants an address and port"},
         {"listeners: [{ name: mx, address: \"1.2.3.4:99999\" }]\n", "wants an address and port"},
         {"listeners: [{ name: mx, address: \"::1:25\" }]\n", "wants an address and port"},
         {"listeners: [{ name: \"a b\", address: \"1.2.3.4:25\" }]\n",
          "a listener's name is one word"},
         {"listeners: [{ name: a, address: \"1.2.3.4:25\", role: inbond }]\n",
          "did you mean \"inbound\"?"},
         {"listeners: [{ name: a, address: \"1.2.3.4:25\" }, { name: a, address: "
          "\"1.2.3.4:26\" }]\n",
          "two listeners have this name"},
         {"listeners: [{ name: a, address: \"1.2.3.4:25\" }, { name: b, address: "
          "\"1.2.3.4:25\" }]\n",
          "two listeners have this address"},
         {"listeners: [{ name: a, address: \"1.2.3.4:25\", clients: [\"10.0.0.0/40\"] }]\n",
          "\"clients\" wants a list of networks"},
         {"listeners: [{ name: a, address: \"1.2.3.4:25\", implicit_tls: true }]\n",
          "needs \"tls\""},
         {"listeners: [{ name: a, address: \"1.2.3.4:25\", tls: { certificate: c } }]\n",
          "{ certificate: FILE, key: FILE }"},
         {"listeners: [5]\n", "an entry of \"listeners[]\" is a map of keys"}});
}

TEST_CASE("each wrong domain, server and file is complained of")
{
    check_each({
        {"domains: [{ name: example.org }]\n", "\"next_hop\" is missing here"},
        {"domains: [{ name: \"a b\", next_hop: [\"x:25\"] }]\n", "is no domain name"},
        {"domains: [{ name: \"[1.2.3.4]\", next_hop: [\"x:25\"] }]\n", "is no domain name"},
        {"domains: [{ name: a.example, next_hop: [\"x:y\"] }]\n", "\"x:y\" is no server"},
        {"domains: [{ name: a.example, next_hop: [] }]\n", "no server is named"},
        {"domains: [{ name: a.example, next_hop: { servers: [\"x\"], tsl: none } }]\n",
         "did you mean \"tls\"?"},
        {"domains: [{ name: a.example, next_hop: { servers: [\"x\"], tls: maybe } }]\n",
         "\"tls\" wants none | opportunistic | required | verified"},
        {"domains: [{ name: a.example, next_hop: [\"x\"] }, { name: A.example, next_hop: "
         "[\"x\"] }]\n",
         "this domain is listed twice"},
        {"workers: { loops: 0 }\n", "\"loops\" wants auto or a number"},
        {"policy: policies/nothing.yaml\n", "the policy document cannot be read"},
        {"hostname: \"a b\"\n", "is no host name"},
        {"delivery: { retry: [] }\n", "\"retry\" wants a list of times"},
        {"delivery: { retry: [soon] }\n", "\"retry\" wants a list of times"},
    });
}

TEST_CASE("conf.d is merged over the file in lexical order, and a complaint names its own file")
{
    const Folder folder;
    folder.write("mailweir.yaml",
                 "hostname: one.example\nlimits: { recipients: 5, message: 1 MiB }\n"
                 "domains: [{ name: a.example, next_hop: [\"x\"] }]\n");
    folder.write("conf.d/20.yaml", "hostname: three.example\n");
    folder.write("conf.d/10.yaml", "hostname: two.example\nlimits: { recipients: 6 }\n");
    folder.write("conf.d/ignored.txt", "nonsense: [\n");
    const auto merged = app::load_configuration(folder.source());
    REQUIRE(merged);
    CHECK(merged->smtp.hostname == "three.example");
    CHECK(merged->smtp.limits.recipients == 6);
    CHECK(merged->smtp.limits.message == 1U << 20);
    folder.write("conf.d/20.yaml", "hostnam: x\n");
    const auto broken = app::load_configuration(folder.source());
    REQUIRE_FALSE(broken);
    CHECK_THAT(broken.error()[0].to_string(),
               Catch::Contains("conf.d/20.yaml:1:1: error: unknown key"));
}

TEST_CASE("names of files count from the file they are written in")
{
    const Folder folder;
    folder.write(
        "mailweir.yaml",
        "data: spool\npolicy: mine.yaml\n"
        "domains: [{ name: a.example, next_hop: [\"x\"], recipients: { file: people } }]\n");
    folder.write("mine.yaml", "layers: []\n");
    const auto configuration = app::load_configuration(folder.source());
    REQUIRE(configuration);
    CHECK(configuration->data == (folder.path / "spool").string());
    CHECK(configuration->policy_file == (folder.path / "mine.yaml").string());
    CHECK(configuration->policy_text == "layers: []\n");
    CHECK(configuration->smtp.domains.at("a.example").recipients.file
          == (folder.path / "people").string());
}

TEST_CASE("flags of serve make a whole configuration without a file")
{
    app::ConfigurationSource source;
    source.listen = "127.0.0.1:0";
    source.next_hop = "127.0.0.1:2600";
    source.domains = {"one.example", "two.example"};
    const auto configuration = app::load_configuration(source);
    REQUIRE(configuration);
    CHECK(configuration->smtp.listeners.at(0).address == "127.0.0.1:0");
    CHECK(configuration->smtp.domains.size() == 2);
    CHECK(configuration->smtp.domains.at("two.example").route->next_hops.at(0).port == 2600);
    CHECK(configuration->smtp.domains.at("two.example").recipients.kind
          == smtp::RecipientSource::Kind::any);
    const auto plain = app::load_configuration({});
    REQUIRE(plain);
    CHECK(plain->smtp.domains.contains("example.test"));
}

TEST_CASE("a change of listeners, data or loops restarts, others do not")
{
    const auto base = parsed("workers: { loops: 2 }\n").fixed_part();
    CHECK(parsed("workers: { loops: 2 }\nhostname: other.example\nlimits: { message: 1 MiB }\n")
              .fixed_part()
          == base);
    for (const char* other :
         {"workers: { loops: 3 }\n", "workers: { loops: 2 }\ndata: /x\n",
          "workers: { loops: 2 }\nmetrics: { address: \"127.0.0.1:9\" }\n",
          "workers: { loops: 2 }\nlisteners: [{ name: mx, address: \"127.0.0.1:26\" }]\n"})
        CHECK(parsed(other).fixed_part() != base);
}

TEST_CASE("every effective value says where it comes from")
{
    const auto values
        = app::effective_values(yaml("hostname: a.example\nlisteners:\n"
                                     "  - { name: mx, address: \"127.0.0.1:25\" }\n"));
    const auto find = [&](const std::string& key) {
        const auto found = std::ranges::find(values, key, &app::EffectiveValue::key);
        return found == values.end() ? app::EffectiveValue{} : *found;
    };
    CHECK(find("hostname").value == "a.example");
    CHECK(find("hostname").origin == "mailweir.yaml:1");
    CHECK(find("listeners[0].address").origin == "mailweir.yaml:3");
    CHECK(find("listeners[0].role").value == "inbound");
    CHECK(find("listeners[0].role").origin == "default");
    CHECK(find("limits.message").value == "50 MiB");
    CHECK(find("delivery.retry").value == "[1 min, 5 min, 15 min, 1 h]");
    CHECK(find("contact.text.en").origin == "default");
}

TEST_CASE("every default has the form that its key wants")
{
    for (const auto& key : app::schema()) {
        if (key.fallback.empty() || key.path.find("[]") != key.path.npos)
            continue;
        INFO(key.path);
        std::string document, indent, path{key.path};
        for (auto dot = path.find('.'); dot != path.npos; dot = path.find('.')) {
            document += indent + path.substr(0, dot) + ":\n";
            indent += "  ";
            path.erase(0, dot + 1);
        }
        document += indent + path + ": " + std::string{key.fallback} + "\n";
        filters::Complaints found;
        app::check_form(yaml(document), found);
        CHECK(filters::to_string(found) == "");
    }
}

TEST_CASE("etc/mailweir.yaml is the table's own text")
{
    const auto file = app::read_file(SOURCE_DIR "/etc/mailweir.yaml");
    REQUIRE(file);
    CHECK(*file == app::reference_document());
}

TEST_CASE("etc/mailweir.yaml uncommented is a right configuration with the default values")
{
    std::string text, line;
    std::istringstream in{app::reference_document()};
    while (std::getline(in, line))
        if (line.starts_with("# "))
            text += line.substr(2) + "\n";
    const auto c = parsed(text);
    auto plain = parsed("");
    plain.web.is_address_own = true; // all that differs: it stands there
    CHECK(c.smtp.limits.message == plain.smtp.limits.message);
    CHECK(c.smtp.delivery.retry == plain.smtp.delivery.retry);
    CHECK(c.storage.spool_bytes == plain.storage.spool_bytes);
    CHECK(c.smtp.listeners.at(0).address == plain.smtp.listeners.at(0).address);
    CHECK(c.policy_file == plain.policy_file);
    CHECK(c.fixed_part() == plain.fixed_part());
}

TEST_CASE("a file of recipients that cannot be read is a warning with its place")
{
    const auto c = parsed("domains:\n  - { name: a.example, next_hop: [\"mail:25\"],\n"
                          "      recipients: { file: /nonexistent/recipients } }\n");
    REQUIRE(c.warnings.size() == 1);
    CHECK(c.warnings[0].line == 3);
    CHECK(c.warnings[0].text.find("/nonexistent/recipients: No such file") != std::string::npos);
    CHECK(app::unreadable_files(c.tree).size() == 1);
}
