// SPDX-License-Identifier: Apache-2.0
#include "filters/chain.hpp"
#include "filters/scan/scanner.hpp"
#include "tests/support/loop.hpp"
#include "tests/unit/filters/fixture.hpp"

#include <sys/socket.h>
#include <unistd.h>

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;

namespace {
/// A layer whose stages are what a test says.
struct Scripted final : Layer {
    std::function<Inspection(const mail::Mail&)> sender, message;
    std::function<Inspection(const mail::Mail&, const mail::Recipient&)> message_for;
    std::function<std::optional<mail::Reply>()> at_door, on_incident;
    int* departures = nullptr;

    std::optional<mail::Reply> admit(const mail::Client&) const override
    {
        return at_door ? at_door() : std::nullopt;
    }
    void depart(const mail::Client&) const override
    {
        if (departures)
            ++*departures;
    }
    std::optional<mail::Reply> observe(const mail::Client&, Incident) const override
    {
        return on_incident ? on_incident() : std::nullopt;
    }
    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        return sender ? sender(mail) : Findings{};
    }
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        return message ? message(mail) : Findings{};
    }
    Inspection inspect_message_for(const mail::Mail& mail,
                                   const mail::Recipient& recipient) const override
    {
        return message_for ? message_for(mail, recipient) : Findings{};
    }
};

struct TestContent final : ContentLayer {
    bool is_wanted = true, does_throw = false;
    bool is_needed() const override { return is_wanted; }
    Findings inspect(const mail::Message&, const Content& content) const override
    {
        if (does_throw)
            throw std::runtime_error{"parser fell over"};
        return {{.name = "words.block", .detail = content.raw_body}};
    }
};

// Real names, so that "<layer>.error" is known.
const LayerType first{.name = "helo", .summary = ""};
const LayerType second{.name = "lists", .summary = "", .after = {"helo"}};
const LayerType third{.name = "words", .summary = "", .after = {"lists"}};
const LayerType careful{.name = "recipients", .summary = "", .on_error = OnError::defer};
const LayerType door_a{.name = "blocklist", .summary = "", .is_listener_layer = true};
const LayerType door_b{.name = "dos", .summary = "", .is_listener_layer = true};

awaitable<Findings> later(std::chrono::milliseconds time, Findings findings)
{
    co_await net::sleep(time);
    co_return findings;
}
awaitable<Findings> broken()
{
    co_await net::yield();
    throw std::runtime_error{"cannot go on"};
}

struct Setup {
    net::Loop loop{net::Env::real()};
    std::vector<Chain::Link> links;
    Services services;
    mail::Mail mail;

    Scripted& adds(const LayerType& type, std::chrono::milliseconds limit = 10s)
    {
        auto layer = std::make_unique<Scripted>();
        auto& made = *layer;
        links.push_back({.type = &type, .layer = std::move(layer), .limit = limit});
        return made;
    }
    Names inspects_sender()
    {
        const Chain chain{std::move(links)};
        support::run(loop, chain.inspect_sender(mail));
        return names(mail.findings);
    }
    void inspects_message()
    {
        const Chain chain{std::move(links), &services};
        support::run(loop, chain.inspect_message(mail));
    }
};
}

TEST_CASE("a layer runs after the layers whose findings it reads")
{
    Setup setup;
    Names seen;
    setup.adds(third).sender = [&](const mail::Mail& mail) -> Inspection {
        seen = names(mail.findings);
        return Findings{};
    };
    setup.adds(second).sender
        = [](const mail::Mail&) -> Inspection { return later(1ms, {{.name = "second"}}); };
    setup.adds(first).sender
        = [](const mail::Mail&) -> Inspection { return Findings{{.name = "first"}}; };
    CHECK(setup.inspects_sender() == Names{"first", "second"});
    CHECK(seen == Names{"first", "second"});
}

