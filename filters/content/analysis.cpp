// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"

#include "filters/content/file_reader.hpp"
#include "filters/content/link_collector.hpp"
#include "filters/content/mime.hpp"
#include "filters/content/plain_header.hpp"
#include "filters/content/preview.hpp"
#include "filters/content/sha256.hpp"
#include "filters/content/text.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <set>

namespace filters {
bool Content::is_unscannable() const
{
    return std::ranges::any_of(oddities, &content::Oddity::is_unscannable);
}
}

namespace filters::content {
namespace {
constexpr std::size_t most_oddities = 300;

bool is_text(const Part& part)
{
    return part.type.starts_with("text/") || part.type.starts_with("multipart/")
        || part.type == "application/xhtml+xml";
}

bool is_page(const Part& part)
{
    return part.type == "text/html" || part.type == "application/xhtml+xml"
        || part.type == "text/x-amp-html";
}

/// One message on its way to its `Content`.
class Analyst {
public:
    Analyst(const mail::Message& message, const Limits& limits)
        : message_{message}, limits_{limits}, text_left_{limits.all_text_bytes},
          reading_bytes_left_{limits.reading_bytes}, links_{limits},
          files_{limits, content_, links_}
    { }

    Content run()
    {
        const auto& header = message_.header();
        content_.subject = header.decoded("Subject");
        if (const auto* from = header.find("From")) {
            const auto list = mail::parse_address_list(from->value);
            if (!list.entries.empty())
                content_.from_name = list.entries.front().display_name;
        }
        content_.raw_body = message_.body(limits_.raw_body_bytes);
        content_.is_raw_body_cut
            = message_.size() - message_.body_offset() > limits_.raw_body_bytes;
        read_parts(plain_text());
        if (links_.is_over_limit())
            odd({"over_limit", "more links than " + std::to_string(limits_.links)});
        content_.links = links_.take();
        content_.preview = make_preview(content_, limits_.preview_bytes);
        return std::move(content_);
    }

private:
    // Without a copy where the message lies in one piece.
    std::string_view plain_text()
    {
        if (message_.dots() == mail::Dots::plain && message_.chunks().size() == 1)
            return message_.chunks().front().view();
        joined_ = message_.text();
        return joined_;
    }

    void read_parts(std::string_view message)
    {
        const auto structure = parse_mime(message, limits_);
        for (const auto& oddity : structure.oddities)
            odd(oddity);
        is_odd_ = !structure.oddities.empty()
            || !std::ranges::all_of(structure.parts, is_plainly_written);
        for (const auto& part : structure.parts)
            if (!part.is_container)
                read_leaf(part);
            else if (part.type.starts_with("message/"))
                read_message(part);
    }

    // What is in it are parts of their own; as a file it can be attached and named.
    void read_message(const Part& part)
    {
        if (part.path.empty() || part.encoding != Encoding::none)
            return;
        File file = file_of(part);
        file.is_attachment = true;
        files_.add_opened(std::move(file), part.body, Kind::message);
    }

    void read_leaf(const Part& part)
    {
        Decoded decoded;
        std::string_view bytes = part.body;
        if (part.encoding != Encoding::none && part.encoding != Encoding::unknown) {
            decoded = decode(part.body, part.encoding, limits_.part_bytes);
            bytes = decoded.bytes;
        }
        if (decoded.is_cut || bytes.size() > limits_.part_bytes)
            odd({"over_limit", "part " + part.path + ": too large", true});
        if (!decoded.others.empty() && !is_text(part))
            odd({"ambiguous_encoding", "part " + part.path + ": decoders give different octets"});
        if (is_odd_ || part.is_alternative || !decoded.others.empty())
            keep_readings(bytes, decoded.others);
        read_octets(part, bytes, part.is_alternative);
        for (const auto& other : decoded.others)
            read_octets(part, other, true);
    }

    void keep_readings(std::string_view bytes, const std::vector<std::string>& others)
    {
        keep_reading(bytes);
        for (const auto& other : others)
            keep_reading(other);
    }

