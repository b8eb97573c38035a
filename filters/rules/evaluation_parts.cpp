// SPDX-License-Identifier: Apache-2.0
#include "filters/content/parameters.hpp"
#include "filters/content/text.hpp"
#include "filters/rules/evaluation.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;
using content::Encoding;

bool is_type(const PartView& part, std::string_view type) { return part.part->type == type; }

double html_part(const EvaluationContext& context, Arguments)
{
    return std::ranges::any_of(context.view.parts(),
                               [](const auto& part) { return is_type(part, "text/html"); });
}

double html_only(const EvaluationContext& context, Arguments)
{
    bool has_html = false, has_text = false;
    for (const auto& part : context.view.parts()) {
        has_html |= is_type(part, "text/html");
        has_text |= is_type(part, "text/plain") && part.part->disposition != "attachment";
    }
    return has_html && !has_text;
}

/// Blanks count, line ends do not.
std::size_t longest_line(std::string_view text)
{
    std::size_t longest = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        longest = std::max(longest, text.substr(0, end).find_last_not_of('\r') + 1);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return longest;
}

double base64_length(const EvaluationContext& context, Arguments arguments)
{
    std::size_t longest = 0;
    for (const auto& part : context.view.parts())
        if (part.part->encoding == Encoding::base64)
            longest = std::max(longest, longest_line(part.part->body));
    const auto length = static_cast<double>(longest);
    return length > number_argument(arguments, 0, 0)
        && length <= number_argument(arguments, 1, 1e9);
}

bool is_base64_text(const PartView& part)
{
    // Of texts that ASCII would do for.
    return part.part->encoding == Encoding::base64 && part.part->type.starts_with("text/")
        && part.part->disposition.empty() && part.part->filename.empty()
        && (part.part->charset.empty() || part.part->charset == "us-ascii");
}

/// Where the quoted blanks that begin at `at` end; `at` if none do.
std::size_t behind_blanks(std::string_view text, std::size_t at)
{
    while (text.substr(at).starts_with("=20") || text.substr(at).starts_with("=09"))
        at += 3;
    return at;
}

/// Quoted characters of ASCII that nothing asks to quote: all but "=" and blanks at a line's end.
bool has_needless_escapes(std::string_view text)
{
    for (auto at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
        if (at + 3 > text.size())
            return false;
        const auto digits = text.substr(at + 1, 2);
        const bool is_ascii = std::string_view{"234567"}.contains(digits[0])
            && std::string_view{"0123456789ABCDEF"}.contains(digits[1]) && digits != "7F"
            && digits != "3D";
        const auto end = behind_blanks(text, at);
        const bool is_at_end = end == text.size() || std::string_view{"\r\n"}.contains(text[end]);
        if (end > at ? !is_at_end : is_ascii)
            return true;
        if (end > at)
            at = end - 1;
    }
    return false;
}

double mime(const EvaluationContext& context, Arguments arguments)
{
    const auto name = text_argument(arguments, 0);
    const auto& parts = context.view.parts();
    const auto count = [&](auto&& is_counted) {
        return static_cast<double>(std::ranges::count_if(parts, is_counted));
    };
    if (name == "mime_base64_count")
        return count([](const auto& part) { return part.part->encoding == Encoding::base64; });
    if (name == "mime_qp_count")
        return count([](const auto& part) {
                   return part.part->encoding == Encoding::quoted_printable
                       && has_needless_escapes(part.part->body);
               })
            > 0;
    if (name == "mime_base64_encoded_text")
        return count(is_base64_text) > 0;
    if (name == "mime_attachment")
        return std::ranges::any_of(context.view.structure(), [](const content::Part& part) {
            // What is uuencoded in a text has no header that says so.
            return part.disposition == "attachment" && !part.header.empty();
        });
    if (name == "mime_qp_long_line")
        return count([](const auto& part) {
                   constexpr std::size_t longest = 78;
                   return part.part->encoding == Encoding::quoted_printable
                       && longest_line(part.part->body) > longest;
               })
            > 0;
    return 0;
}

bool has_alternative(const EvaluationContext& context)
{
    return std::ranges::any_of(context.view.structure(), [](const auto& part) {
        return part.type == "multipart/alternative";
    });
}

