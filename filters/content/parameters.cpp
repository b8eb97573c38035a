// SPDX-License-Identifier: Apache-2.0
#include "filters/content/parameters.hpp"

#include "filters/content/text.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/charset.hpp"
#include "gateway/mail/header.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace filters::content {
namespace {
constexpr std::size_t longest_value = 64 * 1024;

/// One "name=value" as it stands.
struct Raw {
    std::string name; ///< lower case, without RFC 2231's stars
    std::string value;
    std::vector<std::string> others; ///< what some programs read instead
    bool is_extended = false; ///< "name*": percent-encoded, the first with charset and language
    std::optional<unsigned> segment; ///< "name*1"
};

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), mail::to_lower);
    return result;
}

int hex_value(char c)
{
    if (mail::is_digit(c))
        return c - '0';
    const char letter = mail::to_lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_code = text[at] == '%' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0
            && hex_value(text[at + 2]) >= 0;
        bytes += is_code ? static_cast<char>(hex_value(text[at + 1]) << 4 | hex_value(text[at + 2]))
                         : text[at];
        at += is_code ? 2 : 0;
    }
    return bytes;
}

/// Cuts an unfolded value into its pieces.
class Lexer {
public:
    explicit Lexer(std::string_view text) : rest_{text} { }

    bool is_at_end() const { return rest_.empty(); }
    bool has_open_end = false; ///< a quote or comment that nothing closes

    enum class Comments { skipped, kept };
    struct Piece {
        std::string text;
        std::optional<std::size_t> quoted; ///< it began with a quoted string of that length
    };
    /// Up to one of `ends` or the end of all.
    Piece piece(std::string_view ends, Comments comments = Comments::skipped)
    {
        Piece read;
        std::string& text = read.text;
        std::size_t kept = 0; // blanks at the end go, but not those inside of quotes
        while (!rest_.empty() && !ends.contains(rest_.front())) {
            const char c = rest_.front();
            if (c == '"' && text.empty() && !read.quoted) {
                quoted(text);
                kept = text.size();
                read.quoted = kept;
            } else if (c == '(' && comments == Comments::skipped) {
                comment(text);
                kept = std::max(kept, knows_no_end_ ? text.size() : 0);
            } else {
                rest_.remove_prefix(1);
                if (mail::is_blank(c) || c == '\r' || c == '\n') {
                    if (!text.empty())
                        text += ' ';
                } else {
                    text += c;
                    kept = text.size();
                }
            }
        }
        text.resize(kept);
        return read;
    }

    /// Takes the separator away and says which it was.
    char separator()
    {
        const char c = rest_.empty() ? '\0' : rest_.front();
        if (!rest_.empty())
            rest_.remove_prefix(1);
        return c;
    }

private:
    void quoted(std::string& text)
    {
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1)
                rest_.remove_prefix(1);
            text += rest_.front();
            rest_.remove_prefix(1);
        }
        has_open_end |= rest_.empty();
        if (!rest_.empty())
            rest_.remove_prefix(1);
    }

    // A comment; an open one is text, for programs that know no comments read it so.
    void comment(std::string& text)
    {
        if (knows_no_end_) {
            text += rest_.front();
            rest_.remove_prefix(1);
            return;
        }
        std::size_t depth = 0;
        for (std::size_t at = 0; at < rest_.size(); ++at) {
            if (rest_[at] == '\\')
                ++at;
            else if (rest_[at] == '(')
                ++depth;
            else if (rest_[at] == ')' && --depth == 0) {
                rest_.remove_prefix(at + 1);
                return;
            }
        }
        knows_no_end_ = has_open_end = true;
        comment(text);
    }

    std::string_view rest_;
    bool knows_no_end_ = false;
};

