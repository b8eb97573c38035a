// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/message.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace mail {
/// A run of bytes of the message, in its own offsets.
struct Range {
    std::size_t offset = 0;
    std::size_t length = 0;
    auto operator<=>(const Range&) const = default;
};

/// What one delivery adds before the message, and which header fields it leaves out (the old Subject,
/// forged fields). Ranges are sorted, do not overlap and lie within the header block.
struct Stamp {
    std::string lines;             ///< complete header fields, each ending in CRLF
    std::vector<Range> left_out;
    bool operator==(const Stamp&) const = default;
};

/// Walks a stamped message in the wire form asked for, without copying: with Dots::stuffed each line
/// that begins with a dot has one more. Yields batches so that no send covers more than 64 KiB at a time.
class Rendering {
public:
    Rendering(const Message& message, const Stamp& stamp, Dots dots);
    /// Octets of the whole in the form asked for; walks the message only if dots must change.
    std::size_t size() const;
    /// Fills `pieces` with up to 64 views, together ≤ 256 KiB; returns how many, 0 at the end.
    std::size_t next(std::array<std::string_view, 64>& pieces);

private:
    struct Cursor;
    const Message& message_;
    const Stamp& stamp_;
    Dots dots_;
    std::size_t chunk_ = 0;          // where the walk stands
    std::size_t in_chunk_ = 0;
    std::size_t offset_ = 0;
    std::size_t next_range_ = 0;
    bool lines_done_ = false;
    bool at_line_start_ = true;
    bool dot_pending_ = false;
};
}
