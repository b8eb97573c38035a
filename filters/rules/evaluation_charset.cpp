// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/evaluation.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;

struct Script {
    std::string_view beginning, locale;
};
/// Charsets that serve few languages, as "ok_locales" names those.
constexpr std::array<Script, 18> scripts{{{"koi8", "ru"},
                                          {"windows-1251", "ru"},
                                          {"cp1251", "ru"},
                                          {"iso-8859-5", "ru"},
                                          {"euc-jp", "ja"},
                                          {"iso-2022-jp", "ja"},
                                          {"shift", "ja"},
                                          {"sjis", "ja"},
                                          {"x-sjis", "ja"},
                                          {"euc-kr", "ko"},
                                          {"iso-2022-kr", "ko"},
                                          {"ks_c", "ko"},
                                          {"gb", "zh"},
                                          {"hz-gb", "zh"},
                                          {"big5", "zh"},
                                          {"iso-2022-cn", "zh"},
                                          {"tis-620", "th"},
                                          {"windows-874", "th"}}};

/// Whether "ok_locales" leaves out who writes in that charset; by default nobody is.
bool is_faraway(const Lists& lists, std::string_view charset)
{
    const auto wanted = lists.words.find("ok_locales");
    if (wanted == lists.words.end() || wanted->second.empty()
        || std::ranges::find(wanted->second, "all") != wanted->second.end())
        return false;
    std::string lower{charset};
    std::ranges::transform(lower, lower.begin(), mail::to_lower);
    const auto* const script = std::ranges::find_if(
        scripts, [&](const Script& one) { return lower.starts_with(one.beginning); });
    return script != scripts.end()
        && std::ranges::find(wanted->second, script->locale) == wanted->second.end();
}

double in_parts(const EvaluationContext& context, Arguments)
{
    return std::ranges::any_of(context.view.structure(), [&](const content::Part& part) {
        return is_faraway(context.lists, part.charset);
    });
}

double in_headers(const EvaluationContext& context, Arguments)
{
    for (const auto* name : {"Subject:raw", "From:raw"}) {
        const auto& text = context.view.headers().text(name);
        for (auto at = text.find("=?"); at != std::string::npos; at = text.find("=?", at + 2))
            if (is_faraway(context.lists, std::string_view{text}.substr(at + 2)))
                return 1;
    }
    return 0;
}

double in_html(const EvaluationContext& context, Arguments)
{
    return std::ranges::any_of(context.view.parts(), [&](const PartView& part) {
        return part.html && is_faraway(context.lists, part.html->charsets);
    });
}

constexpr std::array<NamedEvaluation, 3> table{
    {{"check_for_faraway_charset", in_parts},
     {"check_for_faraway_charset_in_headers", in_headers},
     {"html_charset_faraway", in_html}}};
}

std::span<const NamedEvaluation> charset_evaluations() { return table; }
}
