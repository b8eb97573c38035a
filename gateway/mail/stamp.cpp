// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/stamp.hpp"

#include "gateway/mail/byte_pair.hpp"

#include <algorithm>
#include <cstring>

namespace mail {
namespace {
constexpr std::size_t batch_limit = 256 * 1024;
// Pieces below this are copied together, so that a message of nothing but dots makes no tiny sends.
constexpr std::size_t short_limit = 512;
constexpr std::size_t short_capacity = 16 * 1024;

char byte_at(const Message& message, std::size_t offset)
{
    for (const auto& chunk : message.chunks()) {
        if (offset < chunk.size())
            return chunk.view()[offset];
        offset -= chunk.size();
    }
    return '\0';
}

bool is_line_start(const Message& message, std::size_t offset)
{
    return offset == 0 || byte_at(message, offset - 1) == '\n';
}

// Ranges in order, within the message. A range never separates the dot that stuffing added from
// what it stands before: left alone it could end the data.
std::vector<Range> usable(const Message& message, const Stamp& stamp)
{
    std::vector<Range> ranges;
    std::size_t behind_last = 0;
    for (const auto& range : stamp.left_out) {
        std::size_t start = std::max(range.offset, behind_last);
        const std::size_t end = range.offset
            + std::min(range.length, message.size() - std::min(range.offset, message.size()));
        if (start >= end)
            continue;
        if (message.dots() == Dots::stuffed && start > behind_last
            && byte_at(message, start - 1) == '.' && is_line_start(message, start - 1))
            --start;
        ranges.push_back({start, end - start});
        behind_last = end;
    }
    return ranges;
}
}

void leave_out(Stamp& stamp, const Field& field)
{
    const Range range{field.offset, field.length};
    const auto place = std::ranges::lower_bound(stamp.left_out, range);
    if (place == stamp.left_out.end() || *place != range)
        stamp.left_out.insert(place, range);
}

Rendering::Rendering(const Message& message, const Stamp& stamp, Dots dots)
    : message_{message}, stamp_{stamp}, to_{dots}, left_out_{usable(message, stamp)},
      run_{stamp.lines}
{ }

std::size_t Rendering::size() const
{
    Rendering other{message_, stamp_, to_};
    std::array<std::string_view, 64> pieces;
    std::size_t size = 0;
    while (const std::size_t count = other.next(pieces))
        for (std::size_t i = 0; i < count; ++i)
            size += pieces[i].size();
    return size;
}

void Rendering::step_over(std::size_t length)
{
    in_chunk_ += length;
    offset_ += length;
    if (in_chunk_ == message_.chunks()[chunk_].size()) {
        ++chunk_;
        in_chunk_ = 0;
    }
}

// Makes run_ the next adjoining bytes that stay; false at the end of the message.
bool Rendering::find_run()
{
    if (!is_in_message_) {
        is_in_message_ = true;
        from_ = message_.dots();
        at_input_line_start_ = true;
    }
    while (chunk_ < message_.chunks().size()) {
        const auto view = message_.chunks()[chunk_].view().substr(in_chunk_);
        std::size_t length = view.size();
        if (next_range_ < left_out_.size()) {
            const auto& range = left_out_[next_range_];
            const std::size_t end = range.offset + range.length;
            if (offset_ >= range.offset) {
                length = std::min(length, end - offset_);
                at_input_line_start_ = view[length - 1] == '\n';
                step_over(length);
                next_range_ += offset_ == end ? 1 : 0;
                continue;
            }
            length = std::min(length, range.offset - offset_);
        }
        run_ = view.substr(0, length);
        step_over(length);
        return true;
    }
    return false;
}

// The next bytes of run_ in the form asked for; empty where only a stuffing dot went away.
// Input and output stand at a line start together, except behind a range that ends within a line.
std::string_view Rendering::take_piece(std::size_t limit)
{
    const bool changes = from_ != to_;
    if (run_.front() == '.' && (changes || at_input_line_start_ != at_output_line_start_)) {
        if (from_ == Dots::stuffed && at_input_line_start_) {
            at_input_line_start_ = false;
            run_.remove_prefix(1);
            return {};
        }
        if (to_ == Dots::stuffed && at_output_line_start_) {
            at_input_line_start_ = at_output_line_start_ = false;
            return ".";
        }
    }
    std::string_view piece = run_.substr(0, limit);
    if (changes)
        if (const auto found = find_pair(piece, '\n', '.'); found != std::string_view::npos)
            piece = piece.substr(0, found + 1);
    run_.remove_prefix(piece.size());
    at_input_line_start_ = at_output_line_start_ = piece.back() == '\n';
    return piece;
}

std::string_view Rendering::keep_short(std::string_view piece)
{
    if (!short_pieces_)
        short_pieces_ = std::make_unique_for_overwrite<char[]>(short_capacity);
    char* kept = short_pieces_.get() + short_used_;
    std::memcpy(kept, piece.data(), piece.size());
    short_used_ += piece.size();
    return {kept, piece.size()};
}

std::size_t Rendering::next(std::array<std::string_view, 64>& pieces)
{
    short_used_ = 0;
    std::size_t count = 0;
    std::size_t batch = 0;
    while (count < pieces.size() && batch < batch_limit
           && short_used_ + short_limit <= short_capacity) {
        if (run_.empty() && !find_run())
            break;
        std::string_view piece = take_piece(batch_limit - batch);
        if (piece.empty())
            continue;
        batch += piece.size();
        if (is_in_message_ && from_ != to_ && piece.size() < short_limit)
            piece = keep_short(piece);
        if (count > 0 && pieces[count - 1].end() == piece.begin())
            pieces[count - 1] = {pieces[count - 1].data(), pieces[count - 1].size() + piece.size()};
        else
            pieces[count++] = piece;
    }
    return count;
}
}