// "filename*1*" → filename, segment 1, extended.
Raw read_name(std::string name)
{
    Raw raw;
    std::erase(name, ' ');
    raw.name = lower(name);
    const auto star = raw.name.find('*');
    if (star == std::string::npos)
        return raw;
    std::string_view tail = std::string_view{raw.name}.substr(star + 1);
    raw.is_extended = tail.empty() || tail.ends_with('*');
    if (tail.ends_with('*'))
        tail.remove_suffix(1);
    unsigned segment = 0;
    const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), segment);
    if (!tail.empty() && error == std::errc{} && end == tail.data() + tail.size())
        raw.segment = segment;
    else if (!tail.empty())
        return raw; // stars in another place are part of the name
    raw.name.resize(star);
    return raw;
}

class Reader {
public:
    Reader(std::string_view raw, const Limits& limits)
        : text_{mail::unfold(raw.substr(0, longest_value))}, limits_{limits}
    {
        if (raw.size() > longest_value)
            odd("over_limit", "a field longer than 64 KiB", true);
    }

    Parameterised read()
    {
        Lexer lexer{text_};
        result_.value = lower(lexer.piece(";").text);
        std::erase(result_.value, ' ');
        lexer.separator();
        while (!lexer.is_at_end() && raws_.size() < limits_.parameters)
            read_one(lexer);
        if (!lexer.is_at_end())
            odd("over_limit", "more parameters than " + std::to_string(limits_.parameters), true);
        if (lexer.has_open_end)
            odd("malformed", "a quote or comment without an end");
        for (std::size_t i = 0; i < raws_.size(); ++i)
            if (is_first_extended(i))
                add_extended(i);
            else if (!is_extended_form(raws_[i]))
                add_plain(raws_[i]);
        note_differences();
        return std::move(result_);
    }

private:
    static bool is_extended_form(const Raw& raw) { return raw.is_extended || raw.segment; }

    void read_one(Lexer& lexer)
    {
        Raw raw = read_name(lexer.piece(";=").text);
        if (lexer.separator() != '=') {
            if (!raw.name.empty())
                odd("malformed", "a parameter without a value");
            return;
        }
        read_value(lexer, raw);
        lexer.separator();
        if (raw.name.empty())
            odd("malformed", "a value without a name");
        else
            raws_.push_back(std::move(raw));
    }

    // A file's name may have parentheses outside of quotes, and most programs show them.
    static void read_value(Lexer& lexer, Raw& raw)
    {
        auto as_written = lexer;
        auto piece = lexer.piece(";");
        if (raw.name == "name" || raw.name == "filename") {
            auto whole = as_written.piece(";", Lexer::Comments::kept);
            raw.others.push_back(std::exchange(piece.text, std::move(whole.text)));
        }
        if (piece.quoted && *piece.quoted < piece.text.size())
            raw.others.push_back(piece.text.substr(0, *piece.quoted));
        if (!piece.quoted && piece.text.contains(' ') && !piece.text.contains("=?"))
            raw.others.push_back(piece.text.substr(0, piece.text.find(' ')));
        raw.value = std::move(piece.text);
    }

    bool is_first_extended(std::size_t index) const
    {
        const auto is_same = [&](const Raw& raw) {
            return is_extended_form(raw) && raw.name == raws_[index].name;
        };
        return is_extended_form(raws_[index])
            && std::find_if(raws_.begin(), raws_.end(), is_same)
            == raws_.begin() + static_cast<std::ptrdiff_t>(index);
    }

    // RFC 2231 §3, §4: segments in the order of their numbers; the first names the charset.
    void add_extended(std::size_t first)
    {
        std::vector<const Raw*> segments;
        for (const auto& raw : raws_)
            if (is_extended_form(raw) && raw.name == raws_[first].name)
                segments.push_back(&raw);
        const auto number = [](const Raw* raw) { return raw->segment.value_or(0); };
        std::ranges::sort(segments, {},
                          [&](const Raw* raw) { return std::pair{number(raw), raw}; });
        std::string charset, bytes, up_to_gap;
        bool has_gap = false;
        unsigned expected = 0;
        for (const Raw* segment : segments) {
            if (segment->segment && *segment->segment + 1 == expected) {
                odd("ambiguous_name", "a segment of " + segment->name + " twice");
                continue;
            }
            if (!has_gap && number(segment) > expected) {
                has_gap = true;
                up_to_gap = bytes;
                odd("malformed", "segments of " + segment->name + " are missing");
            }
            expected = number(segment) + 1;
            bytes += decoded_segment(*segment, segment == segments.front(), charset);
        }
        const auto& name = raws_[first].name;
        add(name, in_utf8(bytes, charset), true);
        if (has_gap && !up_to_gap.empty())
            add(name, in_utf8(up_to_gap, charset), false);
    }

