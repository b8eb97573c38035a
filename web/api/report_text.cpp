// SPDX-License-Identifier: Apache-2.0
#include "web/api/report.hpp"

#include "gateway/mail/html_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace web {
namespace {
using Action = mail::Action;

struct Words {
    std::string_view daily, weekly, total, before, layers, reasons, sources, senders, state,
        waiting, held, oldest, feeds, bad, well, none;
};
constexpr Words english{"daily report",
                        "weekly report",
                        "recipients in all",
                        "before",
                        "Stopped or tagged, by layer",
                        "Reasons most often given",
                        "Sources of what was not simply delivered",
                        "Domains of such senders",
                        "Now",
                        "waiting for delivery",
                        "held in quarantine",
                        "the oldest waits since",
                        "Feeds",
                        "Bad now",
                        "All is well.",
                        "nothing"};
constexpr Words japanese{"日次報告",
                         "週次報告",
                         "宛先の合計",
                         "前期",
                         "止めた・タグを付けた層",
                         "多かった理由",
                         "そのまま配送しなかった送信元",
                         "その送信者のドメイン",
                         "現在",
                         "配送待ち",
                         "隔離中",
                         "最も古い配送待ち",
                         "フィード",
                         "現在の異常",
                         "異常はありません。",
                         "なし"};

struct ActionWord {
    Action action;
    std::string_view english, japanese;
};
constexpr std::array action_words{ActionWord{Action::deliver, "delivered", "配送"},
                                  ActionWord{Action::tag, "tagged", "タグ付き配送"},
                                  ActionWord{Action::quarantine, "held", "隔離"},
                                  ActionWord{Action::discard, "discarded", "破棄"},
                                  ActionWord{Action::defer, "deferred", "一時拒否"},
                                  ActionWord{Action::reject, "refused", "拒否"}};

/// "+12 %"; what was nothing before has no trend.
std::string trend(std::uint64_t number, std::uint64_t before)
{
    if (before == 0)
        return "";
    const auto change = (static_cast<double>(number) - static_cast<double>(before)) * 100
        / static_cast<double>(before);
    return fmt::format("{:+.0f} %", change);
}

std::string local_time(WallTime time)
{
    return fmt::format("{:%Y-%m-%d %H:%M}",
                       fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

/// The same content written twice: as aligned text and as HTML.
class Page {
public:
    explicit Page(const Words& words) : words_{words} { }
    void title(std::string_view text)
    {
        text_ += fmt::format("{}\n\n", text);
        html_ += fmt::format("<h1 style=\"font-size:1.2em\">{}</h1>\n", html_of(text));
    }
    void heading(std::string_view text)
    {
        text_ += fmt::format("\n{}\n", text);
        html_ += fmt::format("<h2 style=\"font-size:1em\">{}</h2>\n", html_of(text));
    }
    void sentence(std::string_view text)
    {
        text_ += fmt::format("  {}\n", clean(text));
        html_ += fmt::format("<p>{}</p>\n", html_of(text));
    }
    void table(const std::vector<Report::Line>& lines)
    {
        if (lines.empty())
            return sentence(words_.none);
        html_ += "<table>\n";
        for (const auto& line : lines) {
            const auto change = trend(line.number, line.before);
            text_ += fmt::format(
                "  {:>10}  {}{}\n", line.number, clean(line.name),
                change.empty() ? ""
                               : fmt::format("  ({} {}, {})", words_.before, line.before, change));
            html_ += fmt::format("<tr><td align=\"right\">{}</td><td>{}</td><td "
                                 "align=\"right\">{}</td><td align=\"right\">{}</td></tr>\n",
                                 line.number, html_of(line.name), line.before, change);
        }
        html_ += "</table>\n";
    }
    MailText mail(std::string subject, std::string_view url)
    {
        if (!url.empty()) {
            text_ += fmt::format("\n{}/admin\n", url);
            html_ += fmt::format("<p><a href=\"{0}/admin\">{0}/admin</a></p>\n", html_of(url));
        }
        return {std::move(subject), std::move(text_),
                "<!DOCTYPE html>\n<html><body style=\"font-family:sans-serif\">\n" + html_
                    + "</body></html>\n"};
    }

private:
    static std::string html_of(std::string_view text) { return mail::escaped_html(clean(text)); }
    static std::string clean(std::string_view text)
    {
        std::string out{text};
        std::ranges::replace_if(
            out, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
        return out;
    }
    const Words& words_;
    std::string text_, html_;
};

std::vector<Report::Line> action_lines(const Report& report, const Words& words, bool is_japanese)
{
    std::vector<Report::Line> lines;
    Report::Line total{std::string{words.total}};
    for (const auto& word : action_words) {
        const auto at = static_cast<std::size_t>(word.action);
        lines.push_back({std::string{is_japanese ? word.japanese : word.english},
                         report.actions[at], report.actions_before[at]});
        total.number += lines.back().number;
        total.before += lines.back().before;
    }
    lines.push_back(std::move(total));
    return lines;
}

void write_state(Page& page, const Report& report, const Words& words, bool is_japanese)
{
    page.heading(words.state);
    page.sentence(fmt::format("{}: {}", words.waiting, report.usage.waiting));
    if (report.usage.oldest_waiting)
        page.sentence(
            fmt::format("{}: {}", words.oldest, local_time(*report.usage.oldest_waiting)));
    page.sentence(fmt::format("{}: {}", words.held, report.usage.held));
    if (!report.feeds.empty())
        page.heading(words.feeds);
    for (const auto& feed : report.feeds)
        page.sentence(feed);
    page.heading(words.bad);
    for (const auto& condition : report.conditions)
        page.sentence(is_japanese ? condition.japanese() : condition.english());
    if (report.conditions.empty())
        page.sentence(words.well);
}
}

MailText report_mail(const Report& report, bool is_japanese)
{
    const auto& words = is_japanese ? japanese : english;
    Page page{words};
    const auto name = report.until - report.since > day ? words.weekly : words.daily;
    page.title(fmt::format("{}: {}, {} – {}", report.hostname, name, local_time(report.since),
                           local_time(report.until)));
    page.table(action_lines(report, words, is_japanese));
    for (const auto& [heading, lines] :
         {std::pair{words.layers, &report.layers}, std::pair{words.reasons, &report.reasons},
          std::pair{words.sources, &report.sources},
          std::pair{words.senders, &report.sender_domains}}) {
        page.heading(heading);
        page.table(*lines);
    }
    write_state(page, report, words, is_japanese);
    const auto all = action_lines(report, words, is_japanese).back();
    return page.mail(fmt::format("[{}] {}: {} {}", report.hostname, name, words.total, all.number),
                     report.web_url);
}
}