    void keep_reading(std::string_view bytes)
    {
        constexpr std::size_t most = 1000;
        if (bytes.empty() || content_.is_readings_cut
            || !known_readings_.insert(sha256(bytes)).second)
            return;
        content_.is_readings_cut
            = bytes.size() > reading_bytes_left_ || content_.readings.size() >= most;
        if (content_.is_readings_cut)
            return;
        reading_bytes_left_ -= bytes.size();
        content_.readings.emplace_back(bytes.begin(), bytes.end());
    }

    void read_octets(const Part& part, std::string_view bytes, bool is_alternative)
    {
        File file = file_of(part);
        file.is_alternative = is_alternative;
        if (is_text(part))
            read_text(part, bytes, file);
        files_.add(std::move(file), bytes);
    }

    static File file_of(const Part& part)
    {
        File file;
        file.path = part.path;
        file.filename = part.filename;
        file.other_filenames = part.other_filenames;
        file.declared = part.type;
        file.is_alternative = part.is_alternative;
        // What is the whole of a message is shown as its text, whatever it is said to be.
        const bool is_whole = part.depth == 0;
        file.is_attachment = !is_text(part)
            || (!is_whole
                && (part.disposition == "attachment"
                    || (!part.filename.empty() && part.disposition != "inline")));
        return file;
    }

    void read_text(const Part& part, std::string_view bytes, const File& file)
    {
        const bool is_html = is_page(part);
        // Many programs show what has a name, but is not called an attachment, below the text.
        const bool is_shown = !file.is_attachment || part.disposition != "attachment";
        const std::size_t limit = std::min(limits_.text_bytes, text_left_);
        auto text = to_utf8(bytes, is_html ? html_charset(part, bytes) : part.charset, limit);
        text_left_ -= text.utf8.size();
        if (text.is_cut)
            odd({"over_limit",
                 "part " + part.path + ": only the first " + std::to_string(text.utf8.size())
                     + " octets of text are read",
                 is_html && is_shown}); // what is shown must be seen
        if (text.charset == "utf-7")
            odd({"ambiguous_encoding", "part " + part.path + ": UTF-7"});
        Body body;
        body.path = part.path;
        body.type = is_html ? "text/html" : "text/plain";
        body.charset = text.charset;
        body.is_guessed_charset = text.is_guessed;
        body.is_alternative = file.is_alternative;
        body.raw = std::move(text.utf8);
        if (is_html)
            read_markup(body);
        else
            links_.add_text(body.visible = body.raw, Link::Source::text);
        if (is_shown)
            content_.bodies.push_back(std::move(body));
    }

    // Pages say their charset themselves where the part does not.
    static std::string html_charset(const Part& part, std::string_view bytes)
    {
        if (!part.charset.empty())
            return part.charset;
        const auto head = bytes.substr(0, 2048);
        std::string lower{head};
        std::ranges::transform(lower, lower.begin(), mail::to_lower);
        const auto at = lower.find("charset=");
        if (at == std::string::npos)
            return {};
        const auto start = lower.find_first_not_of("\"' ", at + 8);
        return start == std::string::npos
            ? std::string{}
            : lower.substr(start, lower.find_first_of("\"'/> ;", start) - start);
    }

    void read_markup(Body& body)
    {
        auto html = read_html(body.raw, limits_);
        for (auto& oddity : html.oddities)
            odd({oddity.name, "part " + body.path + ": " + oddity.detail, oddity.is_unscannable});
        links_.add_html(html);
        body.visible = std::move(html.visible);
        if (!html.elsewhere.empty())
            body.visible += '\n' + html.elsewhere; // Outlook shows it
        body.hidden = std::move(html.hidden);
        body.tags = std::move(html.tags);
        body.counts = html.counts;
    }

    void odd(Oddity oddity)
    {
        const bool has_room = content_.oddities.size() < most_oddities || oddity.is_unscannable;
        if (has_room && std::ranges::find(content_.oddities, oddity) == content_.oddities.end())
            content_.oddities.push_back(std::move(oddity));
    }

    const mail::Message& message_;
    const Limits& limits_;
    Content content_;
    std::string joined_;
    std::size_t text_left_, reading_bytes_left_;
    std::set<Sha256> known_readings_;
    bool is_odd_ = false; ///< nobody knows how others read its structure
    LinkCollector links_;
    FileReader files_;
};
}

Content analyse(const mail::Message& message, const Limits& limits)
{
    return Analyst{message, limits}.run();
}
}
