// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/worker.hpp"

#include "filters/scan/codec.hpp"
#include "filters/scan/examine.hpp"
#include "filters/scan/sandbox.hpp"
#include "filters/scan/shared_memory.hpp"
#include "filters/scan/trial.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

namespace filters {
namespace {
constexpr std::size_t output_kept = 256U << 10; // pages beyond go back after an answer

template <class Record> bool receive(int socket, Record& record)
{
    ssize_t size = 0;
    do
        size = ::recv(socket, &record, sizeof record, 0);
    while (size < 0 && errno == EINTR);
    return size == sizeof record;
}

template <class Record> bool send(int socket, const Record& record)
{
    return ::send(socket, &record, sizeof record, MSG_NOSIGNAL) == sizeof record;
}

/// The octets in the shared input as a message; nothing is freed.
mail::Message message_of(std::span<char> input, const Job& job)
{
    std::vector<mail::Chunk> chunks;
    chunks.emplace_back(
        input.data(), input.size(), [](char*, std::size_t, void*) noexcept { }, nullptr);
    chunks.back().resize(job.size);
    return {std::move(chunks), job.is_stuffed ? mail::Dots::stuffed : mail::Dots::plain};
}

TrialRules rules_of(std::span<char> input, const Job& job)
{
    const auto text = input.subspan(job.size, job.trial_size);
    return {job.trial_kind == 0 ? TrialRules::Kind::words : TrialRules::Kind::spamassassin,
            {text.begin(), text.end()}};
}

std::string answer(std::span<char> input, const Job& job, const ContentLayers& layers,
                   std::size_t room)
{
    std::string encoded;
    try {
        encoded = encode(job.trial_size > 0
                             ? examine_trial(message_of(input, job), rules_of(input, job))
                             : examine(message_of(input, job), named(layers),
                                       {.hop = job.hop,
                                        .is_measured = job.is_measured != 0,
                                        .is_timed = job.is_timed != 0}));
    } catch (const std::bad_alloc&) {
        encoded = encode(unscannable("it takes more memory than a scan may have"));
    }
    return encoded.size() <= room ? std::move(encoded)
                                  : encode(unscannable("what was found in it is too much"));
}

bool say_hello(int socket, const Sealed& sealed, const std::string& problem)
{
    std::string text;
    for (const auto& weakness : sealed.weaknesses)
        text += (text.empty() ? "" : ", ") + weakness;
    Hello hello;
    std::strncpy(hello.weaknesses, text.c_str(), sizeof hello.weaknesses - 1);
    std::strncpy(hello.problem, problem.c_str(), sizeof hello.problem - 1);
    return send(socket, hello);
}
}

int work(const WorkerEnds& ends, const ContentLayers& layers, const std::string& problem)
{
    const SharedMemory input{ends.input, ends.input_size, SharedMemory::Use::read};
    SharedMemory output{ends.output, ends.output_size, SharedMemory::Use::write};
    const SandboxLimits limits;
    const auto sealed = seal(limits);
    if (!sealed) {
        std::fprintf(stderr, "scan worker: %s\n", sealed.error().c_str());
        return 1;
    }
    if (!say_hello(ends.socket, *sealed, problem))
        return 0;
    std::size_t answered = 0;
    for (Job job; receive(ends.socket, job);) {
        if (job.size > ends.input_size || job.trial_size > ends.input_size - job.size)
            return 1;
        job.hop[longest_hop] = '\0';
        // Not before: only who asks for more has read the answer.
        if (answered > output_kept)
            output.give_back(output_kept);
        allow_processor_time(limits.processor);
        const auto encoded = answer(input.bytes(), job, layers, ends.output_size);
        std::memcpy(output.bytes().data(), encoded.data(), encoded.size());
        answered = encoded.size();
        if (!send(ends.socket, Answer{job.number, encoded.size()}))
            return 0;
    }
    return 0;
}
}
