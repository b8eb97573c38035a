// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace app {
/// Listening sockets that the service manager opened for us (sd_listen_fds(3)). They stay open as
/// long as we live and belong to it: while nobody serves, connections wait in them.
class PassedSockets {
public:
    PassedSockets() = default;
    /// `count` descriptors from `first` on. What is no TCP listener is not ours and left alone.
    PassedSockets(int first, int count);
    /// What LISTEN_PID and LISTEN_FDS say; they are taken out of the environment.
    static PassedSockets of_environment();

    /// Another descriptor of the socket bound to exactly this address ("0.0.0.0:25"); -1 where
    /// there is none, or it cannot be had. Several of one address are shared out among the loops.
    int descriptor_for(const std::string& address, unsigned loop) const;
    /// There is one.
    bool has(const std::string& address) const;
    /// Addresses of those that nobody asked for: who connects there waits in vain.
    std::vector<std::string> unused() const;

private:
    struct Socket {
        int descriptor = -1;
        std::string address;
        mutable bool is_used = false;
    };
    std::vector<Socket> sockets_;
};

/// Those of this process.
const PassedSockets& passed_sockets();
}
