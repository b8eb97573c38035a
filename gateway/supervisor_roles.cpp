// SPDX-License-Identifier: Apache-2.0
// How the supervisor starts its roles, sees them hang, buries them and starts them again.
#include "gateway/supervisor.hpp"

#include "gateway/net/notify.hpp"

#include <spdlog/spdlog.h>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace app {
using namespace std::chrono_literals;

namespace {
constexpr std::chrono::milliseconds first_pause{100}, longest_pause{5000};
constexpr auto settled_after = 60s; ///< a role that lived this long starts again at once
/// One that is late has this long to speak up: when the machine was paused, all were late.
constexpr auto hang_grace = 10s;
constexpr auto certificate_look = 10s;

std::string death_of(int status)
{
    if (WIFSIGNALED(status))
        return std::string{"killed by signal "} + std::to_string(WTERMSIG(status)) + " ("
            + strsignal(WTERMSIG(status)) + ")";
    return "ended with code " + std::to_string(WEXITSTATUS(status));
}
}

void Supervisor::start(Child& child)
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        spdlog::error("cannot start the {}: {}", child.name, std::strerror(errno));
        child.start_at = Clock::now() + longest_pause;
        return;
    }
    const pid_t parent = ::getpid();
    const pid_t process = ::fork();
    if (process == 0) {
        ::close(pair[0]);
        live_as(child, pair[1], parent);
    }
    ::close(pair[1]);
    if (process < 0) {
        spdlog::error("cannot start the {}: fork: {}", child.name, std::strerror(errno));
        ::close(pair[0]);
        child.start_at = Clock::now() + longest_pause;
        return;
    }
    child.process = process;
    child.channel = pair[0];
    child.started = Clock::now();
    child.is_replaced = false;
    child.beaten_at.reset();
    child.doubted_until.reset();
    if (&child == &gate_)
        kill_at_.reset();
}

void Supervisor::live_as(const Child& child, int channel, pid_t parent)
{
    ::close(std::exchange(signals_, -1));
    for (const Child& other : children_)
        for (const int descriptor : {other.channel, other.scan_requests})
            if (&other != &child && descriptor >= 0)
                ::close(descriptor);
    const bool becomes_itself = &child == &web_;
    if (account_ && !becomes_itself)
        if (const auto became = become(*account_); !became) {
            spdlog::critical("cannot become {}: {}", account_->name, became.error());
            std::_Exit(4);
        }
    // After the change of user, which clears it. Nobody may stay behind without a supervisor.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        std::_Exit(1);
    std::exit(child.role({source_, configuration_, doors_, channel, child.scan_requests,
                          becomes_itself ? web_account() : std::nullopt}));
}

std::optional<Supervisor::Clock::time_point> Supervisor::hung_at(const Child& child) const
{
    // One that drains has a limit of its own, and beats no more.
    const bool is_draining = &child == &gate_ && kill_at_;
    if (!child.beaten_at || child.process < 0 || is_draining)
        return {};
    return child.doubted_until.value_or(*child.beaten_at + configuration_.hung_after);
}

