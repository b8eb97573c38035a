// SPDX-License-Identifier: Apache-2.0
#include "gateway/supervisor.hpp"

#include "gateway/channel.hpp"
#include "gateway/net/notify.hpp"
#include "gateway/passed_sockets.hpp"

#include <spdlog/spdlog.h>

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <ctime>
#include <system_error>

namespace app {
using namespace std::chrono_literals;

namespace {
constexpr auto drain_limit = 65s; ///< the gate's own limit is 60 s
constexpr const char* web_user = "mailweir-web";

sigset_t handled_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT, SIGCHLD})
        sigaddset(&set, signal);
    return set;
}

/// systemd wants to know since when (sd_notify(3)).
void notify_reloading()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    net::notify_service_manager("RELOADING=1\nMONOTONIC_USEC="
                                + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

/// Each connection is a descriptor; the default of 1,024 is for programs with few.
void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}
}

Supervisor::Supervisor(ConfigurationSource source, Configuration configuration, Role gate,
                       Role scan, Role web)
    : source_{std::move(source)}, configuration_{std::move(configuration)},
      children_{{{.name = "gate", .role = std::move(gate)},
                 {.name = "scan role", .role = std::move(scan)},
                 {.name = "web role", .role = std::move(web)}}}
{ }

Supervisor::~Supervisor()
{
    for (const int descriptor : {lock_, signals_, gate_.channel, scan_.channel, web_.channel,
                                 gate_.scan_requests, scan_.scan_requests})
        if (descriptor >= 0)
            ::close(descriptor);
}

std::expected<void, std::string> Supervisor::prepare()
{
    account_ = account_to_become(configuration_.user);
    auto lock = take_data_directory(configuration_.data, account_);
    if (!lock)
        return std::unexpected{lock.error()};
    lock_ = *lock;
    Doors none;
    auto doors = Doors::open(configuration_, none);
    if (!doors)
        return std::unexpected{doors.error()};
    doors_ = std::move(*doors);
    for (const auto& address : passed_sockets().unused())
        spdlog::warn(
            "the service manager listens on {}, and no listener here has that address: who "
            "connects there waits in vain",
            address);
    int pair[2];
    if (scan_.role) {
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
            return std::unexpected{std::string{"socketpair: "} + std::strerror(errno)};
        gate_.scan_requests = pair[0];
        scan_.scan_requests = pair[1];
    }
    if (!doors_.why_no_web().empty())
        spdlog::warn("no pages: {}; `web: {{ address: ... }}` says where else",
                     doors_.why_no_web());
    return give_local_sockets();
}

std::optional<Account> Supervisor::web_account() const
{
    const auto own = account_ ? account_to_become(web_user) : std::nullopt;
    return own ? own : account_;
}

std::expected<void, std::string> Supervisor::give_local_sockets()
{
    const auto give = [](const std::string& socket, uid_t user,
                         gid_t group) -> std::expected<void, std::string> {
        if (::chown(socket.c_str(), user, group) != 0)
            return std::unexpected{socket + ": " + std::strerror(errno)};
        return {};
    };
    if (!account_)
        return {};
    const auto given
        = give(control_socket_of(configuration_.data), account_->user, account_->group);
    if (!given)
        return given;
    // Mode 0660: the web role writes to it as a member of its group.
    return give(web_socket_of(configuration_.data), account_->user, web_account()->group);
}

int Supervisor::run()
{
    raise_descriptor_limit();
    ::umask(0077); // mail is nobody else's business
    ::signal(SIGPIPE, SIG_IGN);
    const auto signals = handled_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (const auto prepared = prepare(); !prepared) {
        spdlog::critical("cannot start: {}", prepared.error());
        return 1;
    }
    beat_at_ = Clock::now();
    start(gate_);
    if (scan_.role)
        start(scan_);
    renew_web();
    while (!exit_code_)
        turn();
    end_others();
    ::unlink(control_socket_of(configuration_.data).c_str());
    ::unlink(web_socket_of(configuration_.data).c_str());
    return *exit_code_;
}

void Supervisor::turn()
{
    // Those below zero are passed over.
    pollfd watched[4] = {{signals_, POLLIN, 0},
                         {gate_.channel, POLLIN, 0},
                         {scan_.channel, POLLIN, 0},
                         {web_.channel, POLLIN, 0}};
    if (::poll(watched, 4, wait_milliseconds()) < 0 && errno != EINTR)
        throw std::system_error{errno, std::generic_category(), "poll"};
    for (std::size_t i = 0; i < children_.size(); ++i)
        if (watched[i + 1].revents != 0)
            take_tellings(children_[i]);
    if (watched[0].revents != 0)
        take_signal();
    look_at_clock();
}

