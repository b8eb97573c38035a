// SPDX-License-Identifier: Apache-2.0
#include "web/front/pages.hpp"

#include "web/front/assets.hpp"
#include "web/front/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace front {
namespace {
/// A link only where it leads to a page or a mailbox; else plain text.
Html link_or_text(const std::string& address)
{
    for (const std::string_view scheme : {"https://", "http://", "mailto:"})
        if (address.starts_with(scheme))
            return html("<a href=\"{}\" rel=\"noreferrer\">{}</a>", address, address);
    return html("{}", address);
}

Html contact_of(const Settings& settings, const Visitor& visitor)
{
    const auto& [url, phone, in_english, in_japanese] = settings.contact;
    const bool is_japanese = visitor.language == Language::japanese;
    const auto& own = is_japanese ? in_japanese : in_english;
    const auto& text = own.empty() ? (is_japanese ? in_english : in_japanese) : own;
    if (url.empty() && phone.empty() && text.empty())
        return {};
    const Words& say = words(visitor.language);
    Html inside;
    if (!text.empty())
        inside += html("<p>{}</p>", text);
    if (!url.empty())
        inside += html("<p>{}</p>", link_or_text(url));
    if (!phone.empty())
        inside += html("<p>{}: {}</p>", say.telephone, phone);
    return html("<aside class=\"card contact\"><h2>{}</h2>{}</aside>", say.contact, inside);
}
}

net::HttpResponse rendered(const Page& page, const Visitor& visitor, const Settings& settings)
{
    const Words& say = words(visitor.language);
    const auto here = safe_path(page.here);
    const std::string other
        = here + (here.contains('?') ? "&" : "?") + "lang=" + std::string{say.other_code};
    const auto contact = page.has_contact ? contact_of(settings, visitor) : Html{};
    const auto text = html(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light dark\"><title>{} – {}</title>"
        "<link rel=\"stylesheet\" href=\"{}\"></head>\n"
        "<body><main class=\"{}\"><p class=\"brand\">Mailweir</p>\n{}<h1>{}</h1>\n{}{}</main>\n"
        "<footer class=\"foot\"><span>{}</span> <a href=\"{}\" lang=\"{}\" hreflang=\"{}\">{}</a>"
        "</footer></body></html>\n",
        code_of(visitor.language), page.title, settings.hostname, style_path,
        page.is_wide ? "plain wide" : "plain", page.above, page.title, page.body, contact,
        settings.hostname, other, say.other_code, say.other_code, say.other_language);
    net::HttpResponse response{
        .status = page.status, .content_type = "text/html; charset=utf-8", .body = text.str()};
    if (visitor.has_chosen_language)
        response.headers["Set-Cookie"] = language_cookie(visitor);
    return response;
}

net::HttpResponse notice(unsigned status, std::string_view title, std::string_view text,
                         const Visitor& visitor, const Settings& settings, std::string_view second)
{
    Html body = html("<p>{}</p>\n", text);
    if (!second.empty())
        body += html("<p>{}</p>\n", second);
    return rendered({.status = status, .title = title, .body = body, .has_contact = true}, visitor,
                    settings);
}

net::HttpResponse redirect(std::string location)
{
    net::HttpResponse response{.status = 303, .content_type = "text/plain"};
    response.headers["Location"] = std::move(location);
    return response;
}

net::HttpResponse problem(unsigned status, std::string_view type, std::string_view title,
                          std::string_view detail)
{
    boost::json::object object{
        {"type", "/problems/" + std::string{type}}, {"title", title}, {"status", status}};
    if (!detail.empty())
        object["detail"] = detail;
    return {.status = status,
            .content_type = "application/problem+json",
            .body = boost::json::serialize(object)};
}
}
