// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/attempt.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using smtp::RouteState;
using storage::RowState;

namespace {
/// What the internal server waits for, then says (nothing: closes); `pass` first lets time pass.
struct Step {
    std::string awaited, said;
    std::chrono::seconds pass{0};
};

/// Stores a mail and makes one attempt to deliver it to a server that follows `steps`.
class Attempted {
public:
    Attempted(std::vector<std::string> recipients, std::vector<Step> steps,
              smtp::Protocol protocol = smtp::Protocol::smtp)
        : gateway_{{.protocol = protocol}}
    {
        gateway_.loop.spawn("server", serve(std::move(steps)));
        gateway_.loop.spawn("attempt", attempt(std::move(recipients)));
        gateway_.loop.run();
    }
    RouteState route = RouteState::answers;
    std::vector<storage::Row> rows;
    std::string body;
    bool is_full_after_a_day = false; ///< the store, with this row still waiting

private:
    net::awaitable<void> attempt(std::vector<std::string> recipients)
    {
        mail::Mail mail;
        mail.received_at = gateway_.env.wall_now();
        mail.id = gateway_.ids.next(mail.received_at);
        mail.client.ip = mail::Ip::parse("192.0.2.1").value();
        mail.sender = mail::Mailbox::parse("ann@sender.example").value();
        mail.message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
        std::vector<storage::NewRow> added;
        for (const auto& address : recipients)
            added.push_back({.number = static_cast<std::uint32_t>(added.size() + 1),
                             .address = mail::Mailbox::parse(address).value(),
                             .next_attempt = mail.received_at});
        auto& store = *gateway_.storage.store;
        CHECK(co_await store.commit(mail, std::move(added), {}) == storage::Commit::done);
        auto due = co_await store.due(mail.received_at, 100);
        CHECK(due.size() == recipients.size());
        route = co_await smtp::attempt_delivery(gateway_.context, gateway_.context.snapshot(),
                                                std::move(due));
        for (std::uint32_t number = 1; number <= recipients.size(); ++number)
            rows.push_back((co_await store.row({mail.id, number})).value_or(storage::Row{}));
        gateway_.env.advance(24h + 1s);
        is_full_after_a_day = store.is_full();
        gateway_.loop.stop();
    }
    net::awaitable<void> serve(std::vector<Step> steps)
    {
        auto stream = co_await gateway_.next_hop_connection();
        stream.expires_after(24h);
        try {
            for (const auto& step : steps) {
                std::string line;
                while (!line.starts_with(step.awaited) || line.empty() != step.awaited.empty()) {
                    line = (co_await stream.read_line(4096)).text;
                    body += line + "\n";
                }
                for (auto passed = 0s; passed < step.pass; passed += 1s) {
                    co_await net::yield();
                    gateway_.env.advance(1s);
                    gateway_.loop.sweep_deadlines();
                }
                if (step.said.empty())
                    break;
                stream.queue(step.said + "\r\n");
                co_await stream.flush();
            }
        } catch (const std::exception& error) {
            FAIL_CHECK("the gateway left: " << error.what());
        }
        stream.close();
    }
    test::GatewayUnderTest gateway_;
};

std::vector<Step> until_dot(std::string last, std::chrono::seconds pass = 0s)
{
    return {{"", "220 inside"}, {"EHLO", "250 inside"}, {"MAIL", "250 ok"},
            {"RCPT", "250 ok"}, {"DATA", "354 go"},     {".", std::move(last), pass}};
}
}