void Supervisor::take_signal()
{
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == sizeof info)
        switch (static_cast<int>(info.ssi_signo)) {
        case SIGCHLD:
            reap();
            break;
        case SIGHUP:
            if (gate_.process > 0)
                ::kill(gate_.process, SIGHUP);
            break;
        default:
            stop(static_cast<int>(info.ssi_signo));
            break;
        }
}

void Supervisor::stop(int signal)
{
    // A second ^C means now.
    const bool is_hurried = is_stopping_ && signal == SIGINT;
    is_stopping_ = true;
    gate_.start_at.reset();
    net::notify_service_manager("STOPPING=1");
    if (gate_.process < 0)
        exit_code_ = 0;
    else if (is_hurried)
        ::kill(gate_.process, SIGKILL);
    else {
        ::kill(gate_.process, SIGTERM);
        kill_at_ = Clock::now() + drain_limit;
    }
}

void Supervisor::take_restart()
{
    const auto replaced = replace_gate();
    if (!replaced)
        spdlog::error("nothing was restarted: {}", replaced.error());
    answer(gate_.channel, replaced);
}

/// What the gate reloaded is read here too: the next one starts with it, after a crash as well.
void Supervisor::adopt_configuration()
{
    auto next = load_configuration(source_);
    if (next && next->fixed_part() == configuration_.fixed_part()) {
        configuration_ = std::move(*next);
        if (configuration_.web_part() != web_part_)
            renew_web();
    } else
        spdlog::warn("the configuration changed again behind the reload; a gate that has to be "
                     "started anew has the one before it");
}

void Supervisor::take_tellings(Child& child)
{
    char octet = 0;
    ssize_t size = 0;
    while ((size = ::recv(child.channel, &octet, 1, MSG_DONTWAIT)) == 1)
        if (static_cast<Tell>(octet) == Tell::heartbeat) {
            child.beaten_at = Clock::now();
            child.doubted_until.reset();
        } else if (&child == &gate_) {
            take_telling_of_gate(octet);
        }
    if (size == 0)
        ::close(std::exchange(child.channel, -1));
}

void Supervisor::take_telling_of_gate(char octet)
{
    switch (static_cast<Tell>(octet)) {
    case Tell::ready:
        gate_.was_ready = true;
        net::notify_service_manager("READY=1");
        break;
    case Tell::working:
        // It may take longer than a start is given; it is told again and again.
        net::notify_service_manager("EXTEND_TIMEOUT_USEC=600000000");
        break;
    case Tell::reloading:
        notify_reloading();
        break;
    case Tell::reloaded:
        net::notify_service_manager("READY=1");
        break;
    case Tell::adopted:
        adopt_configuration();
        break;
    case Tell::restart:
        take_restart();
        break;
    case Tell::heartbeat:
        break;
    }
}

std::expected<int, std::string> Supervisor::lock_of(const Configuration& next)
{
    if (next.data == configuration_.data)
        return -1;
    auto taken = take_data_directory(next.data, account_);
    if (!taken)
        return std::unexpected{"cannot change the data directory: " + taken.error()};
    return taken;
}

std::expected<void, std::string> Supervisor::replace_gate()
{
    auto next = load_configuration(source_);
    if (!next)
        return std::unexpected{"the configuration changed once more and is wrong now"};
    // The store's files belong to the old user, and only the administrator knows whether to give
    // them away.
    if (next->user != configuration_.user)
        return std::unexpected{"changing \"user\" needs a restart of mailweir, when the files in "
                               + next->data + " belong to the new user"};
    const auto lock = lock_of(*next);
    if (!lock)
        return std::unexpected{lock.error()};
    auto doors = Doors::open(*next, doors_);
    if (!doors) {
        if (*lock >= 0)
            ::close(*lock);
        return std::unexpected{"cannot listen as configured: " + doors.error()};
    }
    doors_ = std::move(*doors);
    if (*lock >= 0)
        ::close(std::exchange(lock_, *lock));
    configuration_ = std::move(*next);
    if (const auto given = give_local_sockets(); !given)
        spdlog::error("the local sockets are not the gate's: {}", given.error());
    gate_.is_replaced = true;
    ::kill(gate_.process, SIGTERM);
    kill_at_ = Clock::now() + drain_limit;
    return {};
}
}
