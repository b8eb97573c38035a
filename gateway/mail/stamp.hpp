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

/// What one delivery adds before the message, and which header fields it leaves out (the old
/// Subject, forged fields). Ranges are sorted, do not overlap and lie within the header block.
struct Stamp {
    std::string lines; ///< complete header fields, each ending in CRLF
    std::vector<Range> left_out;
    bool operator==(const Stamp&) const = default;
};

/// Adds `field` to what is left out, in order; a field that is there already changes nothing.
void leave_out(Stamp& stamp, const Field& field);

/// Walks a stamped message in the wire form asked for: with Dots::stuffed each line that begins
/// with a dot has one more. Where the message has that form already no byte is copied. Message and
/// stamp must outlive it.
class Rendering {
public:
    Rendering(const Message& message, const Stamp& stamp, Dots dots);
    /// Octets of the whole in the form asked for; reads the message only if dots must change.
    std::size_t size() const;
    /// Fills `pieces` with up to 64 views, together ≤ 256 KiB; returns how many, 0 at the end.
    /// The views hold until the next call.
    std::size_t next(std::array<std::string_view, 64>& pieces);

private:
    bool find_run();
    void step_over(std::size_t length);
    std::string_view take_piece(std::size_t limit);
    std::string_view keep_short(std::string_view piece);

    const Message& message_;
    const Stamp& stamp_;
    Dots to_;
    std::vector<Range> left_out_;
    std::size_t chunk_ = 0; // where the walk stands in the message
    std::size_t in_chunk_ = 0;
    std::size_t offset_ = 0;
    std::size_t next_range_ = 0;
    std::string_view run_;       // found, not yet yielded
    Dots from_ = Dots::plain;    // the form of run_
    bool is_in_message_ = false; // behind the stamp's lines
    bool at_input_line_start_ = true;
    bool at_output_line_start_ = true;
    std::unique_ptr<char[]> short_pieces_;
    std::size_t short_used_ = 0;
};
}
