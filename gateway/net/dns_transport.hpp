// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/endpoint.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace net {
/// Carries questions to one DNS server and its responses back, by c-ares on one loop: UDP, sent
/// again when silent, TCP where the response was cut off. Its sockets go when nothing is under way,
/// and its channel after 500 questions: c-ares 1.18 keeps one source port as long as it is busy.
/// What it waits for does not keep the loop running. Of the loop's thread only.
class DnsTransport {
public:
    enum class Failure { timed_out, unreachable };
    using Result = std::expected<std::string_view, Failure>;
    using Done = std::move_only_function<void(Result)>;

    /// `heard` is called whenever the server says anything at all. `patience`: the first wait
    /// before a question is sent again; two more double it.
    DnsTransport(Loop& loop, const Endpoint& server, std::chrono::milliseconds patience,
                 std::function<void()> heard);
    /// Questions under way end as unreachable. Not from within `done` or `heard`.
    ~DnsTransport();
    /// `done` is called once, perhaps before this returns. `message` is from question_message.
    void send(const std::string& message, Done done);
    /// Sends again and gives up where it is time; to be called some twenty times a second while
    /// questions are under way.
    void tick();
    std::size_t under_way() const;

private:
    struct Channel;
    struct Watch;
    struct Question;
    void open_channel();
    /// Ends old channels that have nothing to do any more.
    void tidy();

    Loop& loop_;
    Endpoint server_;
    std::chrono::milliseconds patience_;
    std::function<void()> heard_;
    std::unique_ptr<Channel> channel_;
    std::vector<std::unique_ptr<Channel>> old_channels_;
    unsigned inside_ = 0; ///< calls into c-ares that have not returned
};
}
