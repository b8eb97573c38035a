// SPDX-License-Identifier: Apache-2.0
#include "web/front/setup.hpp"

#include "web/front/json.hpp"
#include "web/front/pages.hpp"
#include "web/front/setup_checks.hpp"
#include "web/front/setup_words.hpp"

#include <boost/json/serialize.hpp>

namespace front {
std::string Setup::Told::problem() const
{
    const auto detail = text_member(document, "detail");
    return detail.empty() ? text_member(document, "title") : detail;
}

awaitable<Setup::Told> Setup::ask(const Visit& visit, std::string method, std::string path,
                                  std::string json)
{
    Question question{.method = std::move(method),
                      .target = "/api/v1/" + std::move(path),
                      .json = std::move(json),
                      .token = visit.visitor.session};
    if (visit.is_post)
        question.csrf = field(visit.form, "csrf");
    const auto response = co_await gate_.ask(visit.visitor, std::move(question));
    co_return Told{response.status, parse_json(response.body)};
}

net::HttpResponse Setup::page(const Visit& visit, std::string_view title, Html body,
                              unsigned status) const
{
    const auto here = "/setup" + (visit.step.empty() ? "" : "/" + visit.step);
    return rendered({.status = status, .title = title, .body = body, .here = here, .is_wide = true},
                    visit.visitor, settings_);
}

Html Setup::form(const Visit& visit, Html inside) const
{
    return html("<form class=\"card stack\" method=\"post\" action=\"/setup/{}\">"
                "<input type=\"hidden\" name=\"csrf\" value=\"{}\">{}</form>\n",
                visit.step, visit.csrf, inside);
}

net::HttpResponse Setup::locked_page(const Visit& visit, std::string_view title,
                                     std::string_view next, const std::string& where) const
{
    const auto& say = setup_words(visit.visitor.language);
    return page(
        visit, title,
        html("<p>{} <code>{}</code></p>\n{}", say.locked_text, where, next_link(next, say.next)));
}

awaitable<net::HttpResponse> Setup::answer(const net::HttpRequest& request, const Visitor& visitor)
{
    const auto [path, query] = target_of(request.target);
    Visit visit{.request = request,
                .visitor = visitor,
                .step = std::string{path.substr(std::min(path.size(), std::size_t{7}))},
                .query = parse_fields(query),
                .form = parse_fields(request.body),
                .is_post = request.method == "POST"};
    if (visit.step.empty())
        co_return co_await (visit.is_post ? make_account(std::move(visit))
                                          : account(std::move(visit)));
    if (visitor.session.empty())
        co_return redirect("/sign-in?next=" + encoded(path));
    const auto session = co_await ask(visit, "GET", "session");
    if (session.status == 401)
        co_return redirect("/sign-in?expired=1&next=" + encoded(path));
    visit.csrf = text_member(session.document, "csrf");
    using Step = awaitable<net::HttpResponse> (Setup::*)(Visit);
    static const std::map<std::string, Step, std::less<>> steps{
        {"domain", &Setup::domain}, {"certificate", &Setup::certificate},
        {"dns", &Setup::dns},       {"lists", &Setup::lists},
        {"preset", &Setup::preset}, {"message", &Setup::message},
        {"done", &Setup::done}};
    const auto step = steps.find(visit.step);
    const Words& say = words(visitor.language);
    if (step == steps.end())
        co_return notice(404, say.not_found, say.not_found_text, visitor, settings_);
    const auto allowed = co_await ask(visit, "GET", "settings");
    if (!allowed.is_good())
        co_return notice(allowed.status, say.refused, allowed.problem(), visitor, settings_);
    co_return co_await (this->*step->second)(std::move(visit));
}

awaitable<net::HttpResponse> Setup::account(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    const auto& token = field(visit.query, "token");
    const auto told = co_await ask(visit, "GET", "setup?token=" + encoded(token));
    if (is_member_true(told.document, "done"))
        co_return page(visit, say.set_up_already,
                       html("<p>{}</p>\n{}", say.set_up_already_text,
                            next_link("/sign-in", words(visit.visitor.language).sign_in)));
    if (!is_member_true(told.document, "valid"))
        co_return page(visit, say.link_void, html("<p>{}</p>\n", say.link_void_text), 404);
    const auto& problem = field(visit.query, "problem");
    const auto password = [&](std::string_view name, std::string_view label) {
        return html("<label>{}<input name=\"{}\" type=\"password\" autocomplete=\"new-password\" "
                    "required minlength=\"10\" maxlength=\"250\"></label>",
                    label, name);
    };
    co_return page(visit, say.account,
                   html("{}<p>{}</p>\n<form class=\"card stack\" method=\"post\" action=\"/setup\">"
                        "<input type=\"hidden\" name=\"token\" value=\"{}\">{}{}{}"
                        "<button class=\"primary\">{}</button></form>\n",
                        error_text(problem), say.account_text, token,
                        text_input("name", say.name, field(visit.form, "name")),
                        password("password", say.password), password("again", say.password_again),
                        say.make),
                   problem.empty() ? 200 : 422);
}

awaitable<net::HttpResponse> Setup::make_account(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    const auto& token = field(visit.form, "token");
    std::string problem;
    if (field(visit.form, "password") != field(visit.form, "again")) {
        problem = say.passwords_differ;
    } else {
        const auto told = co_await ask(visit, "POST", "setup",
                                       json_of({{"token", token},
                                                {"name", field(visit.form, "name")},
                                                {"password", field(visit.form, "password")}}));
        const auto session = text_member(told.document, "token");
        if (told.status == 201 && !session.empty()) {
            auto on = redirect("/setup/domain");
            on.headers["Set-Cookie"] = session_cookie(visit.visitor, session);
            co_return on;
        }
        problem = told.problem();
    }
    visit.query = {{"token", token}, {"problem", problem}};
    visit.is_post = false;
    co_return co_await account(std::move(visit));
}

awaitable<net::HttpResponse> Setup::domain(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    const auto settings = co_await ask(visit, "GET", "settings");
    if (const auto where = text_member(member(settings.document, "locked"), "domains");
        !where.empty())
        co_return locked_page(visit, say.domain, "/setup/certificate", where);
    if (visit.is_post)
        co_return co_await (visit.form.contains("save") ? keep_domain(std::move(visit))
                                                        : test_domain(std::move(visit)));
    const auto& problem = field(visit.query, "problem");
    co_return page(
        visit, say.domain,
        html("{}<p>{}</p>\n{}{}", error_text(problem), say.domain_text,
             form(visit,
                  html("{}{}<p class=\"hint\">{}</p>"
                       "<button class=\"primary\">{}</button>",
                       text_input("domain", say.domain_name, field(visit.form, "domain")),
                       text_input("next_hop", say.next_hop, field(visit.form, "next_hop")),
                       say.next_hop_hint, say.test)),
             next_link("/setup/certificate", say.skip)),
        problem.empty() ? 200 : 422);
}

awaitable<net::HttpResponse> Setup::test_domain(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    const auto& name = field(visit.form, "domain");
    const auto& server = field(visit.form, "next_hop");
    const auto told = co_await ask(visit, "POST", "settings/next-hop-test",
                                   json_of({{"domain", name}, {"next_hop", server}}));
    if (!told.is_good()) {
        visit.query = {{"problem", told.problem()}};
        visit.is_post = false;
        co_return co_await domain(std::move(visit));
    }
    const bool takes_mail = is_member_true(told.document, "takes_mail");
    Html body
        = html("<p class=\"{}\" role=\"status\">{}</p>\n", takes_mail ? "notice" : "notice bad",
               takes_mail ? say.takes_mail : say.takes_no_mail);
    if (is_member_true(told.document, "takes_everyone"))
        body += html("<p class=\"notice warn\" role=\"alert\">{}</p>\n", say.takes_everyone);
    body += checks_of(visit.visitor, array_member(told.document, "steps"));
    body += form(visit,
                 html("{}{}<button name=\"save\" value=\"1\" class=\"primary\">{}</button>"
                      "<button>{}</button>",
                      text_input("domain", say.domain_name, name),
                      text_input("next_hop", say.next_hop, server),
                      takes_mail ? say.save : say.keep_anyway, say.test_again));
    co_return page(visit, say.domain, body);
}

awaitable<net::HttpResponse> Setup::keep_domain(Visit visit)
{
    const auto settings = co_await ask(visit, "GET", "settings");
    const auto& name = field(visit.form, "domain");
    boost::json::array domains;
    for (const auto& known : array_member(member(settings.document, "settings"), "domains"))
        if (text_member(known, "name") != lower_case(name))
            domains.push_back(known);
    domains.push_back({{"name", name},
                       {"next_hop", boost::json::array{field(visit.form, "next_hop")}},
                       {"recipients", "callout"}});
    const auto told
        = co_await ask(visit, "PATCH", "settings",
                       boost::json::serialize(boost::json::object{{"domains", domains}}));
    if (told.is_good())
        co_return redirect("/setup/certificate");
    visit.query = {{"problem", told.problem()}};
    visit.is_post = false;
    co_return co_await domain(std::move(visit));
}
}