TEST_CASE("inside a wave all layers wait at once")
{
    Setup setup;
    setup.adds(first).sender
        = [](const mail::Mail&) -> Inspection { return later(60ms, {{.name = "a"}}); };
    setup.adds(careful).sender
        = [](const mail::Mail&) -> Inspection { return later(60ms, {{.name = "b"}}); };
    const auto begin = std::chrono::steady_clock::now();
    CHECK(setup.inspects_sender() == Names{"a", "b"});
    CHECK(std::chrono::steady_clock::now() - begin < 110ms);
}

TEST_CASE("layers that wait for each other are named, not run")
{
    const LayerType a{.name = "a", .summary = "", .after = {"b"}};
    const LayerType b{.name = "b", .summary = "", .after = {"c"}};
    const LayerType c{.name = "c", .summary = "", .after = {"b"}};
    const LayerType alone{.name = "alone", .summary = "", .after = {"missing"}};
    CHECK(Chain::circle({&a, &b, &c, &alone}) == "a, b, c");
    CHECK(Chain::circle({&a, &b, &alone}).empty());
}

TEST_CASE("a throwing layer becomes a finding, never an outage")
{
    Setup setup;
    setup.adds(first).sender
        = [](const mail::Mail&) -> Inspection { throw std::runtime_error{"at once"}; };
    setup.adds(careful).sender = [](const mail::Mail&) -> Inspection { return broken(); };
    setup.adds(door_a).sender
        = [](const mail::Mail&) -> Inspection { return Findings{{.name = "fine"}}; };
    const auto found = setup.inspects_sender();
    CHECK(std::set<std::string>{found.begin(), found.end()}
          == std::set<std::string>{"helo.error", "fine", "recipients.error"});
    for (const auto& finding : setup.mail.findings)
        if (finding.name == "recipients.error")
            CHECK(finding.detail == "cannot go on");
}

TEST_CASE("a slow layer becomes a finding, never an outage")
{
    Setup setup;
    setup.adds(first, 30ms).sender
        = [](const mail::Mail&) -> Inspection { return later(1h, {{.name = "never"}}); };
    setup.adds(careful).sender
        = [](const mail::Mail&) -> Inspection { return later(1ms, {{.name = "quick"}}); };
    const auto found = setup.inspects_sender();
    CHECK(std::set<std::string>{found.begin(), found.end()}
          == std::set<std::string>{"helo.error", "quick"});
}

TEST_CASE("only layers that say so make their error a reason to defer")
{
    Setup setup;
    setup.adds(first);
    setup.adds(careful);
    const Chain chain{std::move(setup.links)};
    CHECK(chain.must_defer({{.name = "recipients.error"}}));
    CHECK_FALSE(chain.must_defer({{.name = "helo.error"}, {.name = "recipients.unknown"}}));
}

TEST_CASE("the same fact found twice stands once")
{
    Setup setup;
    setup.mail.findings = {{.name = "a", .detail = "x"}};
    setup.adds(first).sender = [](const mail::Mail&) -> Inspection {
        return Findings{{.name = "a", .detail = "x"}, {.name = "a", .detail = "y"}};
    };
    CHECK(setup.inspects_sender() == Names{"a", "a"});
}

TEST_CASE("the message stage scans, inspects once, then looks at each recipient")
{
    Setup setup;
    auto& layer = setup.adds(first);
    layer.message = [](const mail::Mail& mail) -> Inspection {
        return Findings{{.name = "message", .detail = std::to_string(mail.findings.size())}};
    };
    layer.message_for = [](const mail::Mail&, const mail::Recipient& recipient) -> Inspection {
        return Findings{{.name = "for", .detail = recipient.address.local()}};
    };
    setup.links.back().content = std::make_unique<TestContent>();
    setup.mail.message = mail::Message::from_text("Subject: x\r\n\r\nhello\r\n");
    for (int i = 0; i < 200; ++i)
        setup.mail.recipients.push_back(
            {.address = mailbox("r" + std::to_string(i) + "@b.example")});
    setup.inspects_message();
    CHECK(names(setup.mail.findings) == Names{"words.block", "message"});
    CHECK(setup.mail.findings[0].detail == "hello\r\n");
    CHECK(setup.mail.findings[1].detail == "1");
    CHECK(setup.mail.recipients[199].findings.at(0).detail == "r199");
}

