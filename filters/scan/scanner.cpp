// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/scanner.hpp"

#include "filters/scan/codec.hpp"
#include "filters/scan/examine.hpp"
#include "filters/scan/nursery.hpp"
#include "filters/scan/shared_memory.hpp"
#include "gateway/net/readable.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace filters {
namespace {
constexpr std::size_t output_size = 8U << 20;
constexpr std::size_t input_kept = 1U << 20; // pages beyond go back after each message

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_{number} { }
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} { }
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

template <class Record> bool receive(int socket, Record& record)
{
    return ::recv(socket, &record, sizeof record, MSG_DONTWAIT) == sizeof record;
}

template <class Record> bool send(int socket, const Record& record)
{
    return ::send(socket, &record, sizeof record, MSG_NOSIGNAL) == sizeof record;
}

bool is_hung_up(int socket)
{
    pollfd one{socket, POLLIN, 0};
    return ::poll(&one, 1, 0) < 0 || (one.revents & (POLLHUP | POLLERR)) != 0;
}
}

/// One process, as the gate sees it.
struct Scanner::Worker {
    Descriptor socket, process; ///< process: a pidfd, -1 where the kernel has none
    SharedMemory input, output;
    unsigned messages = 0;
    std::uint64_t generation = 0;

    Worker(Descriptor ours, std::size_t message)
        : socket{std::move(ours)}, input{message, SharedMemory::Use::write},
          output{output_size, SharedMemory::Use::read}
    { }
    /// Whatever it does: it may hang.
    void kill() const
    {
        if (process.number() >= 0)
            ::syscall(SYS_pidfd_send_signal, process.number(), SIGKILL, nullptr, 0);
    }
    bool greet(std::string& weaknesses);
    void put(const mail::Message& message);
    std::optional<Scanned> read(const Answer& answer) const;
};

/// Takes its first record, and from the kernel who sent it.
bool Scanner::Worker::greet(std::string& weaknesses)
{
    Hello hello;
    iovec piece{&hello, sizeof hello};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket.number(), &message, MSG_DONTWAIT) != sizeof hello)
        return false;
    hello.weaknesses[sizeof hello.weaknesses - 1] = '\0';
    weaknesses = hello.weaknesses;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_CREDENTIALS)
        return false;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    process = Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, sender.pid, 0))};
    // Its number may have become another's only if it has ended already.
    return !is_hung_up(socket.number());
}

void Scanner::Worker::put(const mail::Message& message)
{
    char* place = input.bytes().data();
    for (const auto& chunk : message.chunks()) {
        std::memcpy(place, chunk.view().data(), chunk.size());
        place += chunk.size();
    }
}

/// Copied out first: the worker can change what is shared at any time.
std::optional<Scanned> Scanner::Worker::read(const Answer& answer) const
{
    if (answer.size > output.bytes().size())
        return {};
    const std::string encoded{output.bytes().data(), answer.size};
    return decode(encoded);
}

struct Scanner::State {
    /// Someone who waits gets a worker, or nullptr: room to start one.
    using Turn = net::Handover<std::unique_ptr<Worker>>;

    State(int socket, ScannerLimits chosen) : nursery{socket}, limits{chosen} { }
    /// A worker that is ready for the next message, or nullptr for one that is gone.
    void give_back(std::unique_ptr<Worker> worker)
    {
        const std::lock_guard lock{mutex};
        --status.busy;
        if (worker
            && (worker->messages >= limits.messages_a_worker || worker->generation < generation))
            worker.reset(); // the end of its socket ends it
        if (!worker)
            --status.workers;
        if (!waiting.empty()) {
            status.workers += worker ? 0 : 1;
            ++status.busy;
            waiting.front().deliver(std::move(worker));
            waiting.pop_front();
        } else if (worker) {
            idle.push_back(std::move(worker));
        }
    }

    const int nursery;
    const ScannerLimits limits;
    mutable std::mutex mutex; // guards what follows
    std::vector<std::unique_ptr<Worker>> idle;
    std::deque<Turn> waiting;
    ScannerStatus status;
    std::uint64_t generation = 0, jobs = 0;
};

/// A worker on loan, or the place of one. Given back when it answered, else ended.
class Scanner::Lease {
public:
    Lease(std::shared_ptr<State> state, std::unique_ptr<Worker> worker)
        : state_{std::move(state)}, worker_{std::move(worker)}
    { }
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease()
    {
        if (!state_)
            return;
        if (worker_ && !is_ready_) {
            worker_->kill();
            worker_.reset();
        }
        state_->give_back(std::move(worker_));
    }
    Worker& worker() { return *worker_; }
    bool is_empty() const { return !worker_; }
    void fill(std::unique_ptr<Worker> worker) { worker_ = std::move(worker); }
    void mark_ready() { is_ready_ = true; }

private:
    std::shared_ptr<State> state_;
    std::unique_ptr<Worker> worker_;
    bool is_ready_ = false;
};

