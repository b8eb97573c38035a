// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/nursery.hpp"

#include "filters/scan/warm_up.hpp"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <initializer_list>
#include <system_error>
#include <utility>

namespace filters {
namespace {
constexpr std::size_t worker_descriptors = 3;
constexpr int beat_every = 5000; // milliseconds

bool send_record(int socket, const NurseryRequest& request, std::span<const int> descriptors)
{
    iovec piece{const_cast<NurseryRequest*>(&request), sizeof request};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * worker_descriptors)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof request;
}

sigset_t signal_set(std::initializer_list<int> signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals)
        sigaddset(&set, signal);
    return set;
}

/// In the child: nothing of the parent but the worker's own descriptors and stderr.
[[noreturn]] void live_as_worker(const WorkerEnds& ends, const ContentLayers& layers,
                                 const std::string& problem)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, "mailweir-worker");
    // Close everything else; the three are moved out of the way first.
    WorkerEnds own = ends;
    int next = STDERR_FILENO + 1;
    int* const moved[] = {&own.socket, &own.input, &own.output};
    constexpr int safe = 100; // out of the way of the three
    for (int* descriptor : moved)
        *descriptor = ::fcntl(*descriptor, F_DUPFD, safe);
    for (int* descriptor : moved)
        *descriptor = ::dup2(*descriptor, next++);
    ::close_range(static_cast<unsigned>(next), ~0U, 0);
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    std::_Exit(work(own, layers, problem));
}
}

bool send_request(int socket, const NurseryRequest& request, const int (&descriptors)[3])
{
    return send_record(socket, request, descriptors);
}

bool send_request(int socket, const NurseryRequest& request)
{
    return send_record(socket, request, {});
}

Nursery::Nursery(int requests, Load load, std::function<void()> beat)
    : requests_{requests}, load_{std::move(load)}, beat_{std::move(beat)}
{ }

int Nursery::run()
{
    ::prctl(PR_SET_NAME, "mailweir-scan");
    const auto kept_back = signal_set(
        {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGCHLD});
    ::sigprocmask(SIG_BLOCK, &kept_back, nullptr);
    const auto deaths = signal_set({SIGCHLD});
    signals_ = ::signalfd(-1, &deaths, SFD_CLOEXEC | SFD_NONBLOCK);
    renew(Kind::renew);
    while (!is_ending_) {
        if (beat_)
            beat_();
        pollfd watched[2] = {{signals_, POLLIN, 0}, {requests_, POLLIN, 0}};
        if (::poll(watched, 2, beat_ ? beat_every : -1) < 0 && errno != EINTR)
            throw std::system_error{errno, std::generic_category(), "poll"};
        if (watched[0].revents != 0)
            bury();
        if (watched[1].revents != 0)
            take_request();
    }
    ::close(std::exchange(signals_, -1));
    return 0;
}

/// What libraries make when they are first used is made here, where files can still be read.
void Nursery::renew(Kind kind)
{
    auto layers = load_(kind);
    problem_ = layers ? "" : layers.error();
    if (!layers) {
        spdlog::error("{}: {}",
                      is_loaded_ ? "the scan workers go on with the old rules"
                                 : "nothing is scanned, for there are no rules yet",
                      problem_);
        return;
    }
    layers_ = std::move(*layers);
    is_loaded_ = true;
    warm_up(layers_);
}

void Nursery::take_request()
{
    NurseryRequest request;
    iovec piece{&request, sizeof request};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * worker_descriptors)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto size = ::recvmsg(requests_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size != sizeof request) {
        is_ending_ = true; // the gate is gone for good
        return;
    }
    if (request.kind != Kind::worker)
        return renew(request.kind);
    int descriptors[worker_descriptors] = {-1, -1, -1};
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_len == CMSG_LEN(sizeof descriptors))
        std::memcpy(descriptors, CMSG_DATA(header), sizeof descriptors);
    if (descriptors[0] >= 0)
        raise(request, descriptors);
    for (const int descriptor : descriptors)
        if (descriptor >= 0)
            ::close(descriptor);
}

void Nursery::raise(const NurseryRequest& request, const int (&descriptors)[3])
{
    const WorkerEnds ends{descriptors[0], descriptors[1], descriptors[2], request.input_size,
                          request.output_size};
    pollfd gate{ends.socket, POLLIN, 0};
    if (::poll(&gate, 1, 0) > 0 && (gate.revents & POLLHUP) != 0)
        return; // asked for long ago, by one that is gone or waits no more
    if (!is_loaded_)
        renew(Kind::refresh);
    if (!is_loaded_)
        return; // who asked sees the end of the socket, and scans nothing
    const pid_t process = ::fork();
    if (process == 0)
        live_as_worker(ends, layers_, problem_);
    if (process < 0)
        spdlog::error("cannot start a scan worker: fork: {}", std::strerror(errno));
}

void Nursery::bury()
{
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == sizeof info) { }
    int status = 0;
    for (pid_t process = 0; (process = ::waitpid(-1, &status, WNOHANG)) > 0;)
        if (WIFSIGNALED(status))
            spdlog::warn("scan worker {} was killed by signal {} ({})", process, WTERMSIG(status),
                         strsignal(WTERMSIG(status)));
        else if (WEXITSTATUS(status) != 0)
            spdlog::warn("scan worker {} ended with code {}", process, WEXITSTATUS(status));
}
}
