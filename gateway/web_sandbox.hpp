// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <expected>
#include <string>
#include <vector>

namespace app {
/// Takes from the web role what serving pages does not need, for good: every file (Landlock), exec
/// and new processes, memory that can be executed, connections to anywhere but Unix sockets. What
/// it holds open stays. The error is one sentence; what the kernel cannot do is listed.
std::expected<std::vector<std::string>, std::string> seal_web_role();
}
