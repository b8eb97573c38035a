// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/attempt.hpp"
#include "gateway/smtp/delivery.hpp"
#include "gateway/smtp/duplicates.hpp"
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

#include <deque>

using namespace std::chrono_literals;
using smtp::Delivered;
using storage::RowState;

namespace {
/// A server outside: takes every mail up to its end, and says then what it was told to say, "" to
/// close. Without a word left it lets the sender wait.
class Outside {
public:
    std::uint16_t port() const { return net::bound_address(door_).port; }
    void open(net::Loop& loop)
    {
        listener_ = std::make_unique<net::Listener>(loop, door_, [&](int fd, const net::Endpoint&) {
            loop.spawn("outside", serve(net::Stream{loop, fd}));
        });
        listener_->start();
    }
    ~Outside() { ::close(door_); }
    void close() { listener_.reset(); }
    std::size_t ends = 0; ///< of data that arrived
    std::deque<std::string> words;

private:
    net::awaitable<void> serve(net::Stream stream)
    {
        try {
            stream.expires_after(24h);
            co_await say(stream, "220 outside");
            for (;;) {
                const auto line = (co_await stream.read_line(4096)).text;
                if (line != ".") {
                    if (line.starts_with("EHLO") || line.starts_with("MAIL")
                        || line.starts_with("RCPT"))
                        co_await say(stream, "250 ok");
                    else if (line == "DATA")
                        co_await say(stream, "354 go");
                    continue;
                }
                ++ends;
                while (words.empty())
                    co_await net::yield();
                const auto word = words.front();
                words.pop_front();
                if (word.empty())
                    break;
                co_await say(stream, word);
            }
        } catch (const std::exception&) { }
        stream.close();
    }
    static net::awaitable<void> say(net::Stream& stream, std::string text)
    {
        stream.queue(text + "\r\n");
        co_await stream.flush();
    }
    int door_ = net::open_tcp_listener("127.0.0.1:0").value();
    std::unique_ptr<net::Listener> listener_;
};

smtp::ListenerSettings out(smtp::OnNextHopFailure on_failure)
{
    auto listener = test::named("out");
    listener.on_next_hop_failure = on_failure;
    return listener;
}

/// Copies of one mail that aliases lead to one outside address.
class Copies {
public:
    explicit Copies(smtp::OnNextHopFailure on_failure = smtp::OnNextHopFailure::spool)
        : listener_{out(on_failure)}
    {
        outside.open(gateway.loop);
    }
    ~Copies() { outside.close(); }
    /// Accepts one copy; its answer is among `answers` then.
    net::awaitable<void> send(std::vector<std::string> recipients = {"someone@far.example"})
    {
        auto mail = copy(recipients);
        for (auto& recipient : mail.recipients)
            recipient.verdict.action = action;
        smtp::Delivery delivery{gateway.context, gateway.context.snapshot(), listener_};
        answers.push_back(co_await delivery.accept(mail, {}));
    }
    void start(std::vector<std::string> recipients = {"someone@far.example"})
    {
        gateway.loop.spawn("copy", send(std::move(recipients)));
    }
    mail::Mail copy(const std::vector<std::string>& recipients)
    {
        mail::Mail mail;
        mail.received_at = gateway.env.wall_now();
        mail.id = gateway.ids.next(mail.received_at);
        mail.direction = mail::Direction::outbound;
        mail.sender = mail::Mailbox::parse("ann@example.test").value();
        for (const auto& address : recipients)
            mail.recipients.push_back({.address = mail::Mailbox::parse(address).value()});
        mail.message = mail::Message::from_text("Message-ID: " + id + "\r\nDate: " + date
                                                + "\r\nFrom: ann\r\n\r\nbody\r\n");
        return mail;
    }
    /// What waits in the store, or was held, comes to this end; the finished rows are swept.
    void end(RowState state)
    {
        bool is_done = false;
        gateway.loop.spawn("end", end(state, is_done));
        CHECK(run_until([&] { return is_done; }));
    }
    /// Runs the loop, letting time pass, until `is_so`; false when it does not come to that.
    bool run_until(std::function<bool()> is_so)
    {
        bool was_so = false;
        gateway.loop.spawn("wait", wait(std::move(is_so), was_so));
        gateway.loop.run();
        return was_so;
    }
    Outside outside;
    test::GatewayUnderTest gateway{{.outbound_port = outside.port()}};
    std::vector<Delivered> answers;
    mail::Action action = mail::Action::deliver;
    std::string id = "<" + std::to_string(++counter_) + "@example.test>", date = "today";

private:
    net::awaitable<void> end(RowState state, bool& is_done)
    {
        auto& store = *gateway.storage.store;
        for (const auto& row : co_await store.list({.state = RowState::held}))
            co_await store.release({row.id}, gateway.env.wall_now());
        auto due = co_await store.due(gateway.env.wall_now() + 1h, 10);
        CHECK(due.size() == 1);
        if (state == RowState::held)
            co_await store.hold({due.at(0).id}, "by hand");
        else if (state == RowState::deleted)
            co_await store.remove({due.at(0).id});
        else if (state == RowState::delivered) {
            outside.words = {"250 2.0.0 ok"};
            co_await smtp::attempt_delivery(gateway.context, gateway.context.snapshot(), due);
            --outside.ends;
        }
        co_await store.sweep(gateway.env.wall_now());
        is_done = true;
    }
    net::awaitable<void> wait(std::function<bool()> is_so, bool& was_so)
    {
        auto last = std::chrono::steady_clock::now();
        const auto until = last + 20s;
        while (!(was_so = is_so()) && last < until) {
            const auto now = std::chrono::steady_clock::now();
            if (now - last >= 100us) { // ten times as fast as the store's own time
                gateway.env.advance(1ms);
                last = now;
            }
            gateway.loop.sweep_deadlines();
            co_await net::yield();
        }
        gateway.loop.stop();
    }
    static inline int counter_ = 0;
    smtp::ListenerSettings listener_;
};
}

