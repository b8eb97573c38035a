// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/context.hpp"

#include <string>

namespace web {
using net::awaitable;

/// What became of a test message.
struct TestMessage {
    bool is_accepted = false;
    std::string reply; ///< the server's reply that decided, or why there was none
    std::string id; ///< ours, where the reply has it
};
/// Sends a short message to `to` by SMTP to our own listener at `address`, as anybody would.
awaitable<TestMessage> send_test_message(smtp::Context& context, std::string address,
                                         mail::Mailbox to);
}
