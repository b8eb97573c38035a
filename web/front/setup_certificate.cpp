// SPDX-License-Identifier: Apache-2.0
// The certificate of the first run: handed in here, or named in a file.
#include "web/front/json.hpp"
#include "web/front/pages.hpp"
#include "web/front/setup.hpp"
#include "web/front/setup_checks.hpp"
#include "web/front/setup_words.hpp"

#include <boost/json/serialize.hpp>

namespace front {
namespace {
std::string name_of(const boost::json::value& place, const SetupWords& say)
{
    const auto name = text_member(place, "name");
    return name == "web" ? std::string{say.certificate_has} : name;
}

/// What uses a certificate already, and where a file says which.
Html state_of(const boost::json::array& places, const SetupWords& say)
{
    Html rows;
    for (const auto& place : places) {
        const bool has_tls = is_member_true(place, "tls");
        const auto locked = text_member(place, "locked");
        rows += html("<li class=\"check {}\"><strong>{}</strong> <span>{} {}</span>{}</li>\n",
                     has_tls ? "good" : "warning", name_of(place, say),
                     text_member(place, "address"), has_tls ? say.tls_on : say.tls_off,
                     locked.empty() ? Html{}
                                    : html("<p>{} <code>{}</code></p>", say.locked_text, locked));
    }
    return html("<ul class=\"checks\">{}</ul>\n", rows);
}

/// Boxes for what may use it; at first those without any.
Html choice_of(const boost::json::array& places, const Fields& form, bool is_first,
               const SetupWords& say)
{
    Html boxes;
    for (const auto& place : places) {
        if (!text_member(place, "locked").empty())
            continue;
        const auto name = "for " + std::string{text_member(place, "name")};
        const bool is_chosen = is_first
            ? !is_member_true(place, "tls") || is_member_true(place, "own")
            : form.contains(name);
        boxes += is_chosen
            ? html("<label><input type=\"checkbox\" name=\"{}\" value=\"1\" checked> {}</label>",
                   name, name_of(place, say))
            : html("<label><input type=\"checkbox\" name=\"{}\" value=\"1\"> {}</label>", name,
                   name_of(place, say));
    }
    return boxes;
}

Html area(std::string_view name, std::string_view label, std::string_view text)
{
    return html("<label>{}<textarea name=\"{}\" rows=\"6\" spellcheck=\"false\" "
                "autocomplete=\"off\" required maxlength=\"40000\">\n{}</textarea></label>",
                label, name, text);
}

boost::json::array uses_in(const Fields& form)
{
    boost::json::array uses;
    for (const auto& [name, value] : form)
        if (name.starts_with("for "))
            uses.emplace_back(name.substr(4));
    return uses;
}
}

awaitable<net::HttpResponse> Setup::certificate(Visit visit)
{
    const auto& say = setup_words(visit.visitor.language);
    Html outcome;
    bool is_warned = false;
    if (visit.is_post) {
        const boost::json::object offer{{"certificate", field(visit.form, "certificate")},
                                        {"key", field(visit.form, "key")},
                                        {"uses", uses_in(visit.form)},
                                        {"anyway", visit.form.contains("anyway")}};
        const auto told = co_await ask(visit, "PUT", "certificate", boost::json::serialize(offer));
        if (told.is_good())
            co_return certificate_taken(visit);
        is_warned = is_member_true(told.document, "ok");
        const auto& checks = array_member(told.document, "checks");
        outcome = checks.empty()
            ? error_text(told.problem())
            : html("<p class=\"notice {}\" role=\"alert\">{}</p>\n{}", is_warned ? "warn" : "bad",
                   is_warned ? say.certificate_warned : say.not_taken,
                   checks_of(visit.visitor, checks));
    }
    const auto& places = array_member(visit.certificate, "uses");
    const bool is_open = !visit.visitor.is_secure && !visit.visitor.ip.is_loopback();
    const auto boxes = choice_of(places, visit.form, !visit.is_post, say);
    const auto asked = boxes.str().empty()
        ? Html{}
        : form(
              visit,
              html("{}{}{}<fieldset><legend>{}</legend>{}</fieldset>{}",
                   is_open ? html("<p class=\"notice warn\">{}</p>", say.certificate_open) : Html{},
                   area("certificate", say.certificate_pem, field(visit.form, "certificate")),
                   area("key", say.certificate_key, is_warned ? field(visit.form, "key") : ""),
                   say.certificate_for, boxes,
                   is_warned ? html("<button name=\"anyway\" value=\"1\" class=\"primary\">{}"
                                    "</button><button>{}</button>",
                                    say.keep_anyway, say.test_again)
                             : html("<button class=\"primary\">{}</button>", say.save)));
    co_return page(visit, say.certificate,
                   html("{}<p>{}</p>\n{}{}{}", outcome, say.certificate_text, state_of(places, say),
                        asked, next_link("/setup/dns", say.skip)),
                   visit.is_post ? 422 : 200);
}

/// Where the pages are encrypted from now on, who is here has to sign in anew: the session's cookie
/// has another name there.
net::HttpResponse Setup::certificate_taken(const Visit& visit) const
{
    const auto& say = setup_words(visit.visitor.language);
    if (visit.visitor.is_secure || !visit.form.contains("for web"))
        return redirect("/setup/dns");
    const auto there = "https://" + std::string{header(visit.request, "host")} + "/setup/dns";
    return page(visit, say.certificate,
                html("<p class=\"notice\">{}</p>\n<p><a class=\"button\" href=\"{}\">{}</a></p>\n",
                     say.certificate_moved, there, say.next));
}
}
