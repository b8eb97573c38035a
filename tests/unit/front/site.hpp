// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/endpoint.hpp"
#include "gateway/net/listener.hpp"
#include "tests/support/loop.hpp"
#include "web/front/front.hpp"

#include <filesystem>
#include <unistd.h>

using net::awaitable;
using net::HttpRequest;
using net::HttpResponse;

/// A front, and the gate it asks: one that remembers what it heard and answers as it is told.
struct Site {
    explicit Site(net::Env& env = net::Env::real())
        : loop{env}, path{std::filesystem::temp_directory_path()
                          / ("front_test_" + std::to_string(::getpid()) + "_"
                             + std::to_string(++made) + ".sock")},
          descriptor{*net::open_local_listener(path)},
          gate{std::make_unique<net::HttpServer>(
              loop, descriptor, [this](HttpRequest request) { return reply(std::move(request)); })}
    {
        gate->start();
        front.emplace(front::Settings{
            .hostname = "mx.example",
            .gate = path,
            .allow = {*mail::Network::parse("127.0.0.0/8")},
            .digest_allow = {},
            .proxies = {},
            .contact = {"https://help.example/?a=1&b=2", "123", "Ask <us>.", "ヘルプデスクへ"}});
    }
    ~Site()
    {
        close_gate();
        std::filesystem::remove(path);
    }
    void close_gate()
    {
        gate.reset();
        if (descriptor >= 0)
            ::close(std::exchange(descriptor, -1));
    }
    awaitable<HttpResponse> reply(HttpRequest request)
    {
        const auto route
            = request.method + " " + request.target.substr(0, request.target.find('?'));
        heard.push_back(std::move(request));
        co_await net::yield();
        if (const auto delay = delays.find(route); delay != delays.end())
            co_await net::sleep(delay->second);
        const auto own = answers.find(route);
        co_return own == answers.end() ? answer : own->second;
    }
    static awaitable<void> ask(Site& site, HttpRequest request, HttpResponse& response)
    {
        response = co_await site.front->answer(std::move(request));
        if (const auto more = response.more)
            for (auto piece = co_await more(); !piece.empty(); piece = co_await more())
                response.body += piece;
        site.gate->stop();
    }
    HttpResponse get(std::string target, std::map<std::string, std::string> headers = {},
                     std::string method = "GET", std::string body = {},
                     std::string_view from = "127.0.0.1")
    {
        headers.try_emplace("host", "mx.example");
        HttpResponse response;
        HttpRequest request{.method = std::move(method),
                            .target = std::move(target),
                            .headers = std::move(headers),
                            .body = std::move(body),
                            .peer = *net::parse_address(from, 4711)};
        support::run(loop, ask(*this, std::move(request), response));
        return response;
    }
    HttpResponse post(std::string target, std::string form,
                      std::map<std::string, std::string> headers = {})
    {
        return get(std::move(target), std::move(headers), "POST", std::move(form));
    }

    static inline int made = 0;
    net::Loop loop;
    std::string path;
    int descriptor;
    std::vector<HttpRequest> heard;
    HttpResponse answer{.body = "{}"};
    std::map<std::string, HttpResponse> answers; ///< "GET /path" → instead of `answer`
    std::map<std::string, std::chrono::milliseconds> delays; ///< how long that takes
    std::unique_ptr<net::HttpServer> gate;
    std::optional<front::Front> front;
};

inline const std::map<std::string, std::string> signed_in{{"cookie", "mailweir=s_token"}};