/// How much text there is for each octet of HTML, as it was sent; the last of each counts.
double html_share(const EvaluationContext& context, Arguments arguments)
{
    std::optional<double> text, html;
    for (const auto& part : context.view.parts()) {
        if (!part.part->type.starts_with("text/") || part.part->disposition == "attachment")
            continue;
        const auto& body = part.part->body;
        const auto size = static_cast<double>(std::ssize(body) - std::ranges::count(body, '\r'));
        (is_type(part, "text/html") ? html : text) = size;
    }
    if (!has_alternative(context) || !text || html.value_or(0) == 0)
        return 0;
    const double ratio = *text / *html;
    return ratio >= number_argument(arguments, 0, 0) && ratio < number_argument(arguments, 1, 0);
}

using Words = std::vector<std::string_view>;

/// What stands between blanks and says something.
void add_words(std::string_view text, Words& all)
{
    constexpr std::string_view blanks = " \t\r\n\f\v", no_break = "\xC2\xA0";
    const auto add = [&](std::string_view word) {
        const bool says_something = std::ranges::any_of(word, [](char c) {
            return mail::is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80;
        });
        if (says_something)
            all.push_back(word);
    };
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = blanks.contains(text[i]) ? 1
            : text.substr(i).starts_with(no_break)          ? no_break.size()
                                                            : 0;
        if (length > 0) {
            add(text.substr(start, i - start));
            start = i + length;
        }
        i += std::max<std::size_t>(length, 1);
    }
    add(text.substr(start));
}

struct Alternatives {
    Words text, html; ///< sorted, as often as they stand there
    std::vector<std::string> wide; ///< what some of them point into
};
Alternatives alternatives(const EvaluationContext& context)
{
    Alternatives found;
    const auto& parts = context.view.parts();
    found.wide.reserve(parts.size());
    bool has_picture = false;
    for (const auto& part : parts) {
        const bool is_html = is_type(part, "text/html");
        if (!is_html && !is_type(part, "text/plain"))
            continue;
        has_picture |= is_html && part.html && !part.html->pictures.empty();
        const bool is_narrow = is_html && !mail::is_utf8(part.rendered);
        if (is_narrow)
            found.wide.push_back(
                content::to_utf8(part.rendered, "iso-8859-1", 2 * part.rendered.size()).utf8);
        add_words(is_narrow ? std::string_view{found.wide.back()} : part.rendered,
                  is_html ? found.html : found.text);
    }
    // A picture says something that the text does not.
    if (found.html.empty() && has_picture)
        found.html.emplace_back(" ");
    std::ranges::sort(found.text);
    std::ranges::sort(found.html);
    return found;
}

/// Calls `use(word, count)` for each word of a sorted list.
template <class Use> void each_word(const Words& sorted, Use&& use)
{
    for (auto at = sorted.begin(); at != sorted.end();) {
        const auto end = std::upper_bound(at, sorted.end(), *at);
        use(*at, end - at);
        at = end;
    }
}

double different_words(const Words& sorted)
{
    double count = 0;
    each_word(sorted, [&](std::string_view, std::ptrdiff_t) { ++count; });
    return count;
}

/// How many of a hundred words of the HTML do not stand in the text, or not as often.
double alternative_difference(const EvaluationContext& context, Arguments arguments)
{
    if (!has_alternative(context))
        return 0;
    const auto found = alternatives(context);
    if (found.html.empty())
        return 0;
    double missing = 0;
    each_word(found.html, [&](std::string_view word, std::ptrdiff_t count) {
        missing += std::ranges::ssize(std::ranges::equal_range(found.text, word)) < count;
    });
    const double share = 100 * missing / different_words(found.html);
    return share > number_argument(arguments, 0, 0) && share <= number_argument(arguments, 1, 100);
}

double alternative_count(const EvaluationContext& context, Arguments arguments)
{
    if (!has_alternative(context))
        return 0;
    const auto found = alternatives(context);
    const double html = different_words(found.html);
    return html > number_argument(arguments, 1, 1)
        && different_words(found.text) > number_argument(arguments, 0, 1) * html;
}

