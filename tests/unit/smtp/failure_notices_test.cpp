// SPDX-License-Identifier: Apache-2.0
#include "filters/habit_table.hpp"
#include "gateway/smtp/attempt.hpp"
#include "tests/support/gateway_under_test.hpp"
#include "tests/support/pass_time.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using smtp::FailedMail;
using smtp::FailureNotices;

namespace {
FailedMail failed(std::uint64_t mail, std::size_t count)
{
    FailedMail one{"Subject: x\r\n", {}};
    for (std::uint32_t number = 1; number <= count; ++number)
        one.failures.emplace_back().row.id = {mail::MailId{mail}, number};
    return one;
}

/// One mail of ann@example.test that waits for many recipients outside.
net::awaitable<std::vector<storage::Row>> stored(test::GatewayUnderTest& gateway, std::size_t count,
                                                 const std::string& domain)
{
    mail::Mail mail;
    mail.received_at = gateway.env.wall_now();
    mail.id = gateway.ids.next(mail.received_at);
    mail.direction = mail::Direction::outbound;
    mail.client.ip = mail::Ip::parse("192.0.2.1").value();
    mail.sender = mail::Mailbox::parse("ann@example.test").value();
    mail.message = mail::Message::from_text("Subject: Lunch\r\n\r\nbody\r\n");
    std::vector<storage::NewRow> rows;
    for (std::uint32_t number = 1; number <= count; ++number)
        rows.push_back(
            {.number = number,
             .address = mail::Mailbox::parse("user" + std::to_string(number) + domain).value(),
             .next_attempt = mail.received_at});
    auto& store = *gateway.storage.store;
    CHECK(co_await store.commit(mail, std::move(rows), {}) == storage::Commit::done);
    co_return co_await store.list({.limit = 2000});
}

/// A server outside that knows nobody.
class NobodyThere {
public:
    explicit NobodyThere(bool is_by_mx)
    {
        auto snapshot = std::make_shared<smtp::Snapshot>(*gateway.context.snapshot());
        auto route = std::make_shared<smtp::Route>(*snapshot->settings.outbound);
        route->is_by_mx = is_by_mx;
        snapshot->settings.outbound = std::move(route);
        snapshot->settings.outside.port = port();
        gateway.context.replace(std::move(snapshot));
        listener_->start();
    }
    ~NobodyThere()
    {
        listener_.reset();
        ::close(door_);
    }
    std::uint16_t port() const { return net::bound_address(door_).port; }
    /// The notices that the sender gets of a mail to `count` recipients.
    std::vector<storage::Row> notices_of(std::size_t count)
    {
        std::vector<storage::Row> notices;
        smtp::QueueRunner runner{gateway.loop, gateway.context};
        gateway.loop.spawn("notices", find(count, runner, notices));
        gateway.loop.run();
        return notices;
    }

private:
    net::awaitable<void> find(std::size_t count, smtp::QueueRunner& runner,
                              std::vector<storage::Row>& notices)
    {
        (void)co_await stored(gateway, count, "@[127.0.0.1]");
        runner.start();
        const auto start = gateway.env.now();
        co_await support::pass_time(gateway.env, 1, [&] {
            return gateway.storage.store->usage().waiting <= 5 || gateway.env.now() - start > 30s;
        });
        notices = co_await gateway.storage.store->list({.recipient = "ann@example.test"});
        co_await gateway.storage.history->settle();
        told = co_await gateway.storage.history->search({.recipient = "ann@example.test"});
        runner.stop();
        gateway.loop.stop();
    }
    net::awaitable<void> serve(net::Stream stream)
    {
        try {
            stream.expires_after(24h);
            stream.queue("220 outside\r\n");
            for (;;) {
                co_await stream.flush();
                const auto line = (co_await stream.read_line(4096)).text;
                stream.queue(line.starts_with("RCPT") ? "550 5.1.1 unknown\r\n" : "250 ok\r\n");
            }
        } catch (const std::exception&) {
            stream.close();
        }
    }
    int door_ = net::open_tcp_listener("127.0.0.1:0").value();

public:
    test::GatewayUnderTest gateway{{.outbound_port = port()}};
    std::vector<storage::HistoryRow> told; ///< of the notices, once they were looked for

private:
    std::unique_ptr<net::Listener> listener_ = std::make_unique<net::Listener>(
        gateway.loop, door_, [this](int fd, const net::Endpoint&) {
            gateway.loop.spawn("outside", serve(net::Stream{gateway.loop, fd}));
        });
};
}

