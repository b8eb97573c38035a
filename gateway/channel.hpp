// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <expected>
#include <optional>
#include <string>

namespace app {
/// What a role tells the supervisor, one octet each over a socket pair.
enum class Tell : char {
    ready = 'R', ///< serving
    working = 'W', ///< not yet: a new version brings the store to its formats
    heartbeat = 'B', ///< its first loop turns
    reloading = 'L',
    reloaded = 'D',
    adopted = 'A', ///< the new configuration is in force: a next gate shall start with it
    restart = 'S', ///< the new configuration needs other sockets: replace me with a drain
};
/// Never waits; a full channel loses the octet, which only a dead supervisor lets happen.
void tell(int channel, Tell what);

/// The supervisor's answer to `restart`; the error says why all stays as it was.
using RestartAnswer = std::expected<void, std::string>;
/// Never waits, as `tell`.
void answer(int channel, const RestartAnswer& answer);
/// What was answered; nothing yet. Never waits.
std::optional<RestartAnswer> take_answer(int channel);
}