TEST_CASE("the next attempt follows the schedule, spread by a tenth at most")
{
    const smtp::DeliverySettings settings{.retry = {1min, 5min, 1h}};
    const storage::WallTime now{1000h};
    const auto [attempts, pause] = GENERATE(table<unsigned, std::chrono::milliseconds>(
        {{0, 1min}, {1, 5min}, {2, 1h}, {3, 1h}, {4'000'000'000U, 1h}}));
    CHECK(smtp::next_attempt(settings, attempts, now, 0) == now + pause * 9 / 10);
    CHECK(smtp::next_attempt(settings, attempts, now, 100) == now + pause);
    CHECK(smtp::next_attempt(settings, attempts, now, 200) == now + pause * 11 / 10);
    CHECK(smtp::next_attempt(settings, attempts, now, ~0ULL) <= now + pause * 11 / 10);
    CHECK(smtp::next_attempt({}, attempts, now, 100) == now + 1min);
}

TEST_CASE("the final reply decides: delivered, tried again, held")
{
    const auto [reply, state, reason, route]
        = GENERATE(table<std::string, RowState, std::string, RouteState>({
            {"250 2.0.0 ok", RowState::delivered, "", RouteState::takes},
            {"451 4.3.0 later", RowState::waiting, "", RouteState::answers},
            {"421 4.3.0 going", RowState::waiting, "", RouteState::answers},
            {"550 5.7.1 no", RowState::held, "delivery.refused", RouteState::answers},
            {"354 what?", RowState::waiting, "", RouteState::answers},
            {"hello", RowState::waiting, "", RouteState::fails},
            {"", RowState::waiting, "", RouteState::fails},
        }));
    INFO(reply);
    const Attempted attempted{{"bob@example.test"}, until_dot(reply)};
    REQUIRE(attempted.rows.size() == 1);
    CHECK(attempted.rows[0].state == state);
    CHECK(attempted.rows[0].reason == reason);
    CHECK(attempted.rows[0].attempts == 1);
    CHECK(attempted.route == route);
    CHECK(attempted.is_full_after_a_day == (route == RouteState::fails));
}

TEST_CASE("the queue waits ten minutes for the reply to a dot before it may send again")
{
    const Attempted attempted{{"bob@example.test"}, until_dot("250 2.0.0 ok", 590s)};
    CHECK(attempted.rows.at(0).state == RowState::delivered);
}

TEST_CASE("a server that answers XCLIENT with 250 has taken nothing")
{
    const Attempted attempted{{"bob@example.test"},
                              {{"", "220 inside"},
                               {"EHLO", "250-inside\r\n250 XCLIENT NAME ADDR"},
                               {"XCLIENT", "250 ok"}}};
    CHECK(attempted.rows.at(0).state == RowState::waiting);
    CHECK(attempted.body.find("MAIL FROM") == std::string::npos);
}

TEST_CASE("each recipient has its own fate")
{
    const Attempted attempted{{"bob@example.test", "amy@example.test", "eve@example.test"},
                              {{"", "220 inside"},
                               {"EHLO", "250-inside\r\n250 PIPELINING"},
                               {"MAIL", "250 ok"},
                               {"RCPT", "550 5.1.1 unknown"},
                               {"RCPT", "250 ok"},
                               {"RCPT", "452 4.2.2 full"},
                               {"DATA", "354 go"},
                               {".", "250 ok"}}};
    CHECK(attempted.rows.at(0).state == RowState::held);
    CHECK(attempted.rows.at(1).state == RowState::delivered);
    CHECK(attempted.rows.at(2).state == RowState::waiting);
    CHECK(attempted.route == RouteState::takes);
}

TEST_CASE("LMTP answers for each recipient, and silence for one is no success")
{
    const Attempted attempted{{"bob@example.test", "amy@example.test", "eve@example.test"},
                              {{"", "220 inside"},
                               {"LHLO", "250-inside\r\n250 PIPELINING"},
                               {"MAIL", "250 ok"},
                               {"RCPT", "250 ok"},
                               {"RCPT", "250 ok"},
                               {"RCPT", "250 ok"},
                               {"DATA", "354 go"},
                               {".", "250 ok\r\n552 5.2.2 full"},
                               {"", ""}},
                              smtp::Protocol::lmtp};
    CHECK(attempted.rows.at(0).state == RowState::delivered);
    CHECK(attempted.rows.at(1).state == RowState::held);
    CHECK(attempted.rows.at(2).state == RowState::waiting);
}

TEST_CASE("what a person held or removed before its turn came is not sent")
{
    const bool is_removed = GENERATE(true, false);
    test::GatewayUnderTest gateway{{}};
    std::size_t due_again = 0;
    RowState state{};
    gateway.loop.spawn(
        "attempt",
        [](auto& gateway, bool is_removed, auto& due_again, auto& state) -> net::awaitable<void> {
            mail::Mail mail;
            mail.received_at = gateway.env.wall_now();
            mail.id = gateway.ids.next(mail.received_at);
            mail.message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
            std::vector<storage::NewRow> rows;
            rows.push_back({.address = mail::Mailbox::parse("bob@example.test").value(),
                            .next_attempt = mail.received_at});
            auto& store = *gateway.storage.store;
            CHECK(co_await store.commit(mail, std::move(rows), {}) == storage::Commit::done);
            auto due = co_await store.due(mail.received_at, 100);
            const std::vector<storage::RowId> ids{due.at(0).id};
            if (is_removed)
                co_await store.remove(ids);
            else
                co_await store.hold(ids, "suspicious");
            // Nobody answers at the next hop: an attempt would not end.
            co_await smtp::attempt_delivery(gateway.context, gateway.context.snapshot(),
                                            std::move(due));
            state = (co_await store.row(ids.front())).value_or(storage::Row{}).state;
            co_await store.release(ids, mail.received_at);
            due_again = (co_await store.due(mail.received_at, 100)).size();
            gateway.loop.stop();
        }(gateway, is_removed, due_again, state));
    gateway.loop.run();
    CHECK(state == (is_removed ? RowState::deleted : RowState::held));
    CHECK(due_again == (is_removed ? 0 : 1));
}

namespace {
/// Stores a mail too large for the database, spoils its body and tries to deliver it.
net::awaitable<void> attempt_spoilt(test::GatewayUnderTest& gateway, bool is_missing,
                                    storage::Row& after)
{
    std::string text = "Subject: x\r\n\r\n";
    for (std::uint32_t word = 1; text.size() < (3U << 20); word = word * 1'664'525 + 1'013'904'223)
        text += std::to_string(word) + (word % 16 == 0 ? "\r\n" : "");
    mail::Mail mail;
    mail.received_at = gateway.env.wall_now();
    mail.id = gateway.ids.next(mail.received_at);
    mail.message = mail::Message::from_text(text + "\r\n");
    std::vector<storage::NewRow> rows;
    rows.push_back({.address = mail::Mailbox::parse("bob@example.test").value(),
                    .next_attempt = mail.received_at});
    auto& store = *gateway.storage.store;
    CHECK(co_await store.commit(mail, std::move(rows), {}) == storage::Commit::done);
    const auto body = gateway.directory() / "bodies" / mail.id.to_string();
    if (is_missing)
        CHECK(std::filesystem::remove(body));
    else
        std::filesystem::resize_file(body, std::filesystem::file_size(body) / 2);
    auto due = co_await store.due(mail.received_at, 1);
    (void)co_await smtp::attempt_delivery(gateway.context, gateway.context.snapshot(),
                                          std::move(due));
    after = (co_await store.row({mail.id, 1})).value_or(storage::Row{});
    gateway.loop.stop();
}

/// Lets the clock run while others wait for it.
net::awaitable<void> pass_time(test::GatewayUnderTest& gateway)
{
    for (;;) {
        co_await net::yield();
        gateway.env.advance(10ms);
        gateway.loop.sweep_deadlines();
    }
}
}

TEST_CASE("a message that cannot be read is held for a person, not tried for ever")
{
    const bool is_missing = GENERATE(true, false);
    test::GatewayUnderTest gateway{{}};
    storage::Row after;
    gateway.loop.spawn("attempt", attempt_spoilt(gateway, is_missing, after));
    gateway.loop.spawn("time", pass_time(gateway));
    gateway.loop.run();
    CHECK(after.state == RowState::held);
    CHECK(after.reason.starts_with("delivery.failed"));
}
