// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"

#include <string>

namespace filters {
/// How the message came here, as a Received field without its name tells it: the field that the
/// gateway will write, with the envelope's sender. Unfolded, at most `longest_hop` octets; ""
/// where nobody knows.
std::string hop_of(const mail::Mail& mail);
constexpr std::size_t longest_hop = 1024;

/// A content layer that looks at the hop, too, which the message does not tell yet.
class HopLayer : public ContentLayer {
public:
    Findings inspect(const mail::Message& message, const Content& content) const final
    {
        return inspect_with_hop(message, content, {});
    }
    virtual Findings inspect_with_hop(const mail::Message& message, const Content& content,
                                      const std::string& hop) const
        = 0;
};
}