TEST_CASE("of copies that leave at the same moment one goes out")
{
    Copies copies;
    for (int i = 0; i < 3; ++i)
        copies.start();
    REQUIRE(copies.run_until([&] { return copies.outside.ends > 0; }));
    copies.outside.words = {"250 2.0.0 ok", "250 2.0.0 ok", "250 2.0.0 ok"};
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 3; }));
    CHECK(copies.outside.ends == 1);
    for (const auto& answer : copies.answers)
        CHECK(answer.reply.code == 250);
    CHECK(copies.answers.at(0).fates.at(0).starts_with("delivered"));
    CHECK(copies.answers.at(1).fates.at(0).starts_with("left already as "));
    CHECK(copies.answers.at(2).fates.at(0).starts_with("left already as "));
}

TEST_CASE("a copy of which the first was refused goes out itself")
{
    const auto [word, code] = GENERATE(
        table<std::string, int>({{"550 5.7.1 no", 550}, {"451 4.3.0 later", 451}, {"", 451}}));
    INFO(word);
    Copies copies{smtp::OnNextHopFailure::pass};
    copies.start();
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.outside.ends == 1; }));
    copies.outside.words = {word, "250 2.0.0 ok"};
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 2; }));
    CHECK(copies.outside.ends == 2);
    CHECK(copies.answers.at(0).reply.code == code);
    CHECK(copies.answers.at(1).reply.code == 250);
    CHECK(copies.answers.at(1).fates.at(0).starts_with("delivered"));
}

