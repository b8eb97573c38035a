// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"

#include <memory>
#include <span>
#include <string>

namespace net {
/// Ends a connection with this status.
struct HttpRefusal {
    unsigned status;
};

/// Turns the octets of one connection into requests, one after the other. What is read and not
/// parsed yet stays for the next one (pipelining).
class HttpReader {
public:
    /// `bodies` counts the octets of bodies that all readers hold. All three must outlive it.
    HttpReader(const HttpLimits& limits, const HttpDoor& door, std::size_t& bodies);
    ~HttpReader();
    HttpReader(HttpReader&&) noexcept;
    /// Feeds what has been read; true when a request is whole. Throws HttpRefusal.
    bool parse();
    /// Some octets of the request have come.
    bool has_begun() const;
    /// Once for each request whose sender waits for leave to send its body (RFC 9110 §10.1.1).
    bool wants_leave();
    /// Where the next octets go, and how many came. Small at first, so that an idle connection
    /// holds little.
    std::span<char> space();
    void filled(std::size_t size);
    /// Whether the connection may go on after the whole request. Ask before `take`.
    bool keeps_alive() const;
    /// The whole request; the next one can begin.
    HttpRequest take();

private:
    struct State;
    std::unique_ptr<State> state_;
};
}