    static std::string decoded_segment(const Raw& segment, bool is_first, std::string& charset)
    {
        if (!segment.is_extended)
            return segment.value;
        std::string_view text = segment.value;
        const auto quote = text.find('\'');
        const auto second = quote == std::string_view::npos ? quote : text.find('\'', quote + 1);
        if (is_first && second != std::string_view::npos) {
            charset = text.substr(0, quote);
            text.remove_prefix(second + 1);
        }
        return percent_decoded(text);
    }

    static std::string in_utf8(const std::string& bytes, const std::string& charset)
    {
        std::string text;
        if (!charset.empty() && mail::append_decoded(text, charset, bytes))
            return text;
        // Encoded words, raw 8-bit text: what senders do who never read RFC 2231.
        if (charset.empty() && bytes.contains("=?"))
            return mail::decode_words(bytes);
        return mail::is_utf8(bytes) ? bytes : to_utf8(bytes, {}, bytes.size() * 3).utf8;
    }

    void add_plain(const Raw& raw)
    {
        const bool is_boundary = raw.name == "boundary";
        const std::string text = in_utf8(raw.value, {});
        add(raw.name, is_boundary ? raw.value : text, false);
        if (is_boundary) {
            if (text != raw.value && raw.value.contains("=?"))
                add(raw.name, text, false);
            add(raw.name, raw.value.substr(0, raw.value.find('\0')), false);
            add(raw.name, std::string{mail::trimmed(raw.value)}, false);
        }
        for (const auto& other : raw.others)
            add(raw.name, in_utf8(other, {}), false);
    }

    void add(const std::string& name, std::string value, bool is_preferred)
    {
        auto& all = result_.parameters;
        const auto same = std::ranges::find(all, name, &std::pair<std::string, std::string>::first);
        if (std::ranges::find(all, std::pair{name, value}) != all.end() && !is_preferred)
            return;
        all.emplace(is_preferred ? same : all.end(), name, std::move(value));
    }

    // The end of a name decides what a program does with a file; all of a boundary matters.
    void note_differences()
    {
        const auto significant = [](std::string_view name, std::string_view value) {
            const bool is_file = name == "name" || name == "filename";
            return lower(is_file ? value.substr(std::min(value.rfind('.'), value.size())) : value);
        };
        std::vector<std::pair<std::string_view, std::string>> seen;
        for (const auto& [name, value] : result_.parameters) {
            const auto known
                = std::ranges::find(seen, name, &std::pair<std::string_view, std::string>::first);
            if (known == seen.end())
                seen.emplace_back(name, significant(name, value));
            else if (known->second != significant(name, value))
                odd("ambiguous_name", "several readings of " + name.substr(0, 40));
        }
    }

    void odd(std::string_view name, std::string detail, bool is_unscannable = false)
    {
        Oddity oddity{name, std::move(detail), is_unscannable};
        if (std::ranges::find(result_.oddities, oddity) == result_.oddities.end())
            result_.oddities.push_back(std::move(oddity));
    }

    std::string text_;
    const Limits& limits_;
    std::vector<Raw> raws_;
    Parameterised result_;
};
}

std::string_view Parameterised::find(std::string_view name) const
{
    for (const auto& [known, text] : parameters)
        if (known == name)
            return text;
    return {};
}

std::vector<std::string_view> Parameterised::find_all(std::string_view name) const
{
    std::vector<std::string_view> all;
    for (const auto& [known, text] : parameters)
        if (known == name && std::ranges::find(all, text) == all.end())
            all.push_back(text);
    return all;
}

Parameterised parse_parameters(std::string_view raw, const Limits& limits)
{
    return Reader{raw, limits}.read();
}
}
