// SPDX-License-Identifier: Apache-2.0
#include "gateway/log_writer.hpp"

#include <catch2/catch.hpp>

#include <spdlog/logger.h>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace {
struct Pipe {
    Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
    ~Pipe()
    {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    /// What is in the pipe now.
    std::string drain() const
    {
        std::string all(1 << 20, '\0');
        const auto got = ::read(ends[0], all.data(), all.size());
        all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return all;
    }
    int ends[2] = {};
};
}

TEST_CASE("log lines arrive in order and none is left behind at the end")
{
    const Pipe pipe;
    {
        auto writer = std::make_shared<app::LogWriter>(pipe.ends[1]);
        spdlog::logger logger{"test", writer};
        logger.set_pattern("%v");
        logger.info("one");
        logger.info("two");
        CHECK(writer->dropped() == 0);
    }
    CHECK(pipe.drain() == "one\ntwo\n");
}

TEST_CASE("a warning is written without waiting for the next turn")
{
    const Pipe pipe;
    auto writer = std::make_shared<app::LogWriter>(pipe.ends[1]);
    spdlog::logger logger{"test", writer};
    logger.set_pattern("%v");
    logger.flush_on(spdlog::level::warn);
    logger.warn("now");
    CHECK(pipe.drain() == "now\n"); // read waits for it
}

TEST_CASE("a log that nobody takes stays bounded and counts what it lost")
{
    Pipe pipe;
    std::uint64_t dropped = 0;
    {
        auto writer = std::make_shared<app::LogWriter>(pipe.ends[1]);
        spdlog::logger logger{"test", writer};
        logger.set_pattern("%v");
        const std::string line(1000, 'x');
        for (int i = 0; i < 10'000; ++i)
            logger.info(line);
        dropped = writer->dropped();
        ::signal(SIGPIPE, SIG_IGN); // before the pipe breaks under the writer's thread
        ::close(std::exchange(pipe.ends[0], -1));
    }
    // 10 MB were logged; the pipe took 64 KiB, one gathering of 4 MiB was being written, one
    // waited.
    CHECK(dropped > 1000);
    CHECK(dropped < 10'000);
}
