// SPDX-License-Identifier: Apache-2.0
#include "filters/content/mime_pass.hpp"

#include "filters/content/text.hpp"
#include "filters/content/uuencode.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::size_t most_oddities = 100;

// Sets the end of a body whose start is known.
void end_body(Part& part, std::string_view text, std::size_t end)
{
    const auto start = static_cast<std::size_t>(part.body.data() - text.data());
    part.body = text.substr(start, std::max(start, end) - start);
}

bool is_encoded(Encoding encoding)
{
    return encoding == Encoding::base64 || encoding == Encoding::quoted_printable
        || encoding == Encoding::uuencode;
}

std::string below(std::string_view path, std::string_view name)
{
    return path.empty() ? std::string{name} : std::string{path} + "." + std::string{name};
}
}

void MimePass::read(std::string_view message)
{
    queue_.push_back({message});
    while (!queue_.empty()) {
        const Text text = std::move(queue_.front());
        queue_.pop_front();
        walk(text);
    }
}

void MimePass::walk(const Text& text)
{
    text_ = &text;
    frames_.clear();
    place_ = Place::between;
    if (text.boundary)
        frames_.push_back({.boundary = *text.boundary, .path = text.path, .is_multipart = true});
    else
        start_header(0, "text/plain");
    for (std::size_t at = 0; at < text.bytes.size();) {
        if (place_ == Place::leaf && frames_.empty() && !watches_uuencode_)
            break;
        if (parts.size() >= limits_.parts) {
            odd("over_limit", {}, "more parts than " + std::to_string(limits_.parts), true);
            break;
        }
        const Line line = line_at(at);
        at = line.end();
        if (!is_at_boundary(line))
            body_line(line);
    }
    if (place_ == Place::header && parts.size() < limits_.parts)
        end_header(text.bytes.size(), text.bytes.size());
    end_leaf(text.bytes.size());
    end_containers(0, text.bytes.size());
    decode_containers();
}

MimePass::Line MimePass::line_at(std::size_t at) const
{
    const auto rest = text_->bytes.substr(at);
    const auto end = rest.find('\n');
    auto text = rest.substr(0, end);
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    return {rest.substr(0, end == std::string_view::npos ? end : end + 1), text, at};
}

void MimePass::body_line(const Line& line)
{
    if (place_ == Place::header)
        header_line(line);
    else if (place_ == Place::leaf && watches_uuencode_)
        watch_uuencode(line);
}

void MimePass::start_header(std::size_t at, std::string_view default_type)
{
    place_ = Place::header;
    header_start_ = at;
    header_has_line_ = false;
    default_type_ = default_type;
}

void MimePass::header_line(const Line& line)
{
    if (line.text.empty())
        return end_header(line.start, line.end());
    const bool is_blank = line.text.find_first_not_of(" \t") == std::string_view::npos;
    const bool is_fold = mail::is_blank(line.text.front()) && header_has_line_;
    const bool is_mbox
        = !header_has_line_ && (line.text.starts_with("From ") || line.text.starts_with(">From "));
    if (is_blank || !(is_fold || is_mbox || is_field_line(line.text))) {
        doubts |= short_header;
        if (reading_ & short_header)
            return end_header(line.start, is_blank ? line.end() : line.start);
    }
    header_has_line_ = true;
}

std::string MimePass::child_path(bool is_multipart)
{
    if (!frames_.empty() && frames_.back().is_multipart)
        return below(frames_.back().path, std::to_string(++frames_.back().children));
    const auto& holder = frames_.empty() ? text_->path : frames_.back().path;
    return is_multipart ? holder.empty() ? "" : below(holder, "TEXT") : below(holder, "1");
}

void MimePass::end_header(std::size_t end, std::size_t body)
{
    const auto block = text_->bytes.substr(header_start_, end - header_start_);
    PartHeader header = read_part_header(block, default_type_, reading_, limits_);
    doubts |= header.doubts;
    Part& part = header.part;
    part.path = child_path(header.is_multipart);
    part.body = text_->bytes.substr(body, 0);
    part.depth = static_cast<unsigned>(text_->depth + frames_.size());
    part.is_alternative = text_->is_alternative;
    part.is_container = opens_container(header, part.path);
    for (const auto& oddity : header.oddities)
        odd(oddity.name, part.path, oddity.detail, oddity.is_unscannable);
    parts.push_back(std::move(part));
    note_encodings(header, parts.back().is_container);
    if (parts.back().is_container)
        open_container(header, body);
    else
        open_leaf(header);
}

