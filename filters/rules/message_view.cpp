// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/message_view.hpp"

#include "filters/content/text.hpp"
#include "filters/rules/body_lines.hpp"
#include "filters/rules/uri_list.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_decoded = 500'000, most_rendered = 50'000;
/// Of all parts together: what tests cost grows with what they look at. Of the first parts a
/// little in any case, so that a long one does not hide the others.
constexpr std::size_t most_decoded_in_all = 500'000, most_rendered_in_all = 100'000;
constexpr std::size_t first_parts = 20, least_decoded = 16'000, least_rendered = 4'000;
constexpr std::size_t most_full = 1U << 20;

bool is_rendered(const content::Part& part)
{
    return (part.type.starts_with("text/") && part.type != "text/calendar")
        || part.type.starts_with("multipart/");
}

bool is_html(const content::Part& part)
{
    return part.type == "text/html" || part.type == "application/xhtml+xml";
}

std::size_t characters(std::string_view utf8)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Without blanks at line ends: in quoted-printable they are of the way, not of the text (RFC 2045
/// §6.7).
std::string without_blank_ends(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        const auto kept = line.find_last_not_of(" \t\r") + 1;
        out += line.substr(0, kept);
        if (line.size() < text.size())
            out += '\n';
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return out;
}

/// Up to `limit`, and on to the end of the line or at least of the word, if that is near.
std::string_view cut_near(std::string_view text, std::size_t limit)
{
    constexpr std::size_t near = 1024;
    if (text.size() <= limit)
        return text;
    const auto window = text.substr(limit, near + 1);
    for (const char end : {'\n', ' '})
        if (const auto at = window.find(end); at != std::string_view::npos)
            return text.substr(0, limit + at + 1);
    return text.substr(0, limit);
}
}

MessageView::MessageView(const mail::Message& message, const Content& content, std::string_view hop)
    : message_{message}, content_{content},
      hop_{hop.empty() ? std::string{} : "Received: " + std::string{hop} + "\r\n"},
      block_{hop.empty() ? std::string{} : hop_ + std::string{message.header_block()}},
      header_{mail::Header::parse(block_, message.dots())},
      headers_{hop.empty() ? message.header() : header_,
               hop.empty() ? message.header_block() : std::string_view{block_}}
{ }

void MessageView::read_structure() const
{
    if (structure_)
        return;
    const content::Limits limits;
    text_ = message_.text();
    structure_ = content::parse_mime(text_, limits);
    std::erase_if(structure_->parts, &content::Part::is_alternative);
    for (const auto& part : structure_->parts)
        if (!part.is_container && part.encoding != content::Encoding::uuencode)
            read_part(part);
}

void MessageView::read_part(const content::Part& part) const
{
    PartView view;
    view.part = &part;
    view.is_text = is_rendered(part) || part.type.starts_with("message/");
    if (view.is_text) {
        const bool is_first = parts_.size() < first_parts;
        const auto most = std::max(std::min(most_decoded, most_decoded_in_all - decoded_),
                                   is_first ? least_decoded : 0);
        const bool is_quoted = part.encoding == content::Encoding::quoted_printable;
        const auto trimmed = is_quoted ? without_blank_ends(part.body) : std::string{};
        view.decoded = with_line_feeds(
            content::decode(is_quoted ? trimmed : part.body, part.encoding, 2 * most).bytes);
        view.decoded.resize(cut_near(view.decoded, most).size());
        decoded_ = std::min(decoded_ + view.decoded.size(), most_decoded_in_all);
        if (is_rendered(part)) {
            auto text = content::to_utf8(view.decoded, part.charset, most_decoded);
            if (is_html(part)) {
                view.html = render_html(text.utf8, most_decoded);
                view.html->source_characters = characters(text.utf8);
                view.rendered = view.html->text;
            } else
                view.rendered = std::move(text.utf8);
            const auto readable
                = std::max(std::min(most_rendered, most_rendered_in_all - rendered_),
                           is_first ? least_rendered : 0);
            view.rendered.resize(cut_near(view.rendered, readable).size());
            rendered_ = std::min(rendered_ + view.rendered.size(), most_rendered_in_all);
        }
    }
    parts_.push_back(std::move(view));
}

const std::vector<PartView>& MessageView::parts() const
{
    read_structure();
    return parts_;
}

const std::vector<content::Part>& MessageView::structure() const
{
    read_structure();
    return structure_->parts;
}

const std::vector<std::string>& MessageView::body() const
{
    if (body_)
        return *body_;
    std::string text;
    for (const auto& part : parts())
        text += (text.empty() ? "" : "\n") + part.rendered;
    body_ = body_lines(text);
    const auto* subject = headers_.find("Subject");
    body_->insert(body_->begin(), subject == nullptr ? std::string{"\n"} : *subject);
    return *body_;
}

const std::vector<std::string_view>& MessageView::rawbody() const
{
    if (!rawbody_) {
        rawbody_.emplace();
        for (const auto& part : parts())
            if (part.is_text)
                std::ranges::copy(raw_pieces(part.decoded), std::back_inserter(*rawbody_));
    }
    return *rawbody_;
}

const std::vector<std::string>& MessageView::uris() const
{
    if (uris_)
        return *uris_;
    UriList list;
    list.add_text(headers_.text("Subject"));
    for (const auto& part : parts()) {
        if (part.html)
            list.add_html(*part.html);
        if (!part.rendered.empty())
            list.add_text(part.rendered);
    }
    uris_ = list.take();
    return *uris_;
}

const std::deque<PartFields>& MessageView::part_headers() const
{
    if (part_headers_.empty())
        for (const auto& part : structure())
            part_headers_.emplace_back(part.header);
    return part_headers_;
}

const std::vector<std::string>& MessageView::hosts() const
{
    if (hosts_)
        return *hosts_;
    hosts_.emplace();
    for (const auto& uri : uris()) {
        const auto at = uri.find('@');
        if (uri.starts_with("mailto:") && at != std::string::npos) {
            hosts_->push_back(uri.substr(at + 1));
            std::ranges::transform(hosts_->back(), hosts_->back().begin(), mail::to_lower);
        } else if (auto url = content::parse_url(uri); url && !url->host.empty())
            hosts_->push_back(std::move(url->host));
    }
    std::ranges::sort(*hosts_);
    hosts_->erase(std::ranges::unique(*hosts_).begin(), hosts_->end());
    return *hosts_;
}

std::size_t MessageView::body_octets() const
{
    const auto& whole = full();
    const auto end = whole.find("\n\n");
    return end == std::string::npos ? 0 : whole.size() - end - 2;
}

const std::string& MessageView::full() const
{
    if (!full_) {
        read_structure();
        full_ = with_line_feeds(hop_ + text_.substr(0, most_full));
    }
    return *full_;
}
}
