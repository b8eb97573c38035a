// SPDX-License-Identifier: Apache-2.0
#include "filters/content/url.hpp"
#include "filters/rules/evaluation.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;

/// Lines behind the subject.
std::span<const std::string> lines(const EvaluationContext& context)
{
    return std::span{context.view.body()}.subspan(1);
}

double body_length(const EvaluationContext& context, Arguments arguments)
{
    const auto length = static_cast<double>(context.view.body_octets());
    return length < number_argument(arguments, 0, 0);
}

bool is_space(char c) { return std::string_view{" \t\n\r\f\v"}.contains(c); }

/// Blanks between words, not only around them.
bool has_words(std::string_view line)
{
    const auto* const first = std::ranges::find_if_not(line, is_space);
    const auto* const gap = std::find_if(first, line.end(), is_space);
    return std::find_if_not(gap, line.end(), is_space) != line.end();
}

/// Lines of letters that stand for octets, as forwarded messages may hold them.
bool is_base64(std::string_view line)
{
    constexpr std::size_t shortest = 60, longest = 76;
    for (int i = 0; i < 2; ++i) {
        const auto end = std::min(line.find(' '), line.size());
        const bool is_code = std::ranges::all_of(line.substr(0, end), [](char c) {
            return mail::is_alphanumeric(c) || c == '+' || c == '/' || c == '=';
        });
        if (!is_code || end < shortest || end > longest)
            return false;
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return true;
}

/// A part's charset is one of other scripts: what stands for their letters may look like ours.
bool has_charset_of_other_script(const EvaluationContext& context)
{
    static constexpr std::array<std::string_view, 10> beginnings{
        "windows-1251", "cp1251", "koi8",        "big5", "gb",
        "hz-gb",        "euc",    "iso-2022-jp", "tis",  "x-s"};
    return std::ranges::any_of(context.view.structure(), [](const content::Part& part) {
        const std::string_view charset = part.charset;
        return charset.starts_with("s") ? charset.starts_with("shift") || charset.starts_with("sj")
                                        : std::ranges::any_of(beginnings, [&](auto beginning) {
                                              return charset.starts_with(beginning);
                                          });
    });
}

/// Digits count as small letters.
double uppercase(const EvaluationContext& context, Arguments arguments)
{
    if (has_charset_of_other_script(context))
        return 0;
    double upper = 0, small = 0;
    std::size_t length = 0;
    for (const auto& line : context.view.body()) {
        if (!has_words(line) || is_base64(line))
            continue;
        length += line.size();
        for (const char c : line) {
            upper += c >= 'A' && c <= 'Z';
            small += (c >= 'a' && c <= 'z') || mail::is_digit(c);
        }
    }
    constexpr std::size_t shortest = 200;
    constexpr double per_cent = 100;
    if (length < shortest || upper + small == 0)
        return 0;
    const double share = upper / (upper + small) * per_cent;
    return share > number_argument(arguments, 0, 0)
        && share <= number_argument(arguments, 1, per_cent);
}

double blank_lines(const EvaluationContext& context, Arguments arguments)
{
    double blank = 0, all = 0;
    for (const auto piece : context.view.rawbody())
        for (std::string_view rest = piece; !rest.empty();) {
            const auto end = std::min(rest.find('\n'), rest.size());
            blank += mail::trimmed(rest.substr(0, end)).empty();
            ++all;
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    constexpr double per_cent = 100;
    if (all < number_argument(arguments, 2, 0) || all == 0)
        return 0;
    const double share = blank / all * per_cent;
    return share >= number_argument(arguments, 0, 0) && share < number_argument(arguments, 1, 0);
}

double eight_bits(const EvaluationContext& context, Arguments)
{
    constexpr std::size_t longest_run = 8;
    for (const auto& line : context.view.body()) {
        std::size_t run = 0;
        for (const char c : line) {
            run = static_cast<unsigned char>(c) >= 0x80 ? run + 1 : 0;
            if (run == longest_run)
                return 1;
        }
    }
    return 0;
}

double https_to_number(const EvaluationContext& context, Arguments)
{
    for (const auto& part : context.view.parts()) {
        if (!part.html)
            continue;
        for (const auto& uri : part.html->uris) {
            const auto url = content::parse_url(uri.target);
            const auto text = mail::trimmed(uri.text);
            const bool is_shown_safe
                = text.size() > 8 && mail::equals_ignoring_case(text.substr(0, 8), "https://");
            if (uri.tag == "a" && url && url->is_address && url->scheme != "https" && is_shown_safe)
                return 1;
        }
    }
    return 0;
}

double https_to_http(const EvaluationContext& context, Arguments arguments)
{
    for (const auto& part : context.view.parts()) {
        if (!part.html)
            continue;
        std::set<std::string_view> anchors;
        bool has_mismatch = false;
        for (const auto& uri : part.html->uris) {
            if (uri.tag != "a")
                continue;
            const auto url = content::parse_url(uri.target);
            const bool is_site = url && !url->is_address && !url->host.empty()
                && (url->scheme == "http" || url->scheme == "https");
            if (!is_site)
                continue;
            anchors.insert(uri.target);
            const auto text = mail::trimmed(uri.text);
            const auto at = text.find("https://");
            const auto shown = at == std::string_view::npos
                ? std::nullopt
                : content::parse_url(text.substr(at, text.find_first_of(" \t\n", at) - at));
            has_mismatch
                |= shown && !shown->host.empty() && url->registrable() != shown->registrable();
        }
        const auto count = static_cast<double>(anchors.size());
        if (has_mismatch && count >= number_argument(arguments, 0, 0)
            && count < number_argument(arguments, 1, 1e9))
            return 1;
    }
    return 0;
}

/// The largest share of blanks in a line, of a hundred other characters.
double vertical_words(const EvaluationContext& context, Arguments arguments)
{
    constexpr double per_cent = 100;
    constexpr std::ptrdiff_t shortest = 6;
    double share = -1;
    for (const auto& line : context.view.body()) {
        const auto length = std::ssize(line), blanks = std::ranges::count(line, ' ');
        if (length < shortest)
            continue;
        const auto others = length - blanks;
        share = std::max(share,
                         blanks > others ? per_cent
                                         : std::floor(per_cent * static_cast<double>(blanks)
                                                      / static_cast<double>(others)));
    }
    if (share < 0)
        return 0;
    return share >= number_argument(arguments, 0, 0)
        && share < number_argument(arguments, 1, per_cent);
}

/// "Symbol:", "Current price:" and their likes, as notes on shares have them.
double stock_notes(const EvaluationContext& context, Arguments arguments)
{
    static constexpr std::array<std::string_view, 12> signs{
        "company:",         "symbol:",       "current price:", "target price:",
        "projected price:", "ticker:",       "market:",        "trade date:",
        "price:",           "5 day target:", "rating:",        "short term"};
    double count = 0;
    for (const auto& line : lines(context)) {
        std::string lower = line;
        std::ranges::transform(lower, lower.begin(), mail::to_lower);
        for (const auto sign : signs)
            count += lower.starts_with(sign);
    }
    return count > number_argument(arguments, 0, 0);
}

double cut_uri(const EvaluationContext& context, Arguments)
{
    constexpr std::size_t longest = 8192;
    return std::ranges::any_of(context.view.uris(),
                               [](const std::string& uri) { return uri.size() >= longest; });
}

constexpr std::array<NamedEvaluation, 9> table{{{"check_body_length", body_length},
                                                {"check_for_uppercase", uppercase},
                                                {"check_blank_line_ratio", blank_lines},
                                                {"check_body_8bits", eight_bits},
                                                {"check_https_ip_mismatch", https_to_number},
                                                {"check_https_http_mismatch", https_to_http},
                                                {"tvd_vertical_words", vertical_words},
                                                {"check_stock_info", stock_notes},
                                                {"check_uri_truncated", cut_uri}}};
}

std::span<const NamedEvaluation> body_evaluations() { return table; }
}