bool MimePass::opens_container(PartHeader& header, std::string_view path)
{
    const bool is_multipart
        = header.is_multipart && (header.has_boundary || (reading_ & guessed_boundary) != 0);
    if (header.is_multipart && !header.has_boundary) {
        doubts |= guessed_boundary;
        odd("malformed", path, "a multipart without a boundary");
    }
    if (!is_multipart && !(header.is_message && !is_encoded(header.part.encoding)))
        return false;
    if (header.part.depth < limits_.depth)
        return true;
    odd("over_limit", path, "parts in more than " + std::to_string(limits_.depth) + " parts", true);
    return false;
}

void MimePass::open_container(PartHeader& header, std::size_t body)
{
    const std::size_t index = parts.size() - 1;
    const auto& path = parts.back().path;
    const auto is_same = [&](const Frame& frame) {
        return frame.is_multipart && frame.boundary == header.boundary;
    };
    if (header.has_boundary && std::ranges::any_of(frames_, is_same))
        doubts |= outer_boundary_first;
    // The parts of a message's own multipart count from the message (RFC 3501 §6.4.5).
    const bool is_root = path.empty() || path.ends_with("TEXT");
    const auto& holder = frames_.empty() ? text_->path : frames_.back().path;
    frames_.push_back({.part = index,
                       .boundary = std::move(header.boundary),
                       .path = is_root ? holder : path,
                       .is_multipart = header.is_multipart,
                       .is_digest = parts.back().type == "multipart/digest"});
    if (header.is_multipart)
        place_ = Place::between;
    else
        start_header(body, "text/plain");
}

void MimePass::open_leaf(const PartHeader& header)
{
    leaf_ = parts.size() - 1;
    place_ = Place::leaf;
    watches_uuencode_ = parts.back().type.starts_with("text/") && !is_encoded(header.part.encoding);
}

void MimePass::note_encodings(const PartHeader& header, bool is_open)
{
    const std::size_t index = parts.size() - 1;
    const bool is_container = header.is_message || (header.is_multipart && header.has_boundary);
    std::optional<std::string> boundary;
    if (header.is_multipart)
        boundary = header.boundary;
    if (is_container && is_encoded(header.part.encoding))
        encoded_.push_back({index, header.part.encoding, is_open, true, boundary});
    for (const auto encoding : header.other_encodings)
        if (is_encoded(encoding) || !is_container)
            encoded_.push_back({index, encoding, true, is_container, boundary});
}

void MimePass::end_leaf(std::size_t end)
{
    if (!leaf_)
        return;
    if (uuencoded_ && uuencoded_->has_data)
        end_uuencode(end);
    uuencoded_.reset();
    watches_uuencode_ = false;
    end_body(parts[*leaf_], text_->bytes, end);
    leaf_.reset();
}

// All from the frame `first` on.
void MimePass::end_containers(std::size_t first, std::size_t end)
{
    for (; frames_.size() > first; frames_.pop_back()) {
        const Frame& frame = frames_.back();
        if (!frame.part)
            continue;
        end_body(parts[*frame.part], text_->bytes, end);
        if (!frame.is_multipart || frame.children > 0)
            continue;
        doubts |= guessed_boundary;
        Part part = parts[*frame.part];
        odd("malformed", part.path, "a multipart without parts");
        if (mail::trimmed(part.body).empty())
            continue;
        part.is_container = false;
        part.is_alternative = true;
        part.type = is_encoded(part.encoding) ? "application/octet-stream" : "text/plain";
        parts.push_back(std::move(part));
    }
}

bool MimePass::matches(const Frame& frame, std::string_view text, bool& is_end)
{
    if (!frame.is_multipart || frame.boundary.empty() || !text.starts_with(frame.boundary))
        return false;
    text.remove_prefix(frame.boundary.size());
    const auto rest = text.substr(0, text.find_last_not_of(" \t") + 1);
    is_end = rest.starts_with("--");
    if (rest.empty() || rest == "--")
        return true;
    doubts |= boundary_prefix;
    return (reading_ & boundary_prefix) != 0;
}

bool MimePass::guesses(std::string_view text)
{
    if ((reading_ & guessed_boundary) == 0 || text.empty())
        return false;
    Frame& frame = frames_.back();
    if (!frame.is_multipart || frame.children > 0 || frame.is_closed)
        return false;
    frame.boundary = text;
    return true;
}

