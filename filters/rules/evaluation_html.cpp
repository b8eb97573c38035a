// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/evaluation.hpp"
#include "filters/rules/matcher.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;

/// Whether any HTML text of the message fits.
template <class Fits> double any_html(const EvaluationContext& context, Fits&& fits)
{
    return std::ranges::any_of(context.view.parts(),
                               [&](const PartView& part) { return part.html && fits(*part.html); });
}

double tag_exists(const EvaluationContext& context, Arguments arguments)
{
    return any_html(context, [&](const HtmlText& html) {
        return html.open.contains(text_argument(arguments, 0));
    });
}

/// "< 384", "!= 0".
bool compares(double value, std::string_view comparison)
{
    comparison = mail::trimmed(comparison);
    const auto digits = comparison.find_first_of("-.0123456789");
    if (digits == std::string_view::npos)
        return false;
    double other = 0;
    std::from_chars(comparison.data() + digits, comparison.data() + comparison.size(), other);
    const auto sign = mail::trimmed(comparison.substr(0, digits));
    return sign == "<" ? value < other
        : sign == "<=" ? value <= other
        : sign == ">"  ? value > other
        : sign == ">=" ? value >= other
        : sign == "!=" ? value != other
                       : value == other;
}

double tag_balance(const EvaluationContext& context, Arguments arguments)
{
    return any_html(context, [&](const HtmlText& html) {
        const auto found = html.open.find(text_argument(arguments, 0));
        return found != html.open.end() && compares(found->second, text_argument(arguments, 1));
    });
}

std::optional<double> measure(const HtmlText& html, std::string_view name)
{
    const auto visible = static_cast<double>(html.visible_characters);
    const auto source = static_cast<double>(html.source_characters);
    if (name == "length")
        return source;
    if (name == "max_size")
        return html.largest_font;
    if (name == "bad_tag_ratio")
        return html.elements == 0 ? 0.0 : static_cast<double>(html.bad_tags) / html.elements;
    if (name == "non_element_ratio")
        return source == 0 ? 0.0 : visible / source;
    if (name == "obfuscation_ratio")
        return visible == 0 ? 0.0 : static_cast<double>(html.obfuscating_comments) / visible;
    if (name == "closed_extra_ratio")
        return html.tags == 0 ? 0.0 : static_cast<double>(html.extra_ends) / html.tags;
    return {};
}

double range(const EvaluationContext& context, Arguments arguments)
{
    constexpr double any = 1e12;
    const double least = number_argument(arguments, 1, -any);
    const double most
        = text_argument(arguments, 2) == "inf" ? any : number_argument(arguments, 2, any);
    return any_html(context, [&](const HtmlText& html) {
        const auto value = measure(html, text_argument(arguments, 0));
        return value && *value > least && *value <= most;
    });
}

double comparison(const EvaluationContext& context, Arguments arguments)
{
    return any_html(context, [&](const HtmlText& html) {
        const auto value = measure(html, text_argument(arguments, 0));
        return value && compares(*value, text_argument(arguments, 1));
    });
}

bool has_sign(const HtmlText& html, std::string_view name)
{
    if (name == "html")
        return true;
    if (name == "font_invalid_color")
        return html.has_invalid_colour;
    if (name == "font_low_contrast")
        return html.has_low_contrast;
    if (name == "font_face_bad")
        return html.has_bad_face;
    if (name == "embeds")
        return html.has_embeds;
    return name == "form_action_mailto"
        && std::ranges::any_of(html.uris, [](const HtmlText::Uri& uri) {
               return uri.tag == "form" && uri.target.starts_with("mailto:");
           });
}

double test(const EvaluationContext& context, Arguments arguments)
{
    return any_html(
        context, [&](const HtmlText& html) { return has_sign(html, text_argument(arguments, 0)); });
}

double image_only(const EvaluationContext& context, Arguments arguments)
{
    return any_html(context, [&](const HtmlText& html) {
        const auto length = static_cast<double>(html.source_characters);
        return !html.pictures.empty() && length > number_argument(arguments, 0, 0)
            && length <= number_argument(arguments, 1, 0);
    });
}

double image_ratio(const EvaluationContext& context, Arguments arguments)
{
    return any_html(context, [&](const HtmlText& html) {
        double area = 0;
        for (const auto& picture : html.pictures)
            area += static_cast<double>(picture.width) * picture.height;
        const double ratio = area == 0 ? 0 : static_cast<double>(html.visible_characters) / area;
        return area != 0 && ratio > number_argument(arguments, 0, 0)
            && ratio <= number_argument(arguments, 1, 0);
    });
}

double text_match(const EvaluationContext& context, Arguments arguments)
{
    const auto matcher
        = Matcher::compile(text_argument(arguments, 1), "", Matcher::Speed::interpreted);
    if (!matcher)
        return 0;
    PatternBudget budget{std::chrono::milliseconds{5}};
    const auto fits = [&](std::string_view text) {
        return matcher->search(text, 0, false, budget).result == Matcher::Found::Result::yes;
    };
    const auto place = text_argument(arguments, 0);
    return any_html(context, [&](const HtmlText& html) {
        if (place == "title")
            return fits(html.title);
        if (place == "comment")
            return std::ranges::any_of(html.comments, fits);
        return place == "anchor" && std::ranges::any_of(html.uris, [&](const HtmlText::Uri& uri) {
                   return uri.tag == "a" && fits(uri.text);
               });
    });
}

double title_unlike_subject(const EvaluationContext& context, Arguments arguments)
{
    const auto subject = mail::trimmed(context.view.headers().text("Subject"));
    if (subject.empty())
        return 0;
    return any_html(context, [&](const HtmlText& html) {
        const double ratio
            = static_cast<double>(html.title.size()) / static_cast<double>(subject.size());
        return !html.title.empty() && ratio > number_argument(arguments, 0, 0);
    });
}

double iframe_source(const EvaluationContext& context, Arguments)
{
    return any_html(context, [](const HtmlText& html) {
        return std::ranges::any_of(html.uris,
                                   [](const HtmlText::Uri& uri) { return uri.tag == "iframe"; });
    });
}

constexpr std::array<NamedEvaluation, 10> table{{{"html_tag_exists", tag_exists},
                                                 {"html_tag_balance", tag_balance},
                                                 {"html_range", range},
                                                 {"html_eval", comparison},
                                                 {"html_test", test},
                                                 {"html_image_only", image_only},
                                                 {"html_image_ratio", image_ratio},
                                                 {"html_text_match", text_match},
                                                 {"html_title_subject_ratio", title_unlike_subject},
                                                 {"check_iframe_src", iframe_source}}};
}

std::span<const NamedEvaluation> html_evaluations() { return table; }
}