TEST_CASE("failures of one mail are gathered until somebody takes them, or for half a minute")
{
    FailureNotices notices;
    const FailureNotices::Time start{100h};
    notices.add(failed(1, 2), start);
    notices.add(failed(2, 1), start + 20s);
    notices.add(failed(1, 3), start + 20s);
    notices.add({}, start);
    CHECK(notices.take_due(start + 29s).empty());
    const auto due = notices.take_due(start + 30s);
    REQUIRE(due.size() == 1);
    CHECK(due.front().failures.size() == 5);
    CHECK(notices.take(mail::MailId{1}).failures.empty());
    CHECK(notices.take(mail::MailId{2}).failures.size() == 1);
    CHECK(notices.empty());
}

TEST_CASE("failures that are too many wait for no more")
{
    FailureNotices notices;
    const FailureNotices::Time now{100h};
    notices.add(failed(1, FailureNotices::most), now);
    CHECK(notices.take_due(now).empty());
    notices.add(failed(2, 1), now);
    CHECK(notices.take_due(now).size() == 2);
    CHECK(notices.empty());
}

TEST_CASE("a failed row waits in the store until the notice is there")
{
    test::GatewayUnderTest gateway{{}};
    storage::Usage before, after;
    std::vector<storage::Row> rows;
    gateway.loop.spawn(
        "mail", [](auto& gateway, auto& before, auto& after, auto& rows) -> net::awaitable<void> {
            const auto snapshot = gateway.context.snapshot();
            const auto batch = co_await stored(gateway, 3, "@far.example");
            const auto message = co_await gateway.storage.store->message(batch.front().id.mail);
            smtp::Outcome outcome;
            outcome.stage = smtp::Outcome::Stage::rcpt;
            outcome.reply = {550, "5.1.1", "no such user"};
            FailureNotices notices;
            co_await smtp::record_outcome(gateway.context, snapshot, batch, message, outcome, {},
                                          &notices);
            before = gateway.storage.store->usage();
            co_await smtp::tell_of_failures(gateway.context, snapshot,
                                            notices.take(batch.front().id.mail));
            after = gateway.storage.store->usage();
            rows = co_await gateway.storage.store->list({.state = storage::RowState::waiting});
            gateway.loop.stop();
        }(gateway, before, after, rows));
    gateway.loop.run();
    CHECK(before.waiting == 3);
    CHECK(after.waiting == 1);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().address == "ann@example.test");
    CHECK(rows.front().subject == "Undelivered mail: 3 recipients");
}

TEST_CASE("what comes back to an account that is locked is held apart from its mail")
{
    auto& habits = filters::HabitTable::here();
    NobodyThere nobody{false};
    const auto now = nobody.gateway.env.wall_now();
    const auto until = std::chrono::floor<std::chrono::seconds>(now) + 1h;
    REQUIRE(habits.lock("ann@example.test", "by hand", until, now));
    const auto notices = nobody.notices_of(10);
    habits.release("ann@example.test", now);
    REQUIRE(notices.size() == 1);
    CHECK(notices.front().state == storage::RowState::held);
    CHECK(notices.front().reason == "bounce.held_apart: ann@example.test");
    REQUIRE(nobody.told.size() == 1);
    CHECK(nobody.told.front().action == mail::Action::quarantine);
    CHECK(nobody.told.front().delivery == "held");
    CHECK(nobody.told.front().findings.find("bounce.held_apart") != std::string::npos);
}

TEST_CASE("of a thousand recipients that fail together the sender is told once")
{
    const bool is_by_mx = GENERATE(true, false);
    NobodyThere nobody{is_by_mx};
    const auto notices = nobody.notices_of(1000);
    REQUIRE(notices.size() == 1);
    CHECK(notices.front().subject == "Undelivered mail: 1000 recipients");
}
