// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/build.hpp"
#include "filters/policy_document.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/smtp/pool.hpp"
#include "gateway/smtp/queue_runner.hpp"
#include "gateway/smtp/session.hpp"
#include "gateway/smtp/verification.hpp"

#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace test {
/// A gateway without its process: the real session, filters and store on one loop, a clock that a
/// test owns, and an internal server whose side of the conversation the test speaks.
inline smtp::ListenerSettings named(std::string name)
{
    smtp::ListenerSettings listener;
    listener.name = std::move(name);
    return listener;
}

class GatewayUnderTest {
public:
    struct Options {
        std::string policy = "layers: [lists, recipients, headers]\n";
        smtp::RecipientSource::Kind recipients = smtp::RecipientSource::Kind::any;
        smtp::Protocol protocol = smtp::Protocol::smtp;
        smtp::Limits limits = {};
        smtp::ListenerSettings listener = named("mx");
        std::uint16_t next_hop_port = 0; ///< 0: the test speaks for the internal server
        std::string contact = {}; ///< for refusals
        std::uint16_t outbound_port = 0; ///< 0: mail to other domains has no route
        std::string detail = {}; ///< characters that begin one
    };

    explicit GatewayUnderTest(Options options)
        : directory_{
              std::filesystem::temp_directory_path()
              / ("mailweir-test-" + std::to_string(::getpid()) + "-" + std::to_string(++counter_))}
    {
        open_storage();
        auto opened = net::open_tcp_listener("127.0.0.1:0");
        next_hop_door_ = opened.value();
        services.env = &env;
        services.pool = &pool;
        services.resolver = &resolver;
        services.lists = storage.lists.get();
        services.ledgers = storage.ledgers.get();
        services.recipients = &verifier;
        services.is_own_domain = [](const mail::Domain& d) { return d.ascii() == "example.test"; };
        fill_context();
        context.replace(make_snapshot(std::move(options)));
        next_hops_.bind();
        door_ = std::make_unique<net::Listener>(loop, next_hop_door_,
                                                [this](int fd, const net::Endpoint&) {
                                                    connections_.emplace_back(loop, fd);
                                                    arrived_.set();
                                                });
        door_->start();
    }
    ~GatewayUnderTest()
    {
        door_.reset();
        ::close(next_hop_door_);
        storage.ledgers->write({}); // while there is a folder to write to
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    /// Starts a session and returns the client's end of its connection.
    net::Stream connect(std::string client = "192.0.2.1")
    {
        auto [ours, theirs] = net::stream_pair(loop);
        mail::Client who;
        who.ip = mail::Ip::parse(client).value();
        smtp::place_client(who, context.snapshot()->settings.listeners.front());
        loop.spawn("session", serve(std::move(ours), std::move(who)));
        return std::move(theirs);
    }
    const std::filesystem::path& directory() const { return directory_; }
    /// The next connection the gateway makes to its internal server.
    net::awaitable<net::Stream> next_hop_connection()
    {
        if (connections_.empty())
            co_await arrived_.wait();
        arrived_ = net::Event{};
        net::Stream stream = std::move(connections_.front());
        connections_.erase(connections_.begin());
        co_return stream;
    }

private:
    void open_storage()
    {
        storage::Settings settings;
        settings.directory = directory_.string();
        auto opened = storage::open(settings, env);
        if (!opened)
            throw std::runtime_error{opened.error()};
        storage = std::move(*opened);
    }
    void fill_context()
    {
        context.env = &env;
        context.store = storage.store.get();
        context.history = storage.history.get();
        context.lists = storage.lists.get();
        context.audit = storage.audit.get();
        context.dedupe = storage.dedupe.get();
        context.services = &services;
        context.resolver = &resolver;
        context.pool = &pool;
        context.directories = &directories;
        context.ids = &ids;
        context.secret = storage.secret;
        context.data_directory = directory_.string();
    }
    smtp::SnapshotPointer make_snapshot(Options options)
    {
        auto snapshot = std::make_shared<smtp::Snapshot>();
        auto& settings = snapshot->settings;
        settings.hostname = "mx.example.test";
        settings.limits = options.limits;
        settings.contact = options.contact;
        settings.listeners.push_back(options.listener);
        auto route = std::make_shared<smtp::Route>();
        route->name = "example.test";
        route->protocol = options.protocol;
        const auto own_port = net::bound_address(next_hop_door_).port;
        route->next_hops.push_back(
            {"127.0.0.1", options.next_hop_port ? options.next_hop_port : own_port});
        if (options.outbound_port) {
            auto outbound = std::make_shared<smtp::Route>();
            outbound->name = "outbound";
            outbound->next_hops.push_back({"127.0.0.1", options.outbound_port});
            settings.outbound = outbound;
        }
        const auto domain = mail::Domain::parse("example.test").value();
        settings.domains.emplace(domain.ascii(),
                                 smtp::DomainSettings{domain, route, {options.recipients, {}}});
        settings.domains.begin()->second.detail = options.detail;
        settings.has_aliases = !options.detail.empty();
        auto policy = filters::parse_policy(options.policy, "test.yaml");
        if (!policy)
            throw std::runtime_error{policy.error().front().to_string()};
        snapshot->policy = std::move(*policy);
        auto chain = filters::build_chain(snapshot->policy, {}, services);
        if (!chain)
            throw std::runtime_error{chain.error().front().to_string()};
        snapshot->chain = std::move(*chain);
        return snapshot;
    }
    net::awaitable<void> serve(net::Stream stream, mail::Client who)
    {
        smtp::Session session{std::move(stream), context,
                              context.snapshot()->settings.listeners.front().name, std::move(who)};
        co_await session.run();
    }

    static inline std::atomic<unsigned> counter_{0};
    std::filesystem::path directory_;

public:
    net::TestEnv env;
    net::WorkerPool pool{2};
    net::Resolver resolver{pool};
    net::LdapDirectories directories;
    storage::Storage storage;
    filters::Services services;
    smtp::Context context;
    mail::IdSource ids;
    smtp::Verifier verifier{context};
    net::Loop loop{env};

private:
    int next_hop_door_ = -1;
    smtp::Pool next_hops_{loop, context};
    std::unique_ptr<net::Listener> door_;
    std::vector<net::Stream> connections_;
    net::Event arrived_;
};
}
