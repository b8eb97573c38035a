// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/queue_runner.hpp"
#include "tests/support/gateway_under_test.hpp"

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
