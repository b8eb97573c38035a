// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"
#include "gateway/net/stream.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace filters {
/// What clamd said of a mail, or why nobody said anything.
struct ClamdAnswer {
    enum class Kind { clean, infected, too_large, unavailable } kind = Kind::unavailable;
    std::string text; ///< the name of what was found; else why, for people
};

/// Reads "1: stream: Eicar-Signature FOUND" and the like; `unavailable` for what is no answer.
ClamdAnswer read_clamd_answer(std::string_view reply);

/// One session with a clamd (clamd(8): IDSESSION, INSTREAM). Every wait throws TimedOut or
/// ConnectionLost.
class ClamdSession {
public:
    ClamdSession(net::Stream stream, std::chrono::milliseconds limit);
    /// The message without its transparency dots; it outlives the wait.
    net::awaitable<ClamdAnswer> scan(const mail::Message& message);
    net::awaitable<ClamdAnswer> scan(std::string_view octets);
    void close();

private:
    void begin();
    net::awaitable<bool> send(std::span<const std::string_view> pieces);
    ClamdAnswer said_early();
    net::awaitable<ClamdAnswer> end();
    net::Stream stream_;
    std::chrono::milliseconds limit_;
    std::string why_ = "it spoke too early";
};
/// Asks for a sign of life: "" when it comes, else what came instead. Throws as above.
net::awaitable<std::string> ping_clamd(net::Stream stream, std::chrono::milliseconds limit);
}
