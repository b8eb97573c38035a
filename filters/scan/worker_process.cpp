// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/worker_process.hpp"

#include "filters/scan/codec.hpp"
#include "filters/scan/nursery.hpp"
#include "filters/scan/trial.hpp"
#include "gateway/net/readable.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

namespace filters {
namespace {
constexpr std::size_t output_size = 8U << 20;
constexpr std::size_t input_kept = 1U << 20; // pages beyond go back after each message
constexpr std::size_t copied_a_turn = 64U << 10;

template <class Record> bool receive(int socket, Record& record)
{
    return ::recv(socket, &record, sizeof record, MSG_DONTWAIT) == sizeof record;
}

template <class Record> bool send(int socket, const Record& record)
{
    return ::send(socket, &record, sizeof record, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof record;
}
}

Descriptor::~Descriptor()
{
    if (number_ >= 0)
        ::close(number_);
}

WorkerProcess::WorkerProcess(int nursery, std::size_t largest)
    : input_{largest, SharedMemory::Use::write}, output_{output_size, SharedMemory::Use::read}
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        throw std::system_error{errno, std::generic_category(), "scan worker: socketpair"};
    socket_ = Descriptor{pair[0]};
    const Descriptor theirs{pair[1]};
    const int on = 1;
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    const Descriptor input{input_.open_for_reading()};
    const NurseryRequest request{.input_size = input_.bytes().size(),
                                 .output_size = output_.bytes().size()};
    is_asked_for_
        = send_request(nursery, request, {theirs.number(), input.number(), output_.descriptor()});
}

void WorkerProcess::kill() const
{
    if (process_.number() >= 0)
        ::syscall(SYS_pidfd_send_signal, process_.number(), SIGKILL, nullptr, 0);
}

bool WorkerProcess::is_gone() const
{
    pollfd one{socket_.number(), POLLIN, 0};
    return ::poll(&one, 1, 0) < 0 || (one.revents & (POLLHUP | POLLERR)) != 0;
}

awaitable<bool> WorkerProcess::greet(std::chrono::milliseconds limit)
{
    net::Readable readable{socket_.number()};
    const bool has_spoken = co_await readable.wait_for(limit);
    co_return has_spoken&& take_hello();
}

/// From the kernel, too, who sent it.
bool WorkerProcess::take_hello()
{
    Hello hello;
    iovec piece{&hello, sizeof hello};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket_.number(), &message, MSG_DONTWAIT) != sizeof hello)
        return false;
    hello.weaknesses[sizeof hello.weaknesses - 1] = '\0';
    hello.problem[sizeof hello.problem - 1] = '\0';
    weaknesses_ = hello.weaknesses;
    problem_ = hello.problem;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_CREDENTIALS)
        return false;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    number_ = sender.pid;
    process_ = Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, sender.pid, 0))};
    // Its number may have become another's only if it has ended already.
    return !is_gone();
}

awaitable<void> WorkerProcess::put(const mail::Message& message)
{
    char* place = input_.bytes().data();
    std::size_t left_of_turn = copied_a_turn;
    for (const auto& chunk : message.chunks())
        for (auto rest = chunk.view(); !rest.empty();) {
            const auto size = std::min(rest.size(), left_of_turn);
            place = std::copy_n(rest.data(), size, place);
            rest.remove_prefix(size);
            left_of_turn -= size;
            if (left_of_turn > 0)
                continue;
            co_await net::yield();
            left_of_turn = copied_a_turn;
        }
}

awaitable<std::optional<Scanned>> WorkerProcess::ask(const mail::Message& message,
                                                     const Circumstances& circumstances,
                                                     std::chrono::milliseconds limit,
                                                     std::chrono::milliseconds longest)
{
    Job job{++messages_, message.size(), message.dots() == mail::Dots::stuffed ? 1U : 0U};
    job.is_measured = circumstances.is_measured ? 1 : 0;
    job.is_timed = circumstances.is_timed ? 1 : 0;
    circumstances.hop.copy(job.hop, longest_hop);
    co_await put(message);
    if (const auto* trial = circumstances.trial.get()) {
        if (trial->text.size() > input_.bytes().size() - message.size())
            co_return std::nullopt;
        std::ranges::copy(trial->text, input_.bytes().data() + message.size());
        job.trial_size = trial->text.size();
        job.trial_kind = static_cast<std::uint64_t>(trial->kind);
    }
    if (!send(socket_.number(), job))
        co_return std::nullopt;
    const bool has_answered = co_await wait_while_it_computes(limit, longest);
    if (message.size() > input_kept && !input_.give_back(input_kept))
        is_swollen_ = true;
    if (!has_answered)
        co_return std::nullopt;
    co_return take_answer();
}

/// Of all its threads; 0 where nobody can tell.
std::chrono::nanoseconds WorkerProcess::processor_time() const
{
    clockid_t clock{};
    timespec time{};
    if (number_ <= 0 || ::clock_getcpuclockid(number_, &clock) != 0
        || ::clock_gettime(clock, &time) != 0)
        return {};
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// One that sleeps has been taken over, or waits for what never comes.
awaitable<bool> WorkerProcess::wait_while_it_computes(std::chrono::milliseconds limit,
                                                      std::chrono::milliseconds longest) const
{
    constexpr int least_share = 100;
    net::Readable readable{socket_.number()};
    auto used = processor_time();
    for (std::chrono::milliseconds waited{0}; waited < longest; waited += limit) {
        const bool has_answered = co_await readable.wait_for(std::min(limit, longest - waited));
        if (has_answered)
            co_return true;
        const auto before = std::exchange(used, processor_time());
        if (used - before < limit / least_share)
            break;
    }
    co_return false;
}

/// Copied out first: the worker can change what is shared at any time.
std::optional<Scanned> WorkerProcess::take_answer() const
{
    Answer answer;
    if (!receive(socket_.number(), answer) || answer.number != messages_
        || answer.size > output_.bytes().size())
        return {};
    const std::string encoded{output_.bytes().data(), answer.size};
    return decode(encoded);
}
}
