// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace app {
/// What a role tells the supervisor, one octet each over a socket pair.
enum class Tell : char {
    ready = 'R', ///< serving
    heartbeat = 'B', ///< its first loop turns
    reloading = 'L',
    reloaded = 'D',
    restart = 'S', ///< the new configuration needs other sockets: replace me with a drain
};
/// Never waits; a full channel loses the octet, which only a dead supervisor lets happen.
void tell(int channel, Tell what);
}