Scanner::Scanner(int nursery, ScannerLimits limits)
    : state_{std::make_shared<State>(nursery, limits)}
{ }
Scanner::~Scanner() = default;

awaitable<std::unique_ptr<Scanner::Worker>> Scanner::start()
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        throw std::system_error{errno, std::generic_category(), "scan worker: socketpair"};
    Descriptor theirs{pair[1]};
    auto worker = std::make_unique<Worker>(Descriptor{pair[0]}, state_->limits.message);
    const int on = 1;
    ::setsockopt(worker->socket.number(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    worker->input.forbid_writing();
    std::string weaknesses;
    {
        const std::lock_guard lock{state_->mutex};
        worker->generation = state_->generation;
    }
    const NurseryRequest request{.input_size = worker->input.bytes().size(),
                                 .output_size = worker->output.bytes().size()};
    if (!send_request(state_->nursery, request,
                      {theirs.number(), worker->input.descriptor(), worker->output.descriptor()}))
        throw std::runtime_error{"the scan role does not answer"};
    theirs = Descriptor{};
    net::Readable readable{worker->socket.number()};
    const bool has_spoken = co_await readable.wait_for(state_->limits.start);
    if (!has_spoken || !worker->greet(weaknesses))
        throw std::runtime_error{"a scan worker did not start"};
    const std::lock_guard lock{state_->mutex};
    state_->status.weaknesses = weaknesses;
    co_return worker;
}

/// A fresh one is asked for after a death: what killed one worker shall not meet one whose rules or
/// memory may be worn.
awaitable<Scanner::Lease> Scanner::take(bool is_fresh)
{
    std::optional<State::Turn> turn;
    std::unique_ptr<Worker> worker;
    {
        const std::lock_guard lock{state_->mutex};
        if (!state_->idle.empty()) {
            worker = std::move(state_->idle.back());
            state_->idle.pop_back();
            ++state_->status.busy;
        } else if (state_->status.workers < state_->limits.workers) {
            ++state_->status.workers;
            ++state_->status.busy;
        } else {
            state_->waiting.push_back(turn.emplace());
        }
    }
    if (turn)
        worker = co_await turn->receive();
    if (worker && is_fresh)
        worker.reset();
    Lease lease{state_, std::move(worker)};
    if (lease.is_empty()) {
        auto started = co_await start();
        lease.fill(std::move(started));
    }
    co_return lease;
}

/// One job for one worker; nothing if it died, hung or talked nonsense.
awaitable<std::optional<Scanned>> Scanner::ask(Worker& worker, const mail::Message& message)
{
    Job job{0, message.size(), message.dots() == mail::Dots::stuffed ? 1U : 0U};
    {
        const std::lock_guard lock{state_->mutex};
        job.number = ++state_->jobs;
        ++state_->status.scans;
    }
    ++worker.messages;
    worker.put(message);
    net::Readable readable{worker.socket.number()};
    if (!send(worker.socket.number(), job))
        co_return std::nullopt;
    const bool has_answered = co_await readable.wait_for(state_->limits.answer);
    Answer answer;
    std::optional<Scanned> scanned;
    if (has_answered && receive(worker.socket.number(), answer) && answer.number == job.number)
        scanned = worker.read(answer);
    if (message.size() > input_kept)
        worker.input.give_back(input_kept);
    co_return scanned;
}

awaitable<Scanned> Scanner::scan(const mail::Message& message)
{
    if (message.size() > state_->limits.message)
        co_return unscannable("it is larger than what is scanned");
    for (const bool is_second : {false, true}) {
        Lease lease = co_await take(is_second);
        auto scanned = co_await ask(lease.worker(), message);
        if (scanned) {
            lease.mark_ready();
            co_return std::move(*scanned);
        }
        const std::lock_guard lock{state_->mutex};
        ++state_->status.deaths;
    }
    co_return unscannable("its analysis did not end");
}

void Scanner::renew()
{
    send_request(state_->nursery, {.kind = NurseryRequest::Kind::renew});
    std::vector<std::unique_ptr<Worker>> old;
    const std::lock_guard lock{state_->mutex};
    ++state_->generation;
    state_->status.workers -= static_cast<unsigned>(state_->idle.size());
    old.swap(state_->idle);
}

ScannerStatus Scanner::status() const
{
    const std::lock_guard lock{state_->mutex};
    return state_->status;
}
}
