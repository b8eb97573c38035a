// SPDX-License-Identifier: Apache-2.0
// A scan worker that fell to an attacker, as the gate meets it: the first octet says whether it
// greets as it should, then come records, each with its length before it; one of length 255 is an
// answer in form, and the rest is what stands in the shared memory.
#include "filters/scan/codec.hpp"
#include "filters/scan/nursery.hpp"
#include "filters/scan/scanner.hpp"
#include "filters/scan/shared_memory.hpp"
#include "tests/fuzz/require.hpp"

#include <spdlog/spdlog.h>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace {
struct Request {
    filters::NurseryRequest request;
    int descriptors[3] = {-1, -1, -1};
};

Request take_request(int socket)
{
    Request taken;
    iovec piece{&taken.request, sizeof taken.request};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof taken.descriptors)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (::recvmsg(socket, &message, 0) == sizeof taken.request && CMSG_FIRSTHDR(&message))
        std::memcpy(taken.descriptors, CMSG_DATA(CMSG_FIRSTHDR(&message)),
                    sizeof taken.descriptors);
    return taken;
}

/// Nursery and worker in one, for one request.
void play(int requests, std::string_view script)
{
    const auto taken = take_request(requests);
    if (taken.descriptors[0] < 0 || script.empty())
        return;
    const int socket = taken.descriptors[0];
    filters::SharedMemory output{taken.descriptors[2], taken.request.output_size,
                                 filters::SharedMemory::Use::write};
    filters::Hello hello;
    const bool is_polite = script[0] & 1;
    std::memcpy(&hello, script.data(), is_polite ? 0 : std::min(script.size(), sizeof hello));
    ::send(socket, &hello, is_polite || script[0] & 2 ? sizeof hello : 7, MSG_NOSIGNAL);
    filters::Job job;
    if (::recv(socket, &job, sizeof job, 0) != sizeof job)
        return;
    for (script.remove_prefix(1); !script.empty();) {
        const auto length = static_cast<unsigned char>(script[0]);
        script.remove_prefix(1);
        const auto record = script.substr(0, length);
        script.remove_prefix(record.size());
        if (length < 255) {
            ::send(socket, record.data(), record.size(), MSG_NOSIGNAL);
            continue;
        }
        std::string memory{record};
        memory += script;
        memory.resize(std::min(memory.size(), output.bytes().size()));
        std::ranges::copy(memory, output.bytes().begin());
        const filters::Answer answer{job.number, memory.size()};
        ::send(socket, &answer, sizeof answer, MSG_NOSIGNAL);
        return;
    }
}

net::awaitable<void> run(filters::Scanner& scanner, const mail::Message& message,
                         std::optional<filters::Scanned>& result)
{
    auto scanned = co_await scanner.scan(message);
    result = std::move(scanned);
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    spdlog::set_level(spdlog::level::off);
    int pair[2];
    require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    const pid_t process = ::fork();
    if (process == 0) {
        ::close(pair[0]);
        play(pair[1], {reinterpret_cast<const char*>(data), size});
        ::_exit(0);
    }
    ::close(pair[1]);
    std::optional<filters::Scanned> result;
    {
        filters::Scanner scanner{pair[0], {.workers = 1, .message = 4096}};
        const auto message = mail::Message::from_text("Subject: x\r\n\r\nbody\r\n");
        net::Loop loop{net::Env::real()};
        loop.spawn("scan", run(scanner, message, result));
        loop.run();
        const auto status = scanner.status();
        require(status.scans + status.not_scanned == 1);
        require(status.scans == (result ? 1 : 0));
    }
    ::close(pair[0]);
    ::waitpid(process, nullptr, 0);
    require(!result || filters::decode(filters::encode(*result)));
    return 0;
}
