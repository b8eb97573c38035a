// SPDX-License-Identifier: Apache-2.0
#include "web/front/setup.hpp"

#include "web/front/json.hpp"
#include "web/front/pages.hpp"
#include "web/front/setup_checks.hpp"
#include "web/front/setup_words.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

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

const std::array<Setup::Step, 7> Setup::steps{
    {{"domain", &Setup::domain, &SetupWords::domain},
     {"certificate", &Setup::certificate, &SetupWords::certificate},
     {"dns", &Setup::dns, &SetupWords::dns},
     {"lists", &Setup::lists, &SetupWords::lists},
     {"preset", &Setup::preset, &SetupWords::preset},
     {"message", &Setup::message, &SetupWords::message},
     {"done", &Setup::done, &SetupWords::done}}};

std::size_t Setup::place_of(std::string_view name)
{
    const auto found = std::ranges::find(steps, name, &Step::name);
    return static_cast<std::size_t>(found - steps.begin());
}

bool Setup::is_kept(const Visit& visit, const Step& step)
{
    const auto has = [&](std::string_view key) {
        const auto& settings = member(visit.settings, "settings");
        return !array_member(settings, key).empty() || !text_member(settings, key).empty()
            || !text_member(member(visit.settings, "locked"), key).empty();
    };
    if (step.name == "domain")
        return has("domains");
    if (step.name == "lists")
        return has("block_lists");
    if (step.name == "preset")
        return has("preset");
    return step.name != "certificate"
        || std::ranges::any_of(array_member(visit.certificate, "uses"),
                               [](const auto& use) { return is_member_true(use, "tls"); });
}

Html Setup::progress(const Visit& visit)
{
    const auto& say = setup_words(visit.visitor.language);
    const auto known = place_of(setup_reached(visit.request)), here = place_of(visit.step);
    const bool is_account = visit.step.empty();
    const auto reached = is_account ? 0 : known == steps.size() ? here : std::max(known, here);
    auto rows = is_account
        ? html("<li aria-current=\"step\">{}</li>", say.account)
        : html("<li class=\"done\">{} <span class=\"only-read\">({})</span></li>", say.account,
               say.step_done);
    for (std::size_t at = 0; at < steps.size(); ++at) {
        const auto& step = steps[at];
        const auto title = say.*step.title;
        const bool is_done = is_kept(visit, step);
        if (!is_account && at == here)
            rows += html("<li aria-current=\"step\">{}</li>", title);
        else if (is_account || at > reached)
            rows += html("<li>{}</li>", title);
        else
            rows += html("<li class=\"{}\"><a href=\"/setup/{}\">{}</a> "
                         "<span class=\"{}\">({})</span></li>",
                         is_done ? "done" : "later", step.name, title,
                         is_done ? "only-read" : "quiet", is_done ? say.step_done : say.step_later);
    }
    return html("<nav aria-label=\"{}\"><ol class=\"progress\">{}</ol></nav>\n", say.steps, rows);
}

net::HttpResponse Setup::page(const Visit& visit, std::string_view title, Html body,
                              unsigned status) const
{
    const auto here = "/setup" + (visit.step.empty() ? "" : "/" + visit.step);
    if (const auto at = place_of(visit.step); at > 0 && at < steps.size())
        body += html("<p><a href=\"/setup/{}\">← {}</a></p>\n", steps[at - 1].name,
                     setup_words(visit.visitor.language).back);
    return rendered({.status = status,
                     .title = title,
                     .body = body,
                     .above = progress(visit),
                     .here = here,
                     .is_wide = true},
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
    const auto at = place_of(visit.step);
    const Words& say = words(visitor.language);
    if (at == steps.size())
        co_return notice(404, say.not_found, say.not_found_text, visitor, settings_);
    auto allowed = co_await ask(visit, "GET", "settings");
    if (!allowed.is_good())
        co_return notice(allowed.status, say.refused, allowed.problem(), visitor, settings_);
    visit.settings = std::move(allowed.document);
    visit.certificate = (co_await ask(visit, "GET", "certificate")).document;
    const auto reached = place_of(setup_reached(request));
    auto response = co_await (this->*steps[at].answer)(std::move(visit));
    if (reached == steps.size() || at > reached)
        response.headers.try_emplace("Set-Cookie", setup_cookie(visitor, steps[at].name));
    co_return response;
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

namespace {
/// The domain that the last visit to this step kept; null for none.
const boost::json::value& kept_domain(const boost::json::value& settings)
{
    static const boost::json::value none;
    const auto& domains = array_member(member(settings, "settings"), "domains");
    return domains.empty() ? none : domains.back();
}

std::string first_hop(const boost::json::value& domain)
{
    const auto& hops = array_member(domain, "next_hop");
    return hops.empty() ? std::string{} : std::string{text_of(hops.front())};
}

Html domain_inputs(const SetupWords& say, const Fields& form)
{
    return html("<input type=\"hidden\" name=\"was\" value=\"{}\">{}{}", field(form, "was"),
                text_input("domain", say.domain_name, field(form, "domain")),
                text_input("next_hop", say.next_hop, field(form, "next_hop")));
}
}

awaitable<net::HttpResponse> Setup::domain(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    if (const auto where = text_member(member(visit.settings, "locked"), "domains"); !where.empty())
        co_return locked_page(visit, say.domain, "/setup/certificate", where);
    if (visit.is_post)
        co_return co_await (visit.form.contains("save") ? keep_domain(std::move(visit))
                                                        : test_domain(std::move(visit)));
    const auto& problem = field(visit.query, "problem");
    if (const auto& kept = kept_domain(visit.settings); visit.form.empty())
        visit.form = {{"was", text_member(kept, "name")},
                      {"domain", text_member(kept, "name")},
                      {"next_hop", first_hop(kept)}};
    co_return page(visit, say.domain,
                   html("{}<p>{}</p>\n{}{}", error_text(problem), say.domain_text,
                        form(visit,
                             html("{}<p class=\"hint\">{}</p>"
                                  "<button class=\"primary\">{}</button>",
                                  domain_inputs(say, visit.form), say.next_hop_hint, say.test)),
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
                 html("{}<button name=\"save\" value=\"1\" class=\"primary\">{}</button>"
                      "<button>{}</button>",
                      domain_inputs(say, visit.form), takes_mail ? say.save : say.keep_anyway,
                      say.test_again));
    co_return page(visit, say.domain, body);
}

awaitable<net::HttpResponse> Setup::keep_domain(Visit visit)
{
    const auto& name = field(visit.form, "domain");
    const auto& server = field(visit.form, "next_hop");
    boost::json::array domains;
    boost::json::object kept{{"recipients", "callout"}};
    for (const auto& known : array_member(member(visit.settings, "settings"), "domains")) {
        const auto known_name = text_member(known, "name");
        if (known_name != lower_case(name) && known_name != field(visit.form, "was"))
            domains.push_back(known);
        else if (known.is_object())
            kept = known.as_object(); // who comes back changes what is asked here alone
    }
    kept["name"] = name;
    if (first_hop(kept) != server)
        kept["next_hop"] = boost::json::array{server};
    domains.push_back(std::move(kept));
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
