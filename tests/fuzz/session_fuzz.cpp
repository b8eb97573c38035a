// SPDX-License-Identifier: Apache-2.0
// A whole conversation, BDAT included, with the real session; the internal server is down, nothing
// is kept.
#include "tests/fuzz/require.hpp"
#include "tests/support/gateway_under_test.hpp"

namespace {
test::GatewayUnderTest& gateway()
{
    static test::GatewayUnderTest one{[] {
        test::GatewayUnderTest::Options options;
        options.next_hop_port = 1;
        options.listener.on_next_hop_failure = smtp::OnNextHopFailure::pass;
        options.listener.xclient.push_back(mail::Network::parse("192.0.2.0/24").value());
        options.limits.message = 4096;
        return options;
    }()};
    return one;
}

net::awaitable<void> speak(std::string text)
{
    try {
        net::Stream client = gateway().connect();
        client.expires_after(std::chrono::hours{1});
        client.queue(text);
        co_await client.flush();
        // What the gateway answers is read until it has nothing more to say to this input.
        for (int turn = 0; turn < 64; ++turn) {
            std::array<char, 4096> space;
            while (client.readable_now() > 0)
                (void)co_await client.read_some(space);
            co_await net::yield();
        }
    } catch (const net::ConnectionLost&) {
        // The gateway hung up on the input, which is its right.
    }
    for (int turn = 0; turn < 64 && gateway().loop.running() > 1; ++turn)
        co_await net::yield();
    gateway().loop.stop();
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    gateway().loop.spawn("client", speak({reinterpret_cast<const char*>(data), size}));
    gateway().loop.run();
    const auto usage = gateway().storage.store->usage();
    require(usage.waiting == 0);
    return 0;
}
