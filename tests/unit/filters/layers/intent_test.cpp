// SPDX-License-Identifier: Apache-2.0
#include "filters/content/content.hpp"
#include "filters/dns_lists.hpp"
#include "filters/link_lists.hpp"
#include "filters/loaded_tables.hpp"
#include "filters/own_domains.hpp"
#include "tests/unit/filters/dns_world.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace filters;
using namespace filters::test;

namespace {
Content with_links(std::initializer_list<std::pair<std::string, std::string>> links)
{
    Content made;
    for (const auto& [written, text] : links) {
        content::Link link;
        link.source = content::Link::Source::html;
        link.written = written;
        link.text = text;
        link.url = *content::parse_url(written);
        made.links.push_back(std::move(link));
    }
    return made;
}

/// What the half of the layer says that runs where messages are parsed.
Findings inspect(World& world, std::string_view settings, const Content& content)
{
    const auto& type = type_named("intent");
    const auto layer = type.make_content(world.read(type, settings), world.services);
    REQUIRE(world.said().empty());
    return layer->inspect(world.mail.message, content);
}

/// What the scan left for the other half.
void scanned(World& world, Content content)
{
    world.mail.content = std::make_shared<const Content>(std::move(content));
}

Content leading_to(const std::vector<std::string>& hosts)
{
    Content made;
    for (const auto& host : hosts) {
        content::Link link;
        link.written = "http://" + host + "/";
        link.url = *content::parse_url(link.written);
        made.links.push_back(std::move(link));
    }
    return made;
}

const mail::Finding& find(const Findings& findings, std::string_view name)
{
    const auto found = std::ranges::find(findings, name, &mail::Finding::name);
    REQUIRE(found != findings.end());
    return *found;
}

/// A list of sites in the folder for temporary files.
std::string list_file(std::string_view name, std::string_view text)
{
    const auto path = std::filesystem::temp_directory_path()
        / ("mailweir-intent-" + std::to_string(::getpid()) + "-" + std::string{name});
    std::ofstream{path} << text;
    return path.string();
}
}

TEST_CASE("intent: our own domains are protected, whatever the setting says")
{
    World world;
    const auto content = leading_to({"examp1e-bank.org", "login.ourbank.org.evil.net"});
    CHECK(inspect(world, "{}", content).empty());
    set_own_domains(world.services, {"example-bank.org", "ourbank.org"});
    for (const auto* settings : {"{}", "{ protected: [other-name.org] }"}) {
        const auto found = inspect(world, settings, content);
        REQUIRE(found.size() == 2);
        CHECK(found[0].name == "intent.look_alike");
        CHECK(found[0].detail == "examp1e-bank.org (example-bank.org)");
        CHECK(found[1].detail == "login.ourbank.org.evil.net (ourbank.org)");
    }
    CHECK(inspect(world, "{}", leading_to({"www.ourbank.org", "ourbank.org"})).empty());
}

TEST_CASE("intent: links that mislead are facts, honest links are none")
{
    World world;
    const auto found = inspect(world, "protected: [bank.com]",
                               with_links({{"http://evil.net/", "www.bank.com"},
                                           {"http://secure-bank1.com@192.0.2.7/", ""},
                                           {"https://www.bank.corn.net/", ""}}));
    CHECK(find(found, "intent.other_site").detail == "bank.com (evil.net)");
    CHECK(find(found, "intent.other_site").evidence == "http://evil.net/");
    CHECK(find(found, "intent.bare_address").detail == "192.0.2.7");
    CHECK(has(found, "intent.user_info"));
    CHECK(all_declared(found, "intent"));
    const auto honest = inspect(world, "", with_links({{"https://www.bank.com/", "bank.com"}}));
    CHECK(honest.empty());
    CHECK(inspect(world, "", Content{}).empty());
}

TEST_CASE("intent: every sign of a link has a finding")
{
    World world;
    auto content = with_links({{"http://b0nk.com/", ""},
                               {"http://bonk.com.evil.net/", ""},
                               {"http://3221225985/", ""},
                               {"http://аpple.net/", ""},
                               {"http://ev%69l.net/", ""},
                               {"data:text/html,x", ""},
                               {"javascript:x", ""},
                               {"http://a.net/?u=http://b.net/", ""},
                               {"http://a.net:99/", ""},
                               {"https://bit.ly/x", ""}});
    content.links.push_back(content.links.back());
    content.links.back().source = content::Link::Source::picture_code;
    content.links.push_back(content.links.back());
    content.links.back().kind = content::HtmlLink::Kind::refresh;
    const auto found = inspect(world, "protected: [bonk.com]", content);
    for (const auto* name : {"look_alike", "odd_address", "mixed_scripts", "odd_host", "data_page",
                             "script", "redirect", "odd_port", "short_link", "code", "refresh"})
        CHECK(has(found, "intent." + std::string{name}));
    CHECK(all_declared(found, "intent"));
}

TEST_CASE("intent: local lists tell phishing from spam, allowed sites are not asked about")
{
    const auto phishing = list_file("phishing", "evil.net\n"),
               spam = list_file("spam", "pills.net\n"), good = list_file("good", "fine.net\n");
    DnsWorld world{"intent",
                   "{ phishing_files: [" + phishing + "], spam_files: [" + spam
                       + "], allow_files: [" + good + "], dns_lists: [{ zone: uri.example }] }"};
    world.zone.add("fine.net.uri.example", RecordType::a, "127.0.0.2")
        .add("pills.net.uri.example", RecordType::a, "127.0.0.2");
    scanned(world,
            with_links({{"http://a.evil.net/", ""},
                        {"http://b.evil.net/", ""},
                        {"http://pills.net/x", ""},
                        {"http://fine.net/", ""}}));
    const auto found = world.message();
    CHECK(names(found)
          == Names{"intent.phishing_link", "intent.spam_link", "intent.allowed_link", "intent.hit",
                   "intent.listed"});
    CHECK(found[0].detail == "evil.net");
    CHECK(found[0].evidence == phishing);
    CHECK(find(found, "intent.listed").detail == "pills.net");
    CHECK(all_declared(found, "intent"));
    for (const auto& path : {phishing, spam, good})
        std::filesystem::remove(path);
}