double alternative_without_text(const EvaluationContext& context, Arguments)
{
    for (const auto& container : context.view.structure()) {
        if (container.type != "multipart/alternative")
            continue;
        for (const auto& part : context.view.structure())
            if (!part.is_container && part.path.starts_with(container.path)
                && part.depth == container.depth + 1 && !part.type.starts_with("text/")
                && !part.type.starts_with("multipart/") && part.type != "application/ics")
                return 1;
    }
    return 0;
}

/// Text behind the line that closes the outermost container.
bool has_epilogue(const EvaluationContext& context)
{
    const auto type = content::parse_parameters(context.view.headers().text("Content-Type"));
    const auto boundary = type.find("boundary");
    if (!type.value.starts_with("multipart/") || boundary.empty())
        return false;
    const std::string end = "\n--" + std::string{boundary} + "--";
    const auto& whole = context.view.full();
    const auto at = whole.find(end);
    return at != std::string::npos
        && !mail::trimmed(std::string_view{whole}.substr(at + end.size())).empty();
}

/// A part within a container whose header ends at a line that is none of its fields.
bool has_part_without_empty_line(const EvaluationContext& context)
{
    const auto& structure = context.view.structure();
    std::vector<bool> is_multipart; // of the containers around, the outermost first
    for (std::size_t i = 0; i < structure.size(); ++i) {
        const auto& part = structure[i];
        const bool is_inside
            = part.depth > 0 && part.depth <= is_multipart.size() && is_multipart[part.depth - 1];
        if (is_inside && context.view.part_headers()[i].header.malformed_lines() > 0)
            return true;
        is_multipart.resize(part.depth);
        is_multipart.push_back(part.type.starts_with("multipart/"));
    }
    return false;
}

double parse_flags(const EvaluationContext& context, Arguments arguments)
{
    const auto name = text_argument(arguments, 0);
    if (name == "truncated_header")
        return context.view.headers().header().is_truncated();
    if (name == "missing_mime_headers")
        return std::ranges::any_of(context.view.parts(), [](const PartView& part) {
            return part.part->depth > 0 && mail::trimmed(part.part->header).empty();
        });
    if (name == "mime_epilogue_exists")
        return has_epilogue(context);
    if (name == "missing_mime_head_body_separator")
        return has_part_without_empty_line(context);
    if (name == "missing_head_body_separator")
        return context.view.headers().header().malformed_lines() > 0;
    return 0;
}

double plain_text_not_ascii(const EvaluationContext& context, Arguments)
{
    return std::ranges::any_of(context.view.parts(), [](const PartView& part) {
        // As it was sent: encodings have no octets of that kind.
        const auto body = part.part->body;
        const bool is_claimed = part.part->type == "text/plain"
            && (part.part->charset.empty() || part.part->charset == "us-ascii");
        return is_claimed && std::ranges::any_of(body, [](char c) {
                   return c == '\0' || static_cast<unsigned char>(c) >= 0x80;
               });
    });
}

/// "&#1234;" in plain text.
double many_references(const EvaluationContext& context, Arguments arguments)
{
    for (const auto& part : context.view.parts()) {
        if (part.part->type != "text/plain" || part.part->encoding != Encoding::none
            || part.decoded.empty())
            continue;
        constexpr std::size_t longest_reference = 8;
        double count = 0;
        for (auto at = part.decoded.find("&#"); at != std::string::npos;
             at = part.decoded.find("&#", at + 2))
            count += std::string_view{part.decoded}.substr(at, longest_reference).contains(';');
        if (count / static_cast<double>(part.decoded.size()) >= number_argument(arguments, 0, 1))
            return 1;
    }
    return 0;
}

constexpr std::array<NamedEvaluation, 11> table{
    {{"check_for_mime_html", html_part},
     {"check_for_mime_html_only", html_only},
     {"check_base64_length", base64_length},
     {"check_for_mime", mime},
     {"check_mime_multipart_ratio", html_share},
     {"multipart_alternative_difference", alternative_difference},
     {"multipart_alternative_difference_count", alternative_count},
     {"check_ma_non_text", alternative_without_text},
     {"check_msg_parse_flags", parse_flags},
     {"check_for_ascii_text_illegal", plain_text_not_ascii},
     {"check_abundant_unicode_ratio", many_references}}};
}

std::span<const NamedEvaluation> part_evaluations() { return table; }
}
