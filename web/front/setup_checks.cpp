// SPDX-License-Identifier: Apache-2.0
#include "web/front/setup_checks.hpp"

#include "web/front/json.hpp"
#include "web/front/setup_words.hpp"

namespace front {
Html checks_of(const Visitor& visitor, const boost::json::array& steps)
{
    Html rows;
    for (const auto& step : steps) {
        const auto mark = text_member(step, "mark");
        const auto& say = check_words(visitor.language, text_member(step, "what"));
        const bool is_good = mark == "good";
        rows += html("<li class=\"check {}\"><strong>{} {}</strong> <span>{}</span>{}</li>\n", mark,
                     is_good                 ? "✓"
                         : mark == "warning" ? "!"
                                             : "✗",
                     say.name, text_member(step, "detail"),
                     is_good ? Html{} : html("<p>{}</p>", say.advice));
    }
    return html("<ul class=\"checks\">{}</ul>\n", rows);
}

Html next_link(std::string_view to, std::string_view label)
{
    return html("<p><a class=\"button\" href=\"{}\">{}</a></p>\n", to, label);
}

Html error_text(std::string_view text)
{
    return text.empty() ? Html{} : html("<p class=\"notice bad\" role=\"alert\">{}</p>\n", text);
}

Html text_input(std::string_view name, std::string_view label, std::string_view value)
{
    return html("<label>{}<input name=\"{}\" value=\"{}\" autocapitalize=\"none\" "
                "spellcheck=\"false\" required maxlength=\"254\"></label>",
                label, name, value);
}
}
