// SPDX-License-Identifier: Apache-2.0
#include "web/api/history.hpp"

#include "filters/units.hpp"
#include "gateway/mail/ascii.hpp"
#include "web/api/routes.hpp"
#include "web/api/rows.hpp"

#include <algorithm>

namespace web {
namespace {
/// "tag,reject"; false: one of the words is no action.
bool read_actions(std::string_view words, std::vector<mail::Action>& actions)
{
    while (!words.empty()) {
        const auto word = words.substr(0, words.find(','));
        const auto action = mail::parse_action(word);
        if (!action)
            return false;
        actions.push_back(*action);
        words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
    return true;
}

bool read_score(const std::string& text, std::optional<double>& score)
{
    if (text.empty())
        return true;
    score = filters::parse_real(text);
    return score.has_value();
}

bool is_finding(std::string_view text)
{
    if (const auto at = text.find('('); at != text.npos && text.ends_with(')')) {
        const auto detail = text.substr(at + 1, text.size() - at - 2);
        return !detail.empty() && detail.size() <= 320 && is_finding(text.substr(0, at))
            && std::ranges::none_of(detail, [](char c) {
                   return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'
                       || c == '\x7F';
               });
    }
    return text.size() <= 100 && std::ranges::all_of(text, [](char c) {
               return mail::is_alphanumeric(c) || c == '_' || c == '.';
           });
}

/// Those that concern the verdict.
std::optional<std::string> read_verdict_filters(const Request& request,
                                                storage::VerdictQuery& query)
{
    if (!read_actions(request.text("action"), query.actions))
        return "action: some of deliver, tag, quarantine, discard, defer, reject, with commas";
    if (!read_score(request.text("score_min"), query.score_min)
        || !read_score(request.text("score_max"), query.score_max))
        return "score_min, score_max: numbers";
    if (const auto text = request.text("direction"); !text.empty()) {
        if (text != "inbound" && text != "outbound")
            return "direction: inbound or outbound";
        query.direction = text == "inbound" ? mail::Direction::inbound : mail::Direction::outbound;
    }
    const auto layer = request.text("layer"), finding = request.text("finding");
    if (!is_finding(layer) || layer.contains('.') || !is_finding(finding))
        return "layer: a name such as spf; finding: one such as spf.fail or auth.account(bob)";
    query.finding = !finding.empty() ? finding : layer.empty() ? "" : layer + ".";
    query.rule = request.text("rule").substr(0, 200);
    return {};
}

std::optional<std::string> read_filters(const Request& request, storage::WallTime now,
                                        storage::HistoryQuery& query)
{
    query.text = request.text("text");
    query.recipient = request.text("recipient");
    query.sender = request.text("sender");
    query.recipient_domain = request.text("recipient_domain");
    query.sender_domain = request.text("sender_domain");
    query.client = request.text("client");
    query.message_id = request.text("message_id");
    query.limit = request.limit();
    if (const auto text = request.text("id"); !text.empty()) {
        query.id = mail::MailId::parse(text);
        if (!query.id)
            return "id: 13 characters";
    }
    if (const auto text = request.text("after"); !text.empty()) {
        query.after = storage::RowId::parse(text);
        if (!query.after)
            return "after: the \"next\" of an earlier answer";
    }
    for (auto [name, moment] : {std::pair{"since", &query.since}, std::pair{"until", &query.until}})
        if (const auto text = request.text(name); !text.empty()) {
            *moment = parse_moment(text, now);
            if (!*moment)
                return std::string{name}
                + ": a date, an RFC 3339 time in UTC, or how long ago (\"2 h\")";
        }
    if (!query.text.empty() && query.text.size() < 3)
        return "text: three characters or more";
    return {};
}

/// Without anything that an index knows a search looks at row after row: then not at all of them.
void hold_to_time(HistoryQuestion& question, storage::WallTime now)
{
    constexpr std::chrono::days looked_back{7};
    auto& [query, verdicts] = question;
    const bool is_unindexed = !verdicts.finding.empty() || !verdicts.rule.empty()
        || verdicts.score_min || verdicts.score_max || verdicts.direction;
    const bool is_narrow = query.since || query.id || !query.text.empty()
        || !query.recipient.empty() || !query.sender.empty() || !query.recipient_domain.empty()
        || !query.sender_domain.empty() || !query.client.empty() || !query.message_id.empty();
    if (is_unindexed && !is_narrow)
        query.since = now - looked_back;
}
}

std::expected<HistoryQuestion, std::string> history_question(const Request& request,
                                                             storage::WallTime now)
{
    HistoryQuestion question;
    if (auto wrong = read_filters(request, now, question.query))
        return std::unexpected{std::move(*wrong)};
    if (auto wrong = read_verdict_filters(request, question.verdicts))
        return std::unexpected{std::move(*wrong)};
    hold_to_time(question, now);
    return question;
}

namespace {
/// With where each row stands in the store.
awaitable<std::string> history_page(Site& site, storage::HistoryPage page)
{
    std::vector<storage::RowId> ids;
    for (const auto& row : page.rows)
        ids.push_back(row.id);
    const auto states = co_await site.desk->states(std::move(ids));
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& row : page.rows) {
        const auto found = states.find(row.id);
        write_history_row(json, row,
                          found == states.end() ? std::nullopt : std::optional{found->second});
    }
    json.end_array().key("next");
    page.next ? json.text(page.next->to_string()) : json.null();
    json.key("looked_back_to");
    page.looked_back_to ? json.time(*page.looked_back_to) : json.null();
    co_return json.end_object().take();
}
}

awaitable<Response> get_history(Site& site, Principal principal, Request request)
{
    const auto question = history_question(request, site.context->env->wall_now());
    if (!question)
        co_return problem(400, "malformed request", question.error());
    const auto& [query, verdicts] = *question;
    co_await site.context->history->settle();
    auto reach = reach_of(principal, request);
    auto page = co_await site.desk->history_page(query, std::move(reach), verdicts);
    page.rows = as_seen_by(principal, std::move(page.rows));
    co_return json_response(co_await history_page(site, std::move(page)));
}
}
