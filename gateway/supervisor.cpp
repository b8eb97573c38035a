// SPDX-License-Identifier: Apache-2.0
#include "gateway/supervisor.hpp"

#include "gateway/channel.hpp"
#include "gateway/net/notify.hpp"

#include <spdlog/spdlog.h>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <system_error>

namespace app {
using namespace std::chrono_literals;

namespace {
constexpr std::chrono::milliseconds first_pause{100}, longest_pause{5000};
constexpr auto settled_after = 60s; ///< a role that lived this long starts again at once
constexpr auto drain_limit = 65s; ///< the gate's own limit is 60 s
/// A gate that is late has this long to speak up: when the machine was paused, all were late.
constexpr auto hang_grace = 10s;

sigset_t handled_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGTERM, SIGINT, SIGCHLD})
        sigaddset(&set, signal);
    return set;
}

std::string death_of(int status)
{
    if (WIFSIGNALED(status))
        return std::string{"killed by signal "} + std::to_string(WTERMSIG(status)) + " ("
            + strsignal(WTERMSIG(status)) + ")";
    return "ended with code " + std::to_string(WEXITSTATUS(status));
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

Supervisor::Supervisor(ConfigurationSource source, Configuration configuration, Role gate)
    : source_{std::move(source)}, configuration_{std::move(configuration)}, role_{std::move(gate)}
{ }

Supervisor::~Supervisor()
{
    for (const int descriptor : {lock_, signals_, child_.channel})
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
    return give_control_socket();
}

std::expected<void, std::string> Supervisor::give_control_socket()
{
    const auto socket = control_socket_of(configuration_.data);
    if (account_ && ::chown(socket.c_str(), account_->user, account_->group) != 0)
        return std::unexpected{socket + ": " + std::strerror(errno)};
    return {};
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
    start_child();
    while (!exit_code_)
        turn();
    ::unlink(control_socket_of(configuration_.data).c_str());
    return *exit_code_;
}

void Supervisor::start_child()
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        spdlog::error("cannot start the gate: {}", std::strerror(errno));
        child_.start_at = Clock::now() + longest_pause;
        return;
    }
    const pid_t parent = ::getpid();
    const pid_t process = ::fork();
    if (process == 0) {
        ::close(pair[0]);
        live_as_child(pair[1], parent);
    }
    ::close(pair[1]);
    if (process < 0) {
        spdlog::error("cannot start the gate: fork: {}", std::strerror(errno));
        ::close(pair[0]);
        child_.start_at = Clock::now() + longest_pause;
        return;
    }
    child_ = {process, pair[0], child_.was_ready, Clock::now(), child_.pause, {}, false, {}, {}};
    kill_at_.reset();
}

void Supervisor::live_as_child(int channel, pid_t parent)
{
    ::close(std::exchange(signals_, -1));
    if (account_)
        if (const auto became = become(*account_); !became) {
            spdlog::critical("cannot become {}: {}", account_->name, became.error());
            std::_Exit(4);
        }
    // After the change of user, which clears it. Nobody may stay behind without a supervisor.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        std::_Exit(1);
    std::exit(role_({source_, configuration_, doors_, channel}));
}

std::optional<Supervisor::Clock::time_point> Supervisor::hung_at() const
{
    // One that drains has a limit of its own, and beats no more.
    if (!child_.beaten_at || child_.process < 0 || kill_at_ || child_.is_replaced)
        return {};
    return child_.doubted_until.value_or(*child_.beaten_at + configuration_.hung_after);
}

