// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd.hpp"

namespace filters {
namespace {
using net::awaitable;
constexpr std::chrono::seconds ping_limit{2};
}

std::expected<ClamdAddress, std::string> ClamdAddress::parse(std::string_view text)
{
    ClamdAddress address;
    if (text.starts_with('/')) {
        constexpr std::size_t longest_path = 107;
        if (text.size() > longest_path)
            return std::unexpected{"the path of a socket has at most 107 octets"};
        address.path = text;
        return address;
    }
    const auto colon = text.rfind(':');
    const auto port = colon == text.npos ? std::nullopt : net::parse_port(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (!port || *port == 0 || host.empty())
        return std::unexpected{"\"" + std::string{text}
                               + "\" is neither a socket's path nor HOST:PORT"};
    address.host = host;
    address.port = *port;
    return address;
}

Clamds::Clamds(std::vector<Server> servers, Limits limits, Services& services)
    : servers_{std::move(servers)}, limits_{limits}, services_{services},
      env_{services.env ? *services.env : net::Env::real()}
{ }

awaitable<net::Stream> Clamds::connect(const ClamdAddress& address) const
{
    if (!address.path.empty())
        co_return net::Stream::connect_local(address.path);
    std::vector<net::Endpoint> endpoints;
    if (const auto literal = net::parse_address(address.host, address.port))
        endpoints.push_back(*literal);
    else if (services_.resolver)
        endpoints = co_await services_.resolver->addresses(address.host, address.port);
    std::string why = "its name has no address";
    for (const auto& endpoint : endpoints) {
        try {
            co_return co_await net::Stream::connect(endpoint, limits_.connect);
        } catch (const net::TimedOut& late) {
            why = late.what();
        } catch (const net::ConnectionLost& lost) {
            why = lost.what();
        }
    }
    throw net::ConnectionLost{why};
}

awaitable<ClamdAnswer> Clamds::ask(const Server& server, Subject subject) const
{
    ClamdSession session{co_await connect(server.address), limits_.reply};
    auto answer = co_await session.scan(subject.message);
    for (const auto& octets : subject.others)
        if (answer.kind == ClamdAnswer::Kind::clean)
            answer = co_await session.scan(std::string_view{octets.data(), octets.size()});
    session.close();
    co_return answer;
}

awaitable<ClamdAnswer> Clamds::scan(Subject subject) const
{
    ClamdAnswer last{ClamdAnswer::Kind::unavailable, "no clamd is asked at present"};
    std::vector<const Server*> asked;
    for (const auto& server : servers_)
        if (server.state->may_ask(env_.now()))
            asked.push_back(&server);
    if (asked.empty())
        for (const auto& server : servers_) {
            last.text = server.name + ": " + server.state->report().problem;
            if (!server.state->is_slow())
                asked.push_back(&server);
        }
    for (const auto* server : asked) {
        bool was_slow = false;
        try {
            auto answer = co_await ask(*server, subject);
            if (answer.kind != ClamdAnswer::Kind::unavailable) {
                server->state->answered(answer);
                server->state->heard(env_.now());
                co_return answer;
            }
            last.text = std::move(answer.text);
        } catch (const net::TimedOut&) {
            last.text = "timed out";
            was_slow = true;
        } catch (const net::ConnectionLost& lost) {
            last.text = lost.what();
        }
        server->state->failed(last.text, was_slow, env_.now());
        last.text = server->name + ": " + last.text;
    }
    co_return last;
}

awaitable<void> Clamds::ping(const Server& server) const
{
    std::string problem;
    try {
        auto stream = co_await connect(server.address);
        problem = co_await ping_clamd(std::move(stream), ping_limit);
    } catch (const net::TimedOut& late) {
        problem = late.what();
    } catch (const net::ConnectionLost& lost) {
        problem = lost.what();
    }
    if (problem.empty())
        server.state->heard(env_.now());
    else
        server.state->failed(std::move(problem), false, env_.now());
}

awaitable<void> Clamds::look() const
{
    std::vector<awaitable<void>> pings;
    for (const auto& server : servers_)
        if (server.state->is_stale(env_.now()))
            pings.push_back(ping(server));
    if (!pings.empty())
        co_await net::all(std::move(pings));
}

std::shared_ptr<ClamdStates> ClamdStates::of(Services& services)
{
    auto& kept = services.kept("clamds");
    if (!kept)
        kept = std::make_shared<ClamdStates>();
    return std::static_pointer_cast<ClamdStates>(kept);
}

std::shared_ptr<ClamdState> ClamdStates::state(const std::string& server)
{
    const std::lock_guard lock{mutex_};
    auto& state = states_[server];
    if (!state)
        state = std::make_shared<ClamdState>();
    return state;
}

std::vector<ClamdState::Report> ClamdStates::reports() const
{
    const std::lock_guard lock{mutex_};
    std::vector<ClamdState::Report> reports;
    for (const auto& [name, state] : states_)
        if (state.use_count() > 1) {
            reports.push_back(state->report());
            reports.back().server = name;
        }
    return reports;
}
}
