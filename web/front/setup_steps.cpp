// SPDX-License-Identifier: Apache-2.0
// The steps of the first run behind account and domain.
#include "web/front/setup.hpp"

#include "web/front/json.hpp"
#include "web/front/pages.hpp"
#include "web/front/setup_checks.hpp"
#include "web/front/setup_words.hpp"

#include <boost/json/serialize.hpp>

namespace front {
awaitable<net::HttpResponse> Setup::dns(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    const auto& domains = array_member(visit.settings, "domains");
    const auto domain = domains.empty() ? std::string_view{} : text_of(domains.front());
    const auto told = co_await ask(visit, "GET", "settings/dns?domain=" + encoded(domain));
    co_return page(visit, say.dns,
                   html("<p>{}</p>\n{}<p><a href=\"/setup/dns\">{}</a></p>\n{}", say.dns_text,
                        checks_of(visit.visitor, array_member(told.document, "checks")),
                        say.test_again, next_link("/setup/lists", say.next)));
}

namespace {
Html list_row(const Visitor& visitor, const boost::json::value& list, bool is_chosen)
{
    const auto& say = setup_words(visitor.language);
    const auto found = text_member(list, "detail");
    const std::string_view state = found == "answers" ? say.answers
        : found == "refuses"                          ? say.refuses
        : found == "silent"                           ? say.silent
                                                      : say.lists_everybody;
    const auto zone = text_member(list, "zone");
    const auto box = is_chosen
        ? html("<input type=\"checkbox\" name=\"{}\" value=\"1\" checked>", zone)
        : html("<input type=\"checkbox\" name=\"{}\" value=\"1\">", zone);
    return html("<li class=\"check {}\"><label>{} <span><strong>{}</strong> <code>{}</code><br>{}"
                "</span></label><p>{} <a href=\"{}\" rel=\"noreferrer\">{}</a></p></li>\n",
                text_member(list, "mark"), box, text_member(list, "name"), zone, state,
                text_member(member(list, "terms"), code_of(visitor.language)),
                text_member(list, "url"), say.terms);
}

bool has_text(const boost::json::array& all, std::string_view text)
{
    return std::ranges::any_of(all, [&](const auto& item) { return text_of(item) == text; });
}
}

awaitable<net::HttpResponse> Setup::lists(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    if (const auto where = text_member(member(visit.settings, "locked"), "block_lists");
        !where.empty())
        co_return locked_page(visit, say.lists, "/setup/preset", where);
    const auto known = co_await ask(visit, "GET", "settings/block-lists");
    Html problem;
    if (visit.is_post) {
        boost::json::array chosen;
        for (const auto& list : array_member(known.document, "lists"))
            if (const auto zone = text_member(list, "zone"); visit.form.contains(zone))
                chosen.emplace_back(zone);
        const auto told
            = co_await ask(visit, "PATCH", "settings",
                           boost::json::serialize(boost::json::object{{"block_lists", chosen}}));
        if (told.is_good())
            co_return redirect("/setup/preset");
        problem = html("<p class=\"notice bad\" role=\"alert\">{} {}</p>\n", say.not_taken,
                       told.problem());
    }
    const auto& chosen = array_member(member(visit.settings, "settings"), "block_lists");
    Html rows;
    for (const auto& list : array_member(known.document, "lists"))
        rows += list_row(visit.visitor, list, has_text(chosen, text_member(list, "zone")));
    co_return page(visit, say.lists,
                   html("{}<p>{}</p>\n{}{}", problem, say.lists_text,
                        form(visit,
                             html("<ul class=\"checks\">{}</ul>"
                                  "<button class=\"primary\">{}</button>",
                                  rows, say.save)),
                        next_link("/setup/preset", say.skip)));
}

awaitable<net::HttpResponse> Setup::preset(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    if (const auto where = text_member(member(visit.settings, "locked"), "preset"); !where.empty())
        co_return locked_page(visit, say.preset, "/setup/message", where);
    Html problem;
    if (visit.is_post) {
        const auto told = co_await ask(visit, "PATCH", "settings",
                                       json_of({{"preset", field(visit.form, "preset")}}));
        if (told.is_good())
            co_return redirect("/setup/message");
        problem = html("<p class=\"notice bad\" role=\"alert\">{} {}</p>\n", say.not_taken,
                       told.problem());
    }
    auto now = text_member(member(visit.settings, "settings"), "preset");
    if (now.empty())
        now = "tag";
    const std::pair<std::string_view, std::string_view> presets[]{{"observe", say.observe},
                                                                  {"tag", say.tag},
                                                                  {"quarantine", say.quarantine},
                                                                  {"strict", say.strict}};
    Html rows;
    for (const auto& [name, text] : presets)
        rows += name == now
            ? html("<label><input type=\"radio\" name=\"preset\" value=\"{}\" checked> {}</label>",
                   name, text)
            : html("<label><input type=\"radio\" name=\"preset\" value=\"{}\"> {}</label>", name,
                   text);
    co_return page(
        visit, say.preset,
        html("{}<p>{}</p>\n{}", problem, say.preset_text,
             form(visit, html("{}<button class=\"primary\">{}</button>", rows, say.save))));
}

awaitable<net::HttpResponse> Setup::message(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    const auto& to = field(visit.form, "to");
    Html outcome;
    if (visit.is_post) {
        const auto told
            = co_await ask(visit, "POST", "settings/test-message", json_of({{"to", to}}));
        const bool is_accepted = is_member_true(told.document, "accepted");
        const auto said = told.is_good() ? text_member(told.document, "reply") : told.problem();
        outcome = html("<p class=\"{}\" role=\"status\">{} <code>{}</code></p>\n",
                       is_accepted ? "notice" : "notice bad",
                       is_accepted ? say.message_accepted : say.message_refused, said);
    }
    co_return page(visit, say.message,
                   html("{}<p>{}</p>\n{}{}", outcome, say.message_text,
                        form(visit,
                             html("{}<button class=\"primary\">{}</button>",
                                  text_input("to", say.address, to), say.send)),
                        next_link("/setup/done", say.next)));
}

awaitable<net::HttpResponse> Setup::done(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    Html lines;
    const auto hostname = text_member(visit.settings, "hostname");
    for (const auto& domain : array_member(visit.settings, "domains"))
        lines += html("{}. IN MX 10 {}.\n", text_of(domain), hostname);
    co_return page(visit, say.done,
                   html("<p>{}</p>\n<pre class=\"card\">{}</pre>\n<p>{}</p>\n{}", say.done_text,
                        lines, say.mx_text, next_link("/", say.to_pages)));
}
}
