// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/await.hpp"
#include "gateway/net/stream.hpp"

#include <atomic>
#include <string>

namespace smtp {
/// A small internal server for trials and tests: accepts every recipient and writes each message to
/// a Maildir (plain bytes behind Return-Path and X-Envelope-To lines), or counts and drops it when
/// `maildir` is empty.
struct SinkSettings {
    std::string hostname = "sink.invalid", maildir;
    bool offers_chunking = true;
};
net::awaitable<void> serve_sink(net::Stream stream, const SinkSettings& settings,
                                std::atomic<std::uint64_t>& messages);
}
