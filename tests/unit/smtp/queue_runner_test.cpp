// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/queue_runner.hpp"
#include "tests/support/gateway_under_test.hpp"
#include "tests/support/pass_time.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {
/// A queue whose internal server takes connections and says nothing, and another server for
/// everything else that is content to be called.
class Hanging {
public:
    explicit Hanging(std::vector<std::string> recipients)
    {
        gateway.loop.spawn("store", fill(std::move(recipients)));
        gateway.loop.run();
        runner.start();
    }
    ~Hanging()
    {
        runner.stop();
        gateway.loop.spawn("end", wait([] { return false; }, 20ms));
        gateway.loop.run();
        other.reset();
        ::close(other_door);
    }
    /// Runs the loop until `is_so`, for at most three seconds.
    void run_until(std::function<bool()> is_so)
    {
        gateway.loop.spawn("wait", wait(std::move(is_so), 3s));
        gateway.loop.run();
    }
    int other_door = net::open_tcp_listener("127.0.0.1:0").value();
    test::GatewayUnderTest gateway{{.outbound_port = net::bound_address(other_door).port}};
    std::size_t calls = 0;
    std::unique_ptr<net::Listener> other = listen();
    smtp::QueueRunner runner{gateway.loop, gateway.context};

private:
    std::unique_ptr<net::Listener> listen()
    {
        auto listener = std::make_unique<net::Listener>(gateway.loop, other_door,
                                                        [this](int fd, const net::Endpoint&) {
                                                            ++calls;
                                                            ::close(fd);
                                                        });
        listener->start();
        return listener;
    }
    net::awaitable<void> wait(std::function<bool()> is_so, std::chrono::milliseconds limit)
    {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (!is_so() && std::chrono::steady_clock::now() < until)
            co_await net::yield();
        gateway.loop.stop();
    }
    net::awaitable<void> fill(std::vector<std::string> recipients)
    {
        for (const auto& address : recipients) {
            mail::Mail mail;
            mail.received_at = gateway.env.wall_now();
            mail.id = gateway.ids.next(mail.received_at);
            mail.message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
            std::vector<storage::NewRow> rows;
            rows.push_back({.address = mail::Mailbox::parse(address).value(),
                            .next_attempt = mail.received_at});
            const auto commit = co_await gateway.storage.store->commit(mail, std::move(rows), {});
            CHECK(commit == storage::Commit::done);
        }
        gateway.loop.stop();
    }
};

std::vector<std::string> many(std::size_t count)
{
    std::vector<std::string> recipients;
    for (std::size_t i = 0; i < count; ++i)
        recipients.push_back("user" + std::to_string(i) + "@example.test");
    return recipients;
}
}

TEST_CASE("a server that hangs does not keep the mail of other routes waiting")
{
    const std::size_t count = GENERATE(50U, 400U);
    auto recipients = many(count);
    recipients.push_back("ann@far.example");
    Hanging hanging{recipients};
    hanging.run_until([&] { return hanging.calls > 0; });
    CHECK(hanging.calls > 0);
}

TEST_CASE("one recipient's mails go one after the other")
{
    Hanging hanging{{"bob@example.test", "bob@example.test", "amy@example.test"}};
    hanging.run_until([&] { return hanging.runner.under_way() > 2; });
    CHECK(hanging.runner.under_way() == 2);
}

namespace {
/// A destination outside for which much waits, and which takes all of it at once; before that so
/// much may wait for one where nobody answers.
class Willing {
public:
    explicit Willing(std::size_t count, std::size_t dead = 0)
    {
        auto snapshot = std::make_shared<smtp::Snapshot>(*gateway.context.snapshot());
        auto route = std::make_shared<smtp::Route>(*snapshot->settings.outbound);
        route->is_by_mx = true;
        snapshot->settings.outbound = std::move(route);
        snapshot->settings.outside.port = net::bound_address(door_).port;
        gateway.context.replace(std::move(snapshot));
        for (std::size_t i = 0; i < dead + count; ++i)
            gateway.loop.spawn("store",
                               store(i, i < dead ? "127.0.0.2" : "127.0.0.1", dead + count));
        gateway.loop.run();
        listener_->start();
    }
    ~Willing()
    {
        listener_.reset();
        ::close(door_);
    }
    /// How long the queue takes to send all, by its own clock.
    std::chrono::milliseconds drain(std::size_t count)
    {
        smtp::QueueRunner runner{gateway.loop, gateway.context};
        const auto start = gateway.env.now();
        runner.start();
        auto wait = [&]() -> net::awaitable<void> {
            co_await support::pass_time(gateway.env, 1, [&] {
                return (taken >= count && runner.under_way() == 0)
                    || gateway.env.now() - start > 40s;
            });
            gateway.loop.stop();
        };
        gateway.loop.spawn("wait", wait());
        gateway.loop.run();
        return std::chrono::duration_cast<std::chrono::milliseconds>(gateway.env.now() - start);
    }
    std::size_t taken = 0;

private:
    net::awaitable<void> store(std::size_t number, std::string host, std::size_t count)
    {
        mail::Mail mail;
        mail.received_at = gateway.env.wall_now();
        mail.id = gateway.ids.next(mail.received_at);
        mail.message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
        std::vector<storage::NewRow> rows;
        const auto address = "user" + std::to_string(number) + "@[" + host + "]";
        rows.push_back(
            {.address = mail::Mailbox::parse(address).value(), .next_attempt = mail.received_at});
        const auto commit = co_await gateway.storage.store->commit(mail, std::move(rows), {});
        CHECK(commit == storage::Commit::done);
        if (++stored_ == count)
            gateway.loop.stop();
    }
    net::awaitable<void> serve(net::Stream stream)
    {
        try {
            stream.expires_after(24h);
            stream.queue("220 outside\r\n");
            for (bool is_data = false;;) {
                co_await stream.flush();
                const auto line = (co_await stream.read_line(4096)).text;
                if (is_data && line != ".")
                    continue;
                taken += is_data;
                is_data = line == "DATA";
                stream.queue(is_data ? "354 go\r\n" : "250 2.0.0 ok\r\n");
            }
        } catch (const std::exception&) {
            stream.close();
        }
    }
    std::size_t stored_ = 0;
    int door_ = net::open_tcp_listener("127.0.0.1:0").value();
    test::GatewayUnderTest gateway{{.outbound_port = 25}};
    std::unique_ptr<net::Listener> listener_ = std::make_unique<net::Listener>(
        gateway.loop, door_, [this](int fd, const net::Endpoint&) {
            gateway.loop.spawn("outside", serve(net::Stream{gateway.loop, fd}));
        });
};
}

TEST_CASE("what waits for a destination that takes mail leaves without a pause")
{
    const std::size_t count = 1200;
    Willing willing{count};
    CHECK(willing.drain(count) < 25s);
    CHECK(willing.taken == count);
}

TEST_CASE("what waits for a destination that answers nobody holds up no other")
{
    Willing willing{1, 5000};
    CHECK(willing.drain(1) < 2s);
    CHECK(willing.taken == 1);
}