TEST_CASE("a scan runs on the worker pool where there is one, and its fault is a fact")
{
    net::WorkerPool pool{1};
    Setup setup;
    setup.services.pool = &pool;
    auto content = std::make_unique<TestContent>();
    content->does_throw = true;
    setup.links.push_back({.type = &first, .content = std::move(content)});
    setup.mail.message = mail::Message::from_text("\r\nhello\r\n");
    setup.inspects_message();
    REQUIRE(names(setup.mail.findings) == Names{"content.unscannable"});
    CHECK(setup.mail.findings[0].detail == "parser fell over");
}

TEST_CASE("layers read what the scan found, which has no texts of bodies any more")
{
    Setup setup;
    std::shared_ptr<const Content> seen;
    setup.adds(second).message = [&](const mail::Mail& mail) -> Inspection {
        seen = mail.content;
        return Findings{};
    };
    setup.links.back().content = std::make_unique<TestContent>();
    setup.mail.message = mail::Message::from_text("Subject: x\r\n\r\nhello\r\n");
    setup.inspects_message();
    REQUIRE(seen);
    CHECK(seen->subject == "x");
    REQUIRE(seen->bodies.size() == 1);
    CHECK(seen->bodies[0].visible.empty());
    CHECK(seen->raw_body.empty());
}

TEST_CASE("what no worker could scan is deferred, whatever the layers say")
{
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    ::close(pair[1]);
    Scanner scanner{pair[0], {}};
    Setup setup;
    setup.services.scanner = &scanner;
    setup.links.push_back({.type = &first, .content = std::make_unique<TestContent>()});
    setup.mail.message = mail::Message::from_text("Subject: x\r\n\r\nhello\r\n");
    const Chain chain{std::move(setup.links), &setup.services};
    support::run(setup.loop, chain.inspect_message(setup.mail));
    CHECK(names(setup.mail.findings) == Names{"content.not_scanned"});
    CHECK_FALSE(setup.mail.content);
    CHECK(chain.must_defer(setup.mail.findings));
    CHECK(scanner.status().not_scanned == 1);
    ::close(pair[0]);
}

TEST_CASE("no scan happens for layers that do not need it")
{
    Setup setup;
    auto content = std::make_unique<TestContent>();
    content->is_wanted = false;
    setup.links.push_back({.type = &first, .content = std::move(content)});
    const Chain chain{std::move(setup.links)};
    CHECK_FALSE(chain.needs_content());
}

TEST_CASE("at the door the first refusal ends it, and who was let in by others departs")
{
    Setup setup;
    int left_a = 0, left_b = 0;
    setup.adds(door_a).departures = &left_a;
    auto& guard = setup.adds(door_b);
    guard.departures = &left_b;
    bool is_full = true;
    guard.at_door = [&]() -> std::optional<mail::Reply> {
        return is_full ? std::optional{mail::Reply{421, "", "full", true}} : std::nullopt;
    };
    const Chain chain{std::move(setup.links)};
    CHECK(chain.admit({})->code == 421);
    CHECK(left_a == 1);
    CHECK(left_b == 0);
    is_full = false;
    CHECK_FALSE(chain.admit({}));
    chain.depart({});
    CHECK(left_a == 2);
    CHECK(left_b == 1);
}

TEST_CASE("every guard hears of an incident, the first reply is said")
{
    Setup setup;
    int heard = 0;
    for (const auto* type : {&door_a, &door_b})
        setup.adds(*type).on_incident = [&]() -> std::optional<mail::Reply> {
            return mail::Reply{421, "", std::to_string(++heard), true};
        };
    const Chain chain{std::move(setup.links)};
    CHECK(chain.observe({}, Incident::junk_command)->text == "1");
    CHECK(heard == 2);
}
