// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/message.hpp"

#include "gateway/mail/byte_pair.hpp"
#include "gateway/mail/stamp.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mail {
Chunk::Chunk(Chunk&& other) noexcept
    : data_{std::exchange(other.data_, nullptr)}, capacity_{std::exchange(other.capacity_, 0)},
      size_{std::exchange(other.size_, 0)}, release_{std::exchange(other.release_, nullptr)},
      owner_{std::exchange(other.owner_, nullptr)}
{ }

Chunk& Chunk::operator=(Chunk&& other) noexcept
{
    Chunk taken{std::move(other)};
    std::swap(data_, taken.data_);
    std::swap(capacity_, taken.capacity_);
    std::swap(size_, taken.size_);
    std::swap(release_, taken.release_);
    std::swap(owner_, taken.owner_);
    return *this;
}

Chunk::~Chunk()
{
    if (release_)
        release_(data_, capacity_, owner_);
}

Chunk Chunk::copy_of(std::string_view bytes)
{
    const auto release = [](char* data, std::size_t, void*) noexcept { delete[] data; };
    Chunk chunk{new char[bytes.size()], bytes.size(), release, nullptr};
    std::ranges::copy(bytes, chunk.data_);
    chunk.resize(bytes.size());
    return chunk;
}

Message::Message(std::vector<Chunk> chunks, Dots dots) : chunks_{std::move(chunks)}, dots_{dots}
{
    std::erase_if(chunks_, [](const Chunk& chunk) { return chunk.size() == 0; });
    for (const auto& chunk : chunks_)
        size_ += chunk.size();
    if (size_ != 0)
        locate_header();
}

Message Message::from_text(std::string_view text, Dots dots)
{
    std::vector<Chunk> chunks;
    chunks.push_back(Chunk::copy_of(text));
    return Message{std::move(chunks), dots};
}

// Looks for the empty line in the message's first bytes, of which `searched` have none.
bool Message::find_header_end(std::string_view front, std::size_t searched)
{
    if (front.starts_with("\r\n")) {
        header_block_ = front.substr(0, 0);
        body_offset_ = 2;
        return true;
    }
    const std::size_t end = std::min(front.size(), HeaderLimits::bytes + 2);
    for (std::size_t at = searched; at < end;) {
        const auto found = find_pair(front.substr(at, end - at), '\n', '\r');
        if (found == std::string_view::npos)
            return false;
        at += found + 1;
        if (at + 1 < front.size() && front[at + 1] == '\n') {
            header_block_ = front.substr(0, at);
            body_offset_ = at + 2;
            return header_block_.size() <= HeaderLimits::bytes;
        }
    }
    return false;
}

void Message::locate_header()
{
    std::string_view front = chunks_.front().view();
    bool is_found = find_header_end(front, 0);
    if (!is_found && chunks_.size() > 1 && front.size() < HeaderLimits::bytes + 4) {
        std::string joined{front};
        for (std::size_t next = 1;
             !is_found && next < chunks_.size() && joined.size() < HeaderLimits::bytes + 4;
             ++next) {
            const std::size_t searched = std::max<std::size_t>(joined.size(), 3) - 3;
            const auto more = HeaderLimits::bytes + 4 - joined.size();
            joined += chunks_[next].view().substr(0, more);
            is_found = find_header_end(joined, searched);
        }
        joined_header_ = std::make_unique<std::string>(std::move(joined));
        front = *joined_header_;
    }
    if (is_found) {
        header_block_ = front.substr(0, header_block_.size());
        return;
    }
    header_block_ = front.substr(0, HeaderLimits::bytes);
    body_offset_ = size_;
    if (size_ <= HeaderLimits::bytes)
        return;
    header_is_cut_ = true;
    header_block_ = header_block_.substr(0, header_block_.rfind('\n') + 1);
    body_offset_ = header_block_.size();
}

const Header& Message::header() const
{
    if (!header_) {
        header_ = std::make_unique<Header>(Header::parse(header_block_, dots_));
        header_->is_truncated_ |= header_is_cut_;
    }
    return *header_;
}

std::string Message::body(std::size_t limit) const
{
    const Stamp only_body{{}, {{0, body_offset_}}};
    Rendering rendering{*this, only_body, Dots::plain};
    std::string body;
    std::array<std::string_view, 64> pieces;
    while (body.size() < limit) {
        const std::size_t count = rendering.next(pieces);
        if (count == 0)
            break;
        for (std::size_t i = 0; i < count; ++i)
            body += pieces[i].substr(0, limit - body.size());
    }
    return body;
}

std::string Message::text() const
{
    const Stamp nothing;
    Rendering rendering{*this, nothing, Dots::plain};
    std::string text;
    text.reserve(size_);
    std::array<std::string_view, 64> pieces;
    while (const std::size_t count = rendering.next(pieces))
        for (std::size_t i = 0; i < count; ++i)
            text += pieces[i];
    return text;
}
}
