// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sink.hpp"

#include "gateway/commands/command.hpp"
#include "gateway/config_values.hpp"
#include "gateway/net/listener.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>

namespace app::commands {
namespace {
/// One thread of the sink: its loop and its share of the port.
struct SinkLoop {
    net::Loop loop{net::Env::real()};
    std::unique_ptr<net::Listener> listener;
    std::thread thread;
};

void start(SinkLoop& sink, int descriptor, const smtp::SinkSettings& settings,
           std::atomic<std::uint64_t>& messages)
{
    sink.loop.post([&sink, descriptor, &settings, &messages] {
        sink.listener = std::make_unique<net::Listener>(
            sink.loop, descriptor, [&](int connection, const net::Endpoint&) {
                sink.loop.spawn(
                    "sink",
                    smtp::serve_sink(net::Stream{sink.loop, connection}, settings, messages));
            });
        sink.listener->start();
    });
    sink.thread = std::thread{[&sink] {
        sink.loop.run();
        sink.listener.reset();
    }};
}

/// Waits for the end that a person or a test asks for.
void wait_for_end()
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    int signal = 0;
    ::sigwait(&ends, &signal);
}

void keep_signals_for_main()
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

Exit sink(const Arguments& arguments)
{
    auto address = arguments.text("--listen", "127.0.0.1:2526");
    const auto loops = filters::parse_number(arguments.text("--loops", "1")).value_or(0);
    if (!is_address(address) || loops < 1 || loops > 64) {
        std::fputs("mailweir sink: --listen wants an address and port, --loops 1 to 64\n", stderr);
        return Exit::usage;
    }
    smtp::SinkSettings settings;
    settings.maildir = arguments.text("--maildir");
    settings.hostname = arguments.text("--hostname", settings.hostname);
    settings.offers_chunking = !arguments.has("--no-chunking");
    std::atomic<std::uint64_t> messages{0};
    keep_signals_for_main();
    std::vector<std::unique_ptr<SinkLoop>> sinks;
    for (std::int64_t i = 0; i < loops; ++i) {
        const auto descriptor = net::open_tcp_listener(address);
        if (!descriptor) {
            std::fprintf(stderr, "mailweir sink: %s\n", descriptor.error().c_str());
            return Exit::failed;
        }
        address = net::bound_address(*descriptor).to_string();
        sinks.push_back(std::make_unique<SinkLoop>());
        start(*sinks.back(), *descriptor, settings, messages);
    }
    spdlog::info("listening name=sink role=sink address={}", address);
    wait_for_end();
    for (auto& one : sinks)
        one->loop.stop();
    for (auto& one : sinks)
        one->thread.join();
    spdlog::info("the sink took {} messages", messages.load());
    return Exit::ok;
}
}

std::vector<Command> sink_commands()
{
    return {{"sink",
             "",
             "a small internal server for trials: takes everything into a Maildir",
             {{"--listen", "ADDR:PORT", "where to listen (default: 127.0.0.1:2526)"},
              {"--maildir", "DIR", "where messages go; without it they are counted and dropped"},
              {"--hostname", "NAME", "the name in its greeting"},
              {"--loops", "N", "threads (default: 1)"},
              {"--no-chunking", "", "offer no CHUNKING, so that mail comes by DATA"}},
             sink}};
}
}
