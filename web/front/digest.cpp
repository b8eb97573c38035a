// SPDX-License-Identifier: Apache-2.0
#include "web/front/digest.hpp"

#include "web/front/json.hpp"
#include "web/front/pages.hpp"
#include "web/front/text.hpp"

#include <fmt/format.h>

namespace front {
namespace {
struct DigestWords {
    std::string_view why, points, all_held;
    std::string_view title, sender, subject, date, recipient, choose;
    std::string_view deliver, allow, block, remove;
    std::string_view done, done_text, already_text, gone, gone_text, no_subject;
    std::string_view undone, busy_text, forbidden_text, no_sender_text, unlisted_text;
};

constexpr DigestWords english{
    .why = "Why",
    .points = "It looks like spam: {} points.",
    .all_held = "All held messages",
    .title = "Held message",
    .sender = "From",
    .subject = "Subject",
    .date = "Date",
    .recipient = "To",
    .choose = "What shall become of it? Nothing happens before you press a button.",
    .deliver = "Deliver",
    .allow = "Deliver, and always allow this sender",
    .block = "Delete, and block this sender",
    .remove = "Delete",
    .done = "Done",
    .done_text = "Your choice has been carried out.",
    .already_text = "This message is held no longer: it was dealt with, or its time was over. "
                    "Nothing was done now.",
    .gone = "This link no longer works",
    .gone_text = "It is too old, was used already, or is incomplete. Sign in to see what is held "
                 "for you.",
    .no_subject = "(no subject)",
    .undone = "Nothing was done",
    .busy_text
    = "The gateway cannot do this at the moment. The link stays good: try again in a few "
      "minutes.",
    .forbidden_text = "This message may be dangerous: only an administrator may deliver it.",
    .no_sender_text = "The message names no sender that could be allowed or blocked. Choose "
                      "something else.",
    .unlisted_text = "The message was dealt with, but the sender could not be put on your list: it "
                     "may be full, or the gateway cannot change it now. Sign in to look.",
};

constexpr DigestWords japanese{
    .why = "理由",
    .points = "迷惑メールの疑いがあります: {} 点",
    .all_held = "隔離中のメール一覧",
    .title = "保留中のメール",
    .sender = "差出人",
    .subject = "件名",
    .date = "日時",
    .recipient = "宛先",
    .choose = "このメールをどうしますか。ボタンを押すまで何も実行されません。",
    .deliver = "配送する",
    .allow = "配送し、この差出人を常に許可する",
    .block = "削除し、この差出人を拒否する",
    .remove = "削除する",
    .done = "完了",
    .done_text = "選択した操作を実行しました。",
    .already_text
    = "このメールはすでに処理済みか、保留期間が終わっています。今回は何も実行していません。",
    .gone = "このリンクは使えません",
    .gone_text
    = "期限切れ、使用済み、または不完全なリンクです。ログインすると保留中のメールを確認できます。",
    .no_subject = "(件名なし)",
    .undone = "何も実行されませんでした",
    .busy_text
    = "ゲートウェイは現在この操作を実行できません。リンクは引き続き有効です。数分後にもう"
      "一度お試しください。",
    .forbidden_text = "このメールは危険な可能性があるため、配信できるのは管理者だけです。",
    .no_sender_text
    = "許可または拒否の対象となる差出人がこのメールにはありません。別の操作を選んでください。",
    .unlisted_text = "メールへの操作は実行しましたが、差出人をリストに登録できませんでした。リスト"
                     "が上限に達している"
                     "か、現在変更できない状態です。ログインして確認してください。",
};

const DigestWords& digest_words(Language language)
{
    return language == Language::japanese ? japanese : english;
}

constexpr std::string_view api = "/api/v1/digest/action";

net::HttpResponse gone(const Visitor& visitor, const Settings& settings)
{
    const auto& say = digest_words(visitor.language);
    const auto body = html("<p>{}</p>\n<p><a class=\"button\" href=\"/sign-in\">{}</a></p>\n",
                           say.gone_text, words(visitor.language).sign_in);
    return rendered({.status = 410, .title = say.gone, .body = body, .has_contact = true}, visitor,
                    settings);
}

/// There is nothing to choose any more, and where what is held can be seen.
net::HttpResponse no_longer_held(unsigned status, const Html& facts, const Visitor& visitor,
                                 const Settings& settings)
{
    const auto& say = digest_words(visitor.language);
    const auto body = html("{}<p class=\"notice\" role=\"status\">{}</p>\n"
                           "<p><a class=\"button\" href=\"/quarantine\">{}</a></p>\n",
                           facts, say.already_text, say.all_held);
    return rendered({.status = status, .title = say.title, .body = body, .has_contact = true},
                    visitor, settings);
}

/// "2026-11-22T18:48:24.286Z" without what nobody needs.
std::string readable(const std::string& time)
{
    constexpr std::size_t day = 10, minute = 16;
    return time.size() > minute ? time.substr(0, day) + " " + time.substr(day + 1, 5) + " UTC"
                                : time;
}

/// What the gate's refusal means to whoever pressed the button. Only what a link can never do again
/// is told as its end.
net::HttpResponse refusal(const net::HttpResponse& response, const Visitor& visitor,
                          const Settings& settings)
{
    const auto& say = digest_words(visitor.language);
    if (response.status == 409)
        return no_longer_held(409, Html{}, visitor, settings);
    if (response.status == 404 || response.status == 410)
        return gone(visitor, settings);
    const auto text = response.status == 403 ? say.forbidden_text
        : response.status == 422             ? say.no_sender_text
                                             : say.busy_text;
    const bool is_busy = text == say.busy_text;
    auto page = notice(is_busy ? 503 : response.status, say.undone, text, visitor, settings);
    if (is_busy)
        page.headers["Retry-After"] = "120";
    return page;
}

std::string why_of(const boost::json::value& told, const Visitor& visitor, const DigestWords& say)
{
    auto why = text_member(member(told, "why"), code_of(visitor.language));
    const auto& score = member(told, "score");
    if (why.empty() && score.is_number())
        why = fmt::format(fmt::runtime(say.points),
                          fmt::format("{:.1f}", score.to_number<double>()));
    return why;
}

/// What was chosen of the forms' actions, in their words.
std::string_view label_of(std::string_view action, const DigestWords& say)
{
    return action == "deliver" ? say.deliver
        : action == "allow"    ? say.allow
        : action == "block"    ? say.block
                               : say.remove;
}

Html row(std::string_view name, std::string_view value)
{
    return html("<dt>{}</dt><dd>{}</dd>\n", name, value);
}

/// What is known of the message; nothing once it is gone.
Html facts_of(const boost::json::value& told, const Visitor& visitor)
{
    const auto& say = digest_words(visitor.language);
    const auto from = text_member(told, "from"), subject = text_member(told, "subject");
    const auto date = text_member(told, "date");
    if (from.empty() && subject.empty() && date.empty())
        return {};
    Html facts = row(say.sender, from);
    facts += row(say.subject, subject.empty() ? say.no_subject : std::string_view{subject});
    facts += row(say.date, readable(date));
    facts += row(say.recipient, text_member(told, "recipient"));
    if (const auto why = why_of(told, visitor, say); !why.empty())
        facts += row(say.why, why);
    return html("<dl class=\"card facts\">{}</dl>\n", facts);
}

/// A button for each action that is offered; the one that the link names stands out.
Html buttons_of(const boost::json::value& told, std::string_view wanted, const DigestWords& say)
{
    Html buttons;
    for (const std::string_view name : {"deliver", "allow", "block", "delete"})
        for (const auto& offered : array_member(told, "actions"))
            if (text_of(offered) == name)
                buttons += wanted == name
                    ? html("<button name=\"action\" value=\"{}\" class=\"primary\">{}</button>\n",
                           name, label_of(name, say))
                    : html("<button name=\"action\" value=\"{}\">{}</button>\n", name,
                           label_of(name, say));
    return buttons;
}
}

awaitable<net::HttpResponse> Digest::answer(const net::HttpRequest& request, const Visitor& visitor)
{
    return request.method == "POST" ? act(request, visitor) : show(request, visitor);
}

awaitable<net::HttpResponse> Digest::show(const net::HttpRequest& request, const Visitor& visitor)
{
    const auto& say = digest_words(visitor.language);
    const auto query = parse_fields(target_of(request.target).query);
    const auto token = field(query, "d");
    const auto response = co_await gate_.ask(
        visitor, {.method = "GET", .target = std::string{api} + "?d=" + encoded(token)});
    const auto told = parse_json(response.body);
    if (response.status != 200)
        co_return refusal(response, visitor, settings_);
    const auto facts = facts_of(told, visitor);
    const auto buttons = buttons_of(told, field(query, "a"), say);
    if (buttons.empty())
        co_return no_longer_held(200, facts, visitor, settings_);
    const auto body = html("{}<form class=\"card stack\" method=\"post\" action=\"/digest\">"
                           "<input type=\"hidden\" name=\"d\" value=\"{}\"><p>{}</p>{}</form>\n",
                           facts, token, say.choose, buttons);
    const auto here = "/digest?d=" + encoded(token);
    co_return rendered({.title = say.title, .body = body, .here = here, .has_contact = true},
                       visitor, settings_);
}

awaitable<net::HttpResponse> Digest::act(const net::HttpRequest& request, const Visitor& visitor)
{
    const auto& say = digest_words(visitor.language);
    const auto form = parse_fields(request.body);
    const auto response = co_await gate_.ask(
        visitor,
        {.method = "POST",
         .target = std::string{api},
         .json = json_of({{"d", field(form, "d")}, {"action", field(form, "action")}})});
    if (response.status / 100 != 2)
        co_return refusal(response, visitor, settings_);
    const auto told = parse_json(response.body);
    const auto& listed = member(told, "listed");
    const bool is_unlisted = listed.is_bool() && !listed.get_bool();
    auto subject = text_member(told, "subject");
    if (subject.empty())
        subject = say.no_subject;
    const auto body
        = html("<p class=\"notice\" role=\"status\">{}</p>\n<p>{}: <strong>{}</strong></p>\n"
               "<p><a class=\"button\" href=\"/quarantine\">{}</a></p>\n",
               is_unlisted ? say.unlisted_text : say.done_text,
               label_of(field(form, "action"), say), subject, say.all_held);
    co_return rendered({.title = say.done, .body = body, .has_contact = true}, visitor, settings_);
}
}
