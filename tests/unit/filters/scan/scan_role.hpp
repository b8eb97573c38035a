// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/nursery.hpp"
#include "filters/scan/scanner.hpp"
#include "gateway/net/await.hpp"

#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

/// A scan role in a process of its own, and the gate's side of it.
class ScanRole {
public:
    using Kind = filters::Nursery::Kind;
    explicit ScanRole(filters::Nursery::Load load, filters::ScannerLimits limits = {})
    {
        int pair[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
        process_ = ::fork();
        if (process_ == 0) {
            ::close(pair[0]);
            std::_Exit(filters::Nursery{pair[1], std::move(load)}.run());
        }
        ::close(pair[1]);
        socket_ = pair[0];
        scanner.emplace(socket_, limits);
    }
    ~ScanRole()
    {
        scanner.reset();
        ::close(socket_);
        int status = 0;
        ::waitpid(process_, &status, 0);
        CHECK((WIFEXITED(status) || WTERMSIG(status) == SIGKILL));
    }
    /// When it returns, its workers have been killed, too.
    void kill() const
    {
        ::kill(process_, SIGKILL);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOWAIT);
    }
    void terminate() const { ::kill(process_, SIGTERM); }

    /// All at once; what was not scanned is missing.
    std::vector<std::optional<filters::Scanned>> scan_all(const std::vector<std::string>& texts)
    {
        std::vector<std::optional<filters::Scanned>> results(texts.size());
        std::vector<mail::Message> messages;
        for (const auto& text : texts)
            messages.push_back(mail::Message::from_text(text));
        net::Loop loop{net::Env::real()};
        for (std::size_t i = 0; i < texts.size(); ++i)
            loop.spawn("scan", run(messages[i], results[i]));
        loop.run();
        return results;
    }
    void prepare()
    {
        net::Loop loop{net::Env::real()};
        loop.spawn("prepare", scanner->prepare());
        loop.run();
    }
    /// Why the new rules are not in force; "" they are.
    std::string renew(Kind kind = Kind::renew)
    {
        std::string problem = "the loop ended";
        net::Loop loop{net::Env::real()};
        loop.spawn("renew", run_renew(kind, problem));
        loop.run();
        return problem;
    }

    filters::Scanned scan(std::string_view text, filters::Circumstances circumstances = {})
    {
        std::optional<filters::Scanned> result;
        net::Loop loop{net::Env::real()};
        const auto message = mail::Message::from_text(text);
        loop.spawn("scan", run(message, result, std::move(circumstances)));
        loop.run();
        if (!result)
            throw std::runtime_error{"not scanned"};
        return std::move(*result);
    }
    std::optional<filters::Scanner> scanner;

private:
    net::awaitable<void> run(const mail::Message& message, std::optional<filters::Scanned>& result,
                             filters::Circumstances circumstances = {})
    {
        auto scanned = co_await scanner->scan(message, std::move(circumstances));
        result = std::move(scanned);
    }
    net::awaitable<void> run_renew(Kind kind, std::string& problem)
    {
        const auto renewed
            = co_await (kind == Kind::renew ? scanner->renew(2) : scanner->refresh());
        problem = renewed ? "" : renewed.error();
    }
    pid_t process_ = -1;
    int socket_ = -1;
};