int Supervisor::wait_milliseconds() const
{
    std::optional<Clock::time_point> next = child_.start_at;
    for (const auto& other : {kill_at_, hung_at()})
        if (other && (!next || *other < *next))
            next = other;
    if (!next)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void Supervisor::turn()
{
    pollfd watched[2] = {{signals_, POLLIN, 0}, {child_.channel, POLLIN, 0}};
    if (::poll(watched, child_.channel >= 0 ? 2 : 1, wait_milliseconds()) < 0 && errno != EINTR)
        throw std::system_error{errno, std::generic_category(), "poll"};
    if (watched[1].revents != 0)
        take_tellings();
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
            if (child_.process > 0)
                ::kill(child_.process, SIGHUP);
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
    child_.start_at.reset();
    net::notify_service_manager("STOPPING=1");
    if (child_.process < 0)
        exit_code_ = 0;
    else if (is_hurried)
        ::kill(child_.process, SIGKILL);
    else {
        ::kill(child_.process, SIGTERM);
        kill_at_ = Clock::now() + drain_limit;
    }
}

void Supervisor::take_restart()
{
    const auto replaced = replace_child();
    if (!replaced)
        spdlog::error("nothing was restarted: {}", replaced.error());
    answer(child_.channel, replaced);
}

/// What the gate reloaded is read here too: the next one starts with it, after a crash as well.
void Supervisor::adopt_configuration()
{
    auto next = load_configuration(source_);
    if (next && next->fixed_part() == configuration_.fixed_part())
        configuration_ = std::move(*next);
    else
        spdlog::warn("the configuration changed again behind the reload; a gate that has to be "
                     "started anew has the one before it");
}

void Supervisor::take_tellings()
{
    char octet = 0;
    ssize_t size = 0;
    while ((size = ::recv(child_.channel, &octet, 1, MSG_DONTWAIT)) == 1)
        switch (static_cast<Tell>(octet)) {
        case Tell::ready:
            child_.was_ready = true;
            net::notify_service_manager("READY=1");
            break;
        case Tell::heartbeat:
            child_.beaten_at = Clock::now();
            child_.doubted_until.reset();
            net::notify_service_manager("WATCHDOG=1");
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
        }
    if (size == 0)
        ::close(std::exchange(child_.channel, -1));
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

std::expected<void, std::string> Supervisor::replace_child()
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
    if (const auto given = give_control_socket(); !given)
        spdlog::error("the control socket is not the gate's: {}", given.error());
    child_.is_replaced = true;
    ::kill(child_.process, SIGTERM);
    kill_at_ = Clock::now() + drain_limit;
    return {};
}

void Supervisor::reap()
{
    int status = 0;
    pid_t process = 0;
    while ((process = ::waitpid(-1, &status, WNOHANG)) > 0)
        if (process == child_.process)
            bury(status);
}

void Supervisor::bury(int status)
{
    if (child_.channel >= 0)
        take_tellings(); // its last words
    if (child_.channel >= 0)
        ::close(std::exchange(child_.channel, -1));
    child_.process = -1;
    kill_at_.reset();
    if (is_stopping_) {
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            spdlog::error("the gate did not end in order: {}", death_of(status));
        exit_code_ = 0;
        return;
    }
    if (child_.is_replaced) {
        child_.start_at = Clock::now();
        return;
    }
    if (!child_.was_ready && WIFEXITED(status)) {
        exit_code_ = WEXITSTATUS(status) == 0 ? 1 : WEXITSTATUS(status);
        return;
    }
    if (Clock::now() - child_.started > settled_after)
        child_.pause = first_pause;
    spdlog::error("the gate was {}; starting it again in {} ms", death_of(status),
                  child_.pause.count());
    child_.start_at = Clock::now() + child_.pause;
    child_.pause = std::min<std::chrono::milliseconds>(child_.pause * 2, longest_pause);
}

void Supervisor::look_at_clock()
{
    const auto now = Clock::now();
    if (kill_at_ && now >= *kill_at_ && child_.process > 0) {
        spdlog::error("the gate did not drain in time and is ended");
        ::kill(child_.process, SIGKILL);
        kill_at_.reset();
    }
    const auto hung = hung_at();
    if (hung && now >= *hung && !child_.doubted_until) {
        child_.doubted_until = now + hang_grace;
    } else if (hung && now >= *hung) {
        spdlog::error("the gate hangs: no sign of life for {} s; it is ended and started again",
                      std::chrono::floor<std::chrono::seconds>(now - *child_.beaten_at).count());
        ::kill(child_.process, SIGKILL);
        child_.beaten_at.reset();
        child_.doubted_until.reset();
    }
    if (child_.start_at && now >= *child_.start_at && !is_stopping_) {
        child_.start_at.reset();
        start_child();
    }
}
}