TEST_CASE("a copy that is kept to be sent later has left for the others")
{
    Copies copies;
    copies.start();
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.outside.ends == 1; }));
    copies.outside.words = {"451 4.3.0 later"};
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 2; }));
    CHECK(copies.outside.ends == 1);
    CHECK(copies.answers.at(0).fates.at(0) == "waiting");
    CHECK(copies.answers.at(1).fates.at(0).starts_with("left already as "));
    CHECK(copies.gateway.storage.store->usage().waiting == 1);
}

TEST_CASE("a copy that was kept and never left does not stand for those that come later")
{
    const auto [state, ends] = GENERATE(table<RowState, std::size_t>({
        {RowState::held, 2},
        {RowState::deleted, 2},
        {RowState::waiting, 1},
        {RowState::delivered, 1},
    }));
    Copies copies;
    copies.start();
    copies.outside.words = {"451 4.3.0 later"};
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 1; }));
    copies.end(state);
    copies.outside.words = {"250 2.0.0 ok"};
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 2; }));
    CHECK(copies.outside.ends == ends);
    CHECK(copies.answers.at(1).fates.at(0).starts_with(ends == 2 ? "delivered" : "left already"));
}

TEST_CASE("a copy that was held and let through has left for those that come later")
{
    Copies copies;
    copies.action = mail::Action::quarantine;
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 1; }));
    copies.end(RowState::delivered);
    copies.action = mail::Action::deliver;
    copies.outside.words = {"250 2.0.0 ok"};
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 2; }));
    CHECK(copies.outside.ends == 0);
    CHECK(copies.answers.at(1).fates.at(0).starts_with("left already as "));
}

TEST_CASE("mails that differ are no copies, though a device gives all of them one Message-ID")
{
    const auto [id, second] = GENERATE(table<std::string, std::string>(
        {{"<alarm@example.test>", "tomorrow"}, {"", "today"}, {" ", "today"}}));
    Copies copies;
    copies.id = id;
    copies.outside.words = {"250 2.0.0 ok", "250 2.0.0 ok"};
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 1; }));
    copies.date = second;
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 2; }));
    CHECK(copies.outside.ends == 2);
}

TEST_CASE("a copy for one more recipient goes to that one, once the other is known")
{
    Copies copies;
    copies.start();
    copies.start({"someone@far.example", "else@far.example"});
    REQUIRE(copies.run_until([&] { return copies.outside.ends == 1; }));
    copies.outside.words = {"250 2.0.0 ok", "250 2.0.0 ok"};
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 2; }));
    CHECK(copies.outside.ends == 2);
    CHECK(copies.answers.at(1).fates.at(0).starts_with("left already as "));
    CHECK(copies.answers.at(1).fates.at(1).starts_with("delivered"));
}

TEST_CASE("while nobody knows what becomes of the first a copy is asked to come again")
{
    Copies copies;
    bool is_claimed = false;
    std::optional<smtp::SentCopies::Claim> claim;
    copies.gateway.loop.spawn(
        "claim", [](auto& copies, auto& claim, bool& is_claimed) -> net::awaitable<void> {
            const auto mail = copies.copy({"someone@far.example"});
            const auto hash = co_await smtp::copy_hash(copies.gateway.context, mail.message);
            const auto copy
                = smtp::copy_for(copies.gateway.context, hash, mail.recipients.front().address);
            auto claimed = smtp::SentCopies::here().claim({copy}, copies.gateway.env.now());
            claim.emplace(std::move(claimed.value()));
            is_claimed = true;
        }(copies, claim, is_claimed));
    REQUIRE(copies.run_until([&] { return is_claimed; }));
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 1; }));
    CHECK(copies.answers.at(0).reply.code == 451);
    CHECK(copies.outside.ends == 0);
    CHECK(copies.gateway.storage.store->usage().waiting == 0);
    claim.reset();
    copies.outside.words = {"250 2.0.0 ok"};
    copies.start();
    REQUIRE(copies.run_until([&] { return copies.answers.size() == 2; }));
    CHECK(copies.answers.at(1).fates.at(0).starts_with("delivered"));
}