// Ends what a boundary line ends, and starts what it starts.
bool MimePass::is_at_boundary(const Line& line)
{
    if (frames_.empty() || !line.text.starts_with("--"))
        return false;
    const auto text = line.text.substr(2, line.text.find_last_not_of(" \t") - 1);
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        const std::size_t index = reading_ & outer_boundary_first ? i : frames_.size() - 1 - i;
        bool is_end = false;
        if (!matches(frames_[index], text, is_end))
            continue;
        if (frames_[index].is_closed) {
            doubts |= parts_after_end;
            if ((reading_ & parts_after_end) == 0)
                continue;
        }
        next_part(index, line, is_end);
        return true;
    }
    if (!guesses(text))
        return false;
    next_part(frames_.size() - 1, line, false);
    return true;
}

void MimePass::next_part(std::size_t frame, const Line& line, bool is_end)
{
    if (place_ == Place::header)
        end_header(line.start, line.start);
    // The line end before a boundary belongs to it (RFC 2046 §5.1.1).
    std::size_t end = line.start;
    if (end > 0)
        --end;
    if (end > 0 && text_->bytes[end - 1] == '\r')
        --end;
    end_leaf(end);
    end_containers(frame + 1, end);
    frames_[frame].is_closed = is_end;
    place_ = Place::between;
    if (!is_end)
        start_header(line.end(), frames_[frame].is_digest ? "message/rfc822" : "text/plain");
}

void MimePass::watch_uuencode(const Line& line)
{
    if (uuencoded_) {
        if (line.text == "end")
            return end_uuencode(line.end());
        const bool is_data = is_uuencode_data(line.text);
        uuencoded_->has_data = uuencoded_->has_data || is_data;
        if (is_data || line.text.empty())
            return;
        end_uuencode(line.start); // and this line may begin another file
    }
    if (!line.text.starts_with("begin "))
        return;
    if (const auto name = uuencode_name(line.text))
        uuencoded_ = {line.start, to_utf8(*name, {}, 1000).utf8, false};
}

void MimePass::end_uuencode(std::size_t end)
{
    const auto found = std::move(*uuencoded_);
    uuencoded_.reset();
    if (!found.has_data)
        return;
    Part part;
    part.path = parts[*leaf_].path + "/" + found.name;
    part.type = "application/octet-stream";
    part.filename = found.name;
    part.disposition = "attachment";
    part.encoding = Encoding::uuencode;
    part.body = text_->bytes.substr(found.start, end - found.start);
    part.depth = parts[*leaf_].depth + 1;
    part.is_alternative = parts[*leaf_].is_alternative;
    parts.push_back(std::move(part));
}

// After a walk, when all bodies have their ends.
void MimePass::decode_containers()
{
    for (const auto& encoded : encoded_) {
        const std::string path = parts[encoded.part].path;
        if (encoded.is_alternative)
            odd(encoded.is_container ? "ambiguous_structure" : "ambiguous_encoding", path,
                "another encoding, " + std::string{to_string(encoded.encoding)});
        if (encoded.is_container) {
            enqueue(encoded);
        } else {
            Part part = parts[encoded.part];
            part.encoding = encoded.encoding;
            part.is_alternative = true;
            parts.push_back(std::move(part));
        }
    }
    encoded_.clear();
}

void MimePass::enqueue(const Encoded& encoded)
{
    Part& part = parts[encoded.part];
    const std::size_t depth = part.depth + 1;
    if (depth >= limits_.depth)
        return odd("over_limit", part.path,
                   "parts in more than " + std::to_string(limits_.depth) + " parts", true);
    const auto readings = decoded_.find(part.body, encoded.encoding);
    if (!readings)
        return odd("over_limit", part.path, "encoded messages in encoded messages", true);
    part.is_container = true;
    bool is_alternative = encoded.is_alternative || part.is_alternative;
    for (const auto text : *readings) {
        queue_.push_back({text, part.path, depth, is_alternative, encoded.boundary});
        is_alternative = true;
    }
}

void MimePass::odd(std::string_view name, std::string_view path, std::string_view detail,
                   bool is_unscannable)
{
    Oddity oddity{name, {}, is_unscannable};
    oddity.detail = path.empty() ? std::string{detail}
                                 : "part " + std::string{path} + ": " + std::string{detail};
    const bool is_known = std::ranges::find(oddities, oddity) != oddities.end();
    const std::size_t room = is_unscannable ? 2 * most_oddities : most_oddities;
    if (!is_known && oddities.size() < room)
        oddities.push_back(std::move(oddity));
}
}
