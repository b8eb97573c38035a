// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mail {
/// One SMTP reply (RFC 5321 §4.2). `closes` ends the connection after it is sent.
struct Reply {
    int code = 451; ///< a reply that nobody decided acknowledges nothing
    std::string enhanced; ///< "5.7.1", or empty where RFC 2034 gives none
    std::string text;     ///< public; '\n' separates lines of a multi-line reply
    bool closes = false;

    bool is_positive() const { return code / 100 == 2; }
    bool is_transient() const { return code / 100 == 4; }
    bool is_permanent() const { return code / 100 == 5; }
};

/// As sent: "250-…\r\n250 …\r\n"; control characters and 8-bit become '?', each line ≤ 512 octets.
std::string to_wire(const Reply& reply);

/// A peer's reply lines made safe to pass on: class and enhanced code kept, one line, ≤ 400 octets
/// of printable ASCII. Codes outside 2xx-5xx become 451.
Reply sanitised(int code, const std::vector<std::string>& lines);
}
