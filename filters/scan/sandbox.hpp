// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <vector>

namespace filters {
/// What a sealed process may still do: compute, and talk over the descriptors it has.
struct SandboxLimits {
    /// Private memory beyond what it has when it seals itself; 0: no limit. Sanitizers need more
    /// than any limit allows.
    std::size_t memory = 256U << 20;
    /// Processor time for one job; see `allow_processor_time`.
    std::chrono::seconds processor{5};
};

/// Takes everything away from this process that computing does not need: files (Landlock, and no
/// descriptor can be opened), network, new processes, exec, system calls but a short list, core
/// dumps. For good. The error is one sentence; what the kernel cannot do is left out and said in
/// `weaknesses`.
struct Sealed {
    std::vector<std::string> weaknesses;
};
std::expected<Sealed, std::string> seal(const SandboxLimits& limits);

/// From now on this process may use so much more processor time before the kernel ends it.
void allow_processor_time(std::chrono::seconds more);
}
