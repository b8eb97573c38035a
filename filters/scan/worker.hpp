// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/circumstances.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// The layers that look at content, made once before workers are forked; they share their pages.
struct BuiltLayer {
    std::unique_ptr<ContentLayer> layer;
    std::string_view name = {}; ///< of its type
};
using ContentLayers = std::vector<BuiltLayer>;

/// What the gate asks a worker, and what that says: records over a SOCK_SEQPACKET pair. The first
/// record of a worker is a Hello; then it is quiet until there is a job.
struct Job {
    std::uint64_t number = 0; ///< comes back with the answer
    std::uint64_t size = 0; ///< octets of the message, at the front of the input memory
    std::uint64_t is_stuffed = 0;
    std::uint64_t is_measured = 0, is_timed = 0;
    std::uint64_t trial_size = 0; ///< octets of rules on trial, behind the message; 0: none
    std::uint64_t trial_kind = 0;
    char hop[longest_hop + 1] = {}; ///< as `hop_of` says, a text that ends with NUL
};
struct Answer {
    std::uint64_t number = 0;
    std::uint64_t size = 0; ///< octets of an encoded Scanned, at the front of the output memory
};
struct Hello {
    char weaknesses[256] = {}; ///< what the kernel could not do, a text that ends with NUL
    char problem[1024] = {}; ///< why the rules are older ones, a text that ends with NUL
};

/// The descriptors of one worker; the memories as SharedMemory makes them.
struct WorkerEnds {
    int socket = -1;
    int input = -1, output = -1;
    std::size_t input_size = 0, output_size = 0;
};

/// A worker's whole life, in a process of its own: seals itself, then answers one job after the
/// other until the other end of the socket is closed. `problem` goes into its Hello. Returns its
/// exit code.
int work(const WorkerEnds& ends, const ContentLayers& layers, const std::string& problem);
}
