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

std::size_t longest_line(std::string_view text)
{
    std::size_t longest = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        longest = std::max(longest, mail::trimmed(text.substr(0, end)).size());
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

/// Lines with quoted characters of ASCII that nothing asks to quote: all but "=" and blanks at a
/// line's end.
double lines_with_needless_escapes(std::string_view text)
{
    double count = 0;
    std::size_t counted_to = 0;
    for (auto at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
        if (at + 3 > text.size())
            break;
        if (at < counted_to)
            continue;
        const auto digits = text.substr(at + 1, 2);
        const bool is_ascii = std::string_view{"234567"}.contains(digits[0])
            && std::string_view{"0123456789ABCDEF"}.contains(digits[1]) && digits != "7F"
            && digits != "3D";
        const bool is_at_end
            = at + 3 == text.size() || std::string_view{"\r\n"}.contains(text[at + 3]);
        const bool is_blank = digits == "20" || digits == "09";
        if ((!is_ascii && !is_blank) || (is_blank && is_at_end))
            continue;
        ++count;
        counted_to = std::min(text.find('\n', at), text.size());
    }
    return count;
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
    if (name == "mime_qp_count") {
        double needless = 0;
        for (const auto& part : parts)
            if (part.part->encoding == Encoding::quoted_printable)
                needless += lines_with_needless_escapes(part.part->body);
        return needless;
    }
    if (name == "mime_base64_encoded_text")
        return count(is_base64_text) > 0;
    if (name == "mime_attachment")
        return count([](const auto& part) { return part.part->disposition == "attachment"; }) > 0;
    if (name == "mime_qp_long_line")
        return count([](const auto& part) {
                   constexpr std::size_t longest = 79;
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
    Words text, html; ///< sorted, each once
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
    for (auto* words : {&found.text, &found.html}) {
        std::ranges::sort(*words);
        words->erase(std::ranges::unique(*words).begin(), words->end());
    }
    return found;
}

/// How many of a hundred words of the HTML do not stand in the text.
double alternative_difference(const EvaluationContext& context, Arguments arguments)
{
    if (!has_alternative(context))
        return 0;
    const auto found = alternatives(context);
    if (found.html.empty())
        return 0;
    const auto missing = std::ranges::count_if(
        found.html, [&](auto word) { return !std::ranges::binary_search(found.text, word); });
    const double share
        = 100.0 * static_cast<double>(missing) / static_cast<double>(found.html.size());
    return share > number_argument(arguments, 0, 0) && share <= number_argument(arguments, 1, 100);
}

double alternative_count(const EvaluationContext& context, Arguments arguments)
{
    if (!has_alternative(context))
        return 0;
    const auto found = alternatives(context);
    const auto html = static_cast<double>(found.html.size());
    return html > number_argument(arguments, 1, 1)
        && static_cast<double>(found.text.size()) > number_argument(arguments, 0, 1) * html;
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
    if (name == "missing_head_body_separator")
        return context.view.headers().header().malformed_lines() > 0;
    return 0;
}

double plain_text_not_ascii(const EvaluationContext& context, Arguments)
{
    return std::ranges::any_of(context.view.parts(), [](const PartView& part) {
        const bool is_claimed = part.part->type == "text/plain"
            && (part.part->charset.empty() || part.part->charset == "us-ascii")
            && part.part->encoding == Encoding::none;
        return is_claimed && std::ranges::any_of(part.decoded, [](char c) {
                   return !mail::is_printable(c) && c != '\t' && c != '\n' && c != '\r';
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

/// A picture of the message itself that could be read.
bool is_picture(const content::File& file, std::string_view type)
{
    static constexpr std::array<std::string_view, 3> known{"image/gif", "image/png", "image/jpeg"};
    return file.width > 0 && file.depth == 0 && !file.is_alternative
        && std::ranges::find(known, file.declared) != known.end()
        && (type == "all" || file.declared.substr(6) == type);
}

double area_of(const EvaluationContext& context, std::string_view type)
{
    double area = 0;
    for (const auto& file : context.view.content().files)
        if (is_picture(file, type))
            area += static_cast<double>(file.width) * file.height;
    return area;
}

double pictures(const EvaluationContext& context, Arguments arguments)
{
    const auto count = static_cast<double>(
        std::ranges::count_if(context.view.content().files, [&](const content::File& file) {
            return is_picture(file, text_argument(arguments, 0));
        }));
    return count >= number_argument(arguments, 1, 0) && count <= number_argument(arguments, 2, 1e9);
}

double pixels(const EvaluationContext& context, Arguments arguments)
{
    const double area = area_of(context, text_argument(arguments, 0));
    return area > 0 && area >= number_argument(arguments, 1, 0)
        && area <= number_argument(arguments, 2, 1e12);
}

double picture_to_text(const EvaluationContext& context, Arguments arguments)
{
    const double area = area_of(context, text_argument(arguments, 0));
    double text = 0;
    for (std::size_t i = 1; i < context.view.body().size(); ++i)
        text += static_cast<double>(context.view.body()[i].size());
    if (area == 0)
        return 0;
    const double ratio = text / area;
    return ratio >= number_argument(arguments, 1, 0) && ratio < number_argument(arguments, 2, 1e9);
}

constexpr std::array<NamedEvaluation, 14> table{
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
     {"check_abundant_unicode_ratio", many_references},
     {"image_count", pictures},
     {"pixel_coverage", pixels},
     {"image_to_text_ratio", picture_to_text}}};
}

std::span<const NamedEvaluation> part_evaluations() { return table; }
}