int Supervisor::wait_milliseconds() const
{
    auto next = beat_at_;
    if (kill_at_ && (!next || *kill_at_ < *next))
        next = kill_at_;
    if (look_at_certificate_at_ && (!next || *look_at_certificate_at_ < *next))
        next = look_at_certificate_at_;
    for (const auto& child : children_)
        for (const auto& other : {child.start_at, hung_at(child)})
            if (other && (!next || *other < *next))
                next = other;
    if (!next)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void Supervisor::reap()
{
    int status = 0;
    pid_t process = 0;
    while ((process = ::waitpid(-1, &status, WNOHANG)) > 0)
        for (auto& child : children_)
            if (process == child.process)
                bury(child, status);
}

void Supervisor::bury(Child& child, int status)
{
    if (child.channel >= 0)
        take_tellings(child); // its last words
    if (child.channel >= 0)
        ::close(std::exchange(child.channel, -1));
    child.process = -1;
    if (&child == &gate_ && was_last(status))
        return;
    if (&child == &web_ && doors_.web() < 0)
        return;
    if (child.is_replaced) {
        child.start_at = Clock::now();
        return;
    }
    if (Clock::now() - child.started > settled_after)
        child.pause = first_pause;
    spdlog::error("the {} was {}; starting it again in {} ms", child.name, death_of(status),
                  child.pause.count());
    child.start_at = Clock::now() + child.pause;
    child.pause = std::min<std::chrono::milliseconds>(child.pause * 2, longest_pause);
}

bool Supervisor::was_last(int status)
{
    kill_at_.reset();
    if (is_stopping_) {
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            spdlog::error("the gate did not end in order: {}", death_of(status));
        exit_code_ = 0;
        return true;
    }
    if (gate_.is_replaced && scan_.process > 0) {
        // Nobody needs the old one any more, and the next shall have the next one's configuration.
        scan_.is_replaced = true;
        ::kill(scan_.process, SIGKILL);
    }
    if (gate_.is_replaced)
        renew_web();
    if (gate_.is_replaced || gate_.was_ready || !WIFEXITED(status))
        return false;
    exit_code_ = WEXITSTATUS(status) == 0 ? 1 : WEXITSTATUS(status);
    return true;
}

void Supervisor::renew_web()
{
    web_part_ = configuration_.web_part();
    look_at_certificate_at_.reset();
    if (!configuration_.web.certificates.empty())
        look_at_certificate_at_ = Clock::now() + certificate_look;
    if (!web_.role || doors_.web() < 0) {
        web_.start_at.reset();
        if (web_.process > 0)
            ::kill(web_.process, SIGKILL);
        return;
    }
    if (web_.process < 0) {
        web_.start_at.reset();
        start(web_);
        return;
    }
    web_.is_replaced = true;
    ::kill(web_.process, SIGTERM);
}

void Supervisor::look_at_certificate(Clock::time_point now)
{
    if (!look_at_certificate_at_ || now < *look_at_certificate_at_)
        return;
    look_at_certificate_at_ = now + certificate_look;
    if (is_stopping_ || configuration_.web_part() == web_part_)
        return;
    spdlog::info("the pages' certificate has changed");
    renew_web();
}

/// They keep nothing that could be lost, and the scan role's workers go with it.
void Supervisor::end_others()
{
    for (const Child* child : {&scan_, &web_}) {
        if (child->process < 0)
            continue;
        ::kill(child->process, SIGKILL);
        ::waitpid(child->process, nullptr, 0);
    }
}

void Supervisor::look_for_hung(Child& child, Clock::time_point now)
{
    const auto hung = hung_at(child);
    if (!hung || now < *hung)
        return;
    if (!child.doubted_until) {
        child.doubted_until = now + hang_grace;
        return;
    }
    spdlog::error("the {} hangs: no sign of life for {} s; it is ended and started again",
                  child.name,
                  std::chrono::floor<std::chrono::seconds>(now - *child.beaten_at).count());
    ::kill(child.process, SIGKILL);
    child.beaten_at.reset();
    child.doubted_until.reset();
}

/// Ours, not the gate's: one that starts, drains or hangs is our business.
void Supervisor::beat(Clock::time_point now)
{
    if (!beat_at_ || now < *beat_at_)
        return;
    const char* wanted = std::getenv("WATCHDOG_USEC");
    const auto within = std::chrono::microseconds{wanted != nullptr ? std::atoll(wanted) : 0};
    beat_at_.reset();
    if (within.count() <= 0)
        return;
    net::notify_service_manager("WATCHDOG=1");
    beat_at_ = now + within / 3;
}

void Supervisor::look_at_clock()
{
    const auto now = Clock::now();
    beat(now);
    if (kill_at_ && now >= *kill_at_ && gate_.process > 0) {
        spdlog::error("the gate did not drain in time and is ended");
        ::kill(gate_.process, SIGKILL);
        kill_at_.reset();
    }
    look_at_certificate(now);
    for (auto& child : children_) {
        look_for_hung(child, now);
        if (child.start_at && now >= *child.start_at && (!is_stopping_ || &child != &gate_)) {
            child.start_at.reset();
            start(child);
        }
    }
}
}
