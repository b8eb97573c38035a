// SPDX-License-Identifier: Apache-2.0
#include "web/api/alert_text.hpp"

#include "web/api/health.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace web {
namespace {
constexpr std::size_t most_told = 20;
constexpr std::size_t longest_sentence = 500, longest_subject = 150;

/// At most `most` octets, never half a character.
std::string cut(std::string text, std::size_t most)
{
    if (text.size() <= most)
        return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    return text.substr(0, most) + "…";
}

std::string sentence(const smtp::Condition& condition, bool is_japanese)
{
    auto text = is_japanese ? condition.japanese() : condition.english();
    // A peer's words may have anything in them.
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }, ' ');
    return cut(std::move(text), longest_sentence);
}

std::string local_time(WallTime time)
{
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(seconds));
}

std::string_view word(Change::What what, bool is_japanese)
{
    switch (what) {
    case Change::What::bad:
        return is_japanese ? "異常" : "BAD";
    case Change::What::well:
        return is_japanese ? "復旧" : "WELL AGAIN";
    case Change::What::reminder:
        return is_japanese ? "継続中" : "STILL BAD";
    case Change::What::event:
        break;
    }
    return is_japanese ? "通知" : "NOTE";
}

std::string entry(const Change& change, bool is_japanese)
{
    const auto& kind = *change.condition.kind;
    auto text = fmt::format("{}: {}\n", word(change.what, is_japanese),
                            sentence(change.condition, is_japanese));
    if (change.what != Change::What::event)
        text += fmt::format("  {} {}\n", is_japanese ? "開始" : "since", local_time(change.since));
    if (change.what != Change::What::well)
        text += fmt::format("  {}\n", is_japanese ? kind.japanese_advice : kind.english_advice);
    return text;
}

std::string list_of(const std::vector<Change>& changes, bool is_japanese)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(changes.size(), most_told); ++i)
        text += entry(changes[i], is_japanese) + "\n";
    if (changes.size() > most_told)
        text += is_japanese ? fmt::format("ほか {} 件\n\n", changes.size() - most_told)
                            : fmt::format("and {} more\n\n", changes.size() - most_told);
    return text;
}

void write_change(JsonWriter& json, const Change& change)
{
    write_condition(json, change.condition);
    json.member("state", to_string(change.what)).member("since", change.since).end_object();
}
}

MailText alert_mail(const Notice& notice, bool is_japanese)
{
    MailText mail;
    const auto& first = notice.changes.front();
    const auto more = notice.changes.size() - 1;
    mail.subject = fmt::format("[{}] {}: {}", notice.hostname, word(first.what, is_japanese),
                               cut(sentence(first.condition, is_japanese), longest_subject));
    if (more > 0)
        mail.subject
            += is_japanese ? fmt::format(" ほか {} 件", more) : fmt::format(" and {} more", more);
    mail.text = list_of(notice.changes, is_japanese);
    std::vector<Change> others;
    for (const auto& standing : notice.standing)
        if (std::ranges::none_of(notice.changes, [&](const Change& change) {
                return change.condition.key() == standing.condition.key();
            }))
            others.push_back(standing);
    if (!others.empty())
        mail.text += (is_japanese ? "ほかに続いているもの:\n\n" : "Besides, and told before:\n\n")
            + list_of(others, is_japanese);
    else if (notice.standing.empty() && first.what == Change::What::well)
        mail.text += is_japanese ? "ほかに異常はありません。\n\n" : "Nothing else is bad.\n\n";
    mail.text += notice.hostname + "\nmailweir status\n";
    if (!notice.web_url.empty())
        mail.text += notice.web_url + "/admin\n";
    return mail;
}

std::string alert_json(const Notice& notice)
{
    JsonWriter json;
    json.begin_object().member("id", notice.id).member("time", notice.time);
    json.member("hostname", notice.hostname).member(
        "url", notice.web_url.empty() ? std::string{} : notice.web_url + "/admin");
    for (const auto& [name, list] :
         {std::pair{"changes", &notice.changes}, std::pair{"standing", &notice.standing}}) {
        json.key(name).begin_array();
        for (const auto& change : *list)
            write_change(json, change);
        json.end_array();
    }
    return json.end_object().take();
}
}