TEST_CASE("intent: lists that are loaded anew count for the next message, without a new layer")
{
    const auto path = list_file("changing", "evil.net\n");
    World world{"intent", "spam_files: [" + path + "]"};
    scanned(world, leading_to({"worse.net"}));
    CHECK(world.message().empty());
    std::ofstream{path} << "worse.net\nbad.net\n";
    // As if written a while ago: a file just written may be half there.
    using FileClock = std::filesystem::file_time_type::clock;
    std::filesystem::last_write_time(path, FileClock::now() - std::chrono::hours{1});
    REQUIRE(LinkLists::of(world.services)->take({{path, LinkMeaning::spam}}));
    CHECK(names(world.message()) == Names{"intent.spam_link"});
    std::filesystem::remove(path);
}

TEST_CASE("intent: lists of a configuration that is refused never come into service")
{
    const auto path = list_file("refused", "evil.net\n");
    World world{"intent"};
    {
        const TableCollection collection{world.services};
        world.make("intent", "spam_files: [" + path + "]");
    }
    scanned(world, leading_to({"evil.net"}));
    CHECK(world.message().empty());
    std::filesystem::remove(path);
}

TEST_CASE("intent: a listed site cannot hide behind allowed ones")
{
    std::string allowed;
    Content content;
    for (int i = 0; i < 200; ++i)
        allowed += "good" + std::to_string(i) + ".net\n";
    const auto good = list_file("many", allowed), bad = list_file("one", "evil.net\n");
    World world{"intent", "{ phishing_files: [" + bad + "], allow_files: [" + good + "] }"};
    for (int i = 0; i < 200; ++i)
        content.links.push_back(leading_to({"good" + std::to_string(i) + ".net"}).links.front());
    content.links.push_back(leading_to({"evil.net"}).links.front());
    scanned(world, std::move(content));
    CHECK(has(world.message(), "intent.phishing_link"));
    for (const auto& path : {good, bad})
        std::filesystem::remove(path);
}

TEST_CASE("intent: a list that cannot be read is refused where it is named")
{
    World world{"intent", "phishing_files: [/nowhere/at/all]"};
    CHECK(world.said().contains("/nowhere/at/all"));
}

TEST_CASE("intent: DNS lists are asked about domains, and about addresses where they take them")
{
    DnsWorld world{"intent", R"({ threshold: 2, most_asked: 3, dns_lists: [
        { zone: uri.example, codes: ["127.0.0.2", "127.0.1.2-9 = 2"], addresses: true },
        { zone: names.example } ] })"};
    world.zone.add("evil.net.uri.example", RecordType::a, "127.0.1.4")
        .add("7.2.0.192.uri.example", RecordType::a, "127.0.0.2")
        .add("7.2.0.192.names.example", RecordType::a, "127.0.0.2");
    scanned(world, leading_to({"good.net", "192.0.2.7", "www.evil.net"}));
    const auto found = world.message();
    CHECK(names(found) == Names{"intent.hit", "intent.listed"});
    CHECK(found[0].evidence == "192.0.2.7: 127.0.0.2");
    CHECK(found[1].detail == "evil.net");
    CHECK(found[1].weight == 2.0);
    CHECK(all_declared(found, "intent"));
}

TEST_CASE("intent: a DNS list that refuses us, or lists everything, tells nothing")
{
    DnsWorld world{"intent", R"(dns_lists: [{ zone: a.example }, { zone: b.example,
        refusals: ["127.0.1.255"] }, { zone: c.example }])"};
    world.zone.add("evil.net.a.example", RecordType::a, "127.0.0.1")
        .add("evil.net.b.example", RecordType::a, "127.0.1.255")
        .add("evil.net.c.example", RecordType::a, "127.0.0.2")
        .add("invalid.c.example", RecordType::a, "127.0.0.2");
    scanned(world, leading_to({"evil.net", "other.net"}));
    const auto found = world.message();
    CHECK(names(found) == Names{"intent.unavailable", "intent.unavailable", "intent.unavailable"});
    // From now on they rest, and say so.
    const auto resting = world.message();
    CHECK(names(resting) == names(found));
    CHECK(resting[0].evidence == "not asked: answers 127.0.0.1");
    CHECK_FALSE(world.has_waited);
}

TEST_CASE("intent: of more sites than may be asked about some are asked that nobody can foresee")
{
    DnsWorld world{"intent", "{ most_asked: 4, dns_lists: [{ zone: a.example }] }"};
    Content content;
    for (int i = 0; i < 50; ++i)
        content.links.push_back(leading_to({"n" + std::to_string(i) + ".net"}).links.front());
    scanned(world, std::move(content));
    world.message();
    CHECK(world.zone.asked().size() == 4);
    CHECK(world.zone.asked_for("n0.net.a.example") == 1);
    CHECK(world.zone.asked_for("n1.net.a.example") == 1);
    CHECK(world.zone.asked_for("n2.net.a.example") + world.zone.asked_for("n3.net.a.example") < 2);
}

TEST_CASE("intent: without links nobody is asked")
{
    DnsWorld world{"intent", "dns_lists: [{ zone: a.example }]"};
    CHECK(world.message().empty());
    CHECK_FALSE(world.has_waited);
}
