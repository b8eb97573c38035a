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
    enum class Kind : std::uint64_t {
        worker,
        renew, ///< with the configuration as its files are now
        refresh ///< with the configuration as it is, and the files that it names as they are now
    };
    Kind kind = Kind::worker;
    std::uint64_t input_size = 0, output_size = 0;
};
/// Sends it; false if the other side is gone or does not listen.
bool send_request(int socket, const NurseryRequest& request, const int (&descriptors)[3]);
bool send_request(int socket, const NurseryRequest& request);

/// The scan role: one thread that reads no mail. It holds the content layers and forks a worker
/// whenever the gate asks for one; `renew` and `refresh` make the layers anew for those to come.
/// Until they could be made once there is no worker: one without layers would find nothing.
class Nursery {
public:
    using Kind = NurseryRequest::Kind;
    /// Makes the layers, for `renew` or `refresh`.
    using Load = std::function<std::expected<ContentLayers, std::string>(Kind)>;
    /// `requests` stays the caller's. `beat` is called when it begins to serve and then at least
    /// every few seconds, unless it hangs.
    Nursery(int requests, Load load, std::function<void()> beat = {});
    /// Serves until the other side of `requests` is closed for good. Signals that ask a process to
    /// end are kept back, so that what is under way is still scanned. Returns the exit code.
    int run();

private:
    void take_request();
    void raise(const NurseryRequest& request, const int (&descriptors)[3]);
    void renew(Kind kind);
    void bury();

    int requests_;
    Load load_;
    std::function<void()> beat_;
    ContentLayers layers_;
    bool is_loaded_ = false;
    std::string problem_; ///< why the layers are not those of the last `load_`
    int signals_ = -1;
    bool is_ending_ = false;
};
}
