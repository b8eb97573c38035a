// SPDX-License-Identifier: Apache-2.0
// What is taught by hand.
#include "filters/classify/classifier.hpp"
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"
#include "web/api/teaching.hpp"

namespace web {
using filters::classify::Label;
using filters::classify::Model;

namespace {
Response answer_of(Taught taught, const mail::MailId& id)
{
    JsonWriter json;
    json.begin_object().member("id", id.to_string());
    json.member("outcome", taught == Taught::learnt ? "learnt" : "known already");
    return json_response(json.end_object().take());
}

/// The user whose decision it is, "" nobody's; nullopt: that is no address.
std::optional<std::string> user_of(const Request& request)
{
    const auto user = request.text("user");
    if (user.empty())
        return user;
    const auto mailbox = mail::Mailbox::parse(user);
    return mailbox ? std::optional{mailbox->to_string()} : std::nullopt;
}

/// As whom somebody teaches who is no administrator: as the recipient of a mail within reach.
awaitable<std::expected<std::string, Response>> own_voice(Site& site, const Principal& principal,
                                                          const std::string& of)
{
    storage::HistoryQuery query;
    query.id = mail::MailId::parse(of);
    if (!query.id)
        co_return std::unexpected{problem(403, "not permitted", "own mail is taught by its id")};
    query.limit = 1;
    co_await site.context->history->settle();
    const auto rows = co_await site.desk->history(query, principal.reach);
    const auto recipient = rows.empty() ? std::unexpected{mail::Problem{}}
                                        : mail::Mailbox::parse(rows.front().recipient);
    if (!recipient)
        co_return std::unexpected{problem(404, "no such message", "the history does not know it")};
    co_return recipient->to_string();
}

/// What the record of acts says that it was done to.
std::string object_of(mail::MailId id, const std::string& user)
{
    return id.to_string() + (user.empty() ? "" : " for " + user);
}

Response no_user() { return problem(400, "malformed request", "\"user\" is an address"); }
}

awaitable<Response> get_lessons(Site& site, Principal, Request)
{
    if (!site.context->services->classifier)
        co_return problem(503, "no classifier", "this gateway has no classifier");
    const auto& model = site.context->services->classifier->model();
    JsonWriter json;
    json.begin_object().member("spam", model.lessons(Label::spam));
    json.member("ham", model.lessons(Label::ham));
    json.member("needed_of_each", Model::lessons_needed);
    co_return json_response(json.end_object().take());
}

awaitable<Response> post_lesson(Site& site, Principal principal, Request request)
{
    auto& context = *site.context;
    const auto label = request.text("label"), of = request.text("of");
    if (label != "spam" && label != "ham")
        co_return problem(400, "malformed request", "\"label\" is spam or ham");
    auto user = user_of(request);
    if (!user)
        co_return no_user();
    if (!principal.is(Role::administrator)) {
        auto voice = co_await own_voice(site, principal, of);
        if (!voice)
            co_return voice.error();
        user = std::move(*voice);
    }
    const auto id
        = of.empty() ? context.ids->next(context.env->wall_now()) : mail::MailId::parse(of);
    if (!id)
        co_return problem(400, "malformed request", "\"" + of + "\" is no id");
    if (of.empty() && request.body.empty())
        co_return problem(400, "malformed request", "a message, or of=ID");
    if (!of.empty() && !request.body.empty())
        co_return problem(400, "malformed request", "a message or of=ID, not both");
    co_await audit(site, principal, "learn " + label, object_of(*id, *user));
    Opinion opinion{*id, label == "spam", std::move(*user)};
    const auto taught = of.empty()
        ? co_await teach(site, std::move(opinion), std::move(request.body))
        : co_await teach(site, std::move(opinion));
    if (taught == Taught::unknown)
        co_return problem(404, "nothing to learn",
                          of.empty() ? "nothing in the message can be learnt: does the policy name "
                                       "the layers classifier or fingerprint?"
                                     : "nothing is kept of this id any more");
    co_return answer_of(taught, *id);
}

awaitable<Response> delete_lesson(Site& site, Principal principal, Request request)
{
    const auto id = mail::MailId::parse(request.captures.front());
    if (!id)
        co_return problem(404, "no such lesson", "that is no id");
    auto user = user_of(request);
    if (!user)
        co_return no_user();
    co_await audit(site, std::move(principal), "unlearn", object_of(*id, *user));
    const auto taught = co_await unteach(site, *id, std::move(*user));
    if (taught == Taught::unknown)
        co_return problem(404, "no such lesson", "nothing with this id was learnt lately");
    co_return answer_of(taught, *id);
}
}
