// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/worker.hpp"

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

namespace filters {
/// What the gate asks the scan role: records over a SOCK_SEQPACKET pair. With `worker` come the
/// descriptors of a WorkerEnds: socket, input, output.
struct NurseryRequest {
    enum class Kind : std::uint64_t { worker, renew };
    Kind kind = Kind::worker;
    std::uint64_t input_size = 0, output_size = 0;
};
/// Sends it; false if the other side is gone or does not listen.
bool send_request(int socket, const NurseryRequest& request, const int (&descriptors)[3]);
bool send_request(int socket, const NurseryRequest& request);

/// The scan role: one thread that reads no mail. It holds the content layers and forks a worker
/// whenever the gate asks for one; `renew` makes the layers anew for those to come.
class Nursery {
public:
    using Load = std::function<std::expected<ContentLayers, std::string>()>;
    /// `requests` stays the caller's.
    Nursery(int requests, Load load);
    /// Serves until the other side is closed or SIGTERM comes. Returns the exit code.
    int run();

private:
    void take_request();
    void raise(const NurseryRequest& request, const int (&descriptors)[3]);
    void renew();
    void bury();

    int requests_;
    Load load_;
    ContentLayers layers_;
    int signals_ = -1;
    bool is_ending_ = false;
};
}
