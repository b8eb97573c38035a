// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What a bounce says, in the form of RFC 3464 or in one of the free forms that are common.
struct DeliveryReport {
    struct Failure {
        std::string recipient; ///< as written there; where a group names two, each is one failure
        std::string status; ///< "5.1.1"; "" where it says none
        std::string text; ///< the other server's words; may be ""
    };
    std::vector<Failure> failures; ///< at most 50; what was only delayed is none
    std::string message_id; ///< of the mail it is about, without brackets; "" where it says none
};

/// Reads a message's body as it stands, without decoding; takes linear time. Nothing in it is
/// believed: who asks compares it with what was sent.
DeliveryReport read_delivery_report(std::string_view body);
}
