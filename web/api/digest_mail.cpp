// SPDX-License-Identifier: Apache-2.0
#include "web/api/digest_mail.hpp"

#include "gateway/mail/html_text.hpp"
#include "gateway/mail/utf8.hpp"

#include <fmt/format.h>

namespace web {
namespace {
struct Words {
    std::string_view subject, intro, order, from, score, no_subject;
    std::string_view deliver, allow, block, details, more, pages, preferences, contact;
};

constexpr Words english{
    .subject = "{} held for {}",
    .intro = "{} held for {}. What you do not deliver is deleted after {} days.",
    .order = "The least suspicious come first. Nothing happens before you press a button on the "
             "page that a link opens.",
    .from = "From",
    .score = "score",
    .no_subject = "(no subject)",
    .deliver = "Deliver",
    .allow = "Always allow",
    .block = "Block",
    .details = "Details",
    .more = "{} more are held; see the quarantine:",
    .pages = "All held messages",
    .preferences = "When and whether you get this list",
    .contact = "Questions",
};

constexpr Words japanese{
    .subject = "{1} 宛ての保留メール: {0}",
    .intro = "{1} 宛ての保留メール: {0}。配送しないメールは{2}日後に削除されます。",
    .order = "疑いの少ない順に並んでいます。リンク先のページでボタンを押すまで何も実行されません。",
    .from = "差出人",
    .score = "スコア",
    .no_subject = "(件名なし)",
    .deliver = "配送",
    .allow = "常に許可",
    .block = "拒否",
    .details = "詳細",
    .more = "ほかに{}通保留中です。隔離の一覧をご覧ください:",
    .pages = "保留中のすべてのメール",
    .preferences = "この一覧を受け取る曜日・時刻の変更と停止",
    .contact = "お問い合わせ",
};

/// Characters that turn around or hide what stands beside them.
bool steers_display(char32_t c)
{
    return c < U' ' || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C
        || (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200F)
        || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F)
        || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB)
        || (c >= 0xE0000 && c <= 0xE0FFF);
}

/// A stranger's text on one line, cut short. Programs make links of what looks like one: blanks
/// take that away.
std::string harmless(std::string_view raw)
{
    constexpr std::size_t longest = 160;
    std::string text;
    mail::append_utf8(text, raw);
    std::string out;
    std::size_t characters = 0;
    for (std::string_view rest = text; !rest.empty() && characters < longest; ++characters) {
        const auto next = mail::first_character(rest);
        if (rest.starts_with("://") || (rest.front() == '.' && out.ends_with("www")))
            out += ' ';
        if (next.value == U'\t' || next.value == U'\n' || next.value == U'\r')
            out += ' ';
        else if (!steers_display(next.value))
            out += rest.substr(0, next.length);
        rest.remove_prefix(next.length);
    }
    return characters == longest ? out + "…" : out;
}

/// A stranger's text: where a point stands apart, programs see no host's name.
std::string as_stranger(std::string_view raw)
{
    std::string out;
    for (const char c : mail::escaped_html(harmless(raw)))
        out += c == '.' ? std::string{"<span>.</span>"} : std::string{c};
    return out;
}

std::string count_of(const Digest& digest)
{
    const auto count = digest.lines.size() + digest.more;
    if (digest.is_japanese)
        return fmt::format("{}通", count);
    return fmt::format("{} message{}", count, count == 1 ? " is" : "s are");
}

struct Link {
    std::string_view label;
    std::string url;
};

std::vector<Link> links_of(const Digest& digest, const DigestLine& line, const Words& say)
{
    const auto url = digest.url + "/digest?d=" + line.token;
    std::vector<Link> links;
    if (line.may_deliver)
        links.push_back({say.deliver, url + "&a=deliver"});
    if (line.may_deliver && line.may_block)
        links.push_back({say.allow, url + "&a=allow"});
    if (line.may_block)
        links.push_back({say.block, url + "&a=block"});
    links.push_back({say.details, url});
    return links;
}

std::string intro_of(const Digest& digest, const Words& say)
{
    return fmt::format(fmt::runtime(say.intro), count_of(digest), digest.to.to_string(),
                       digest.days_kept);
}

std::string_view subject_of(const DigestLine& line, const Words& say)
{
    return line.subject.empty() ? say.no_subject : std::string_view{line.subject};
}

std::string text_of(const Digest& digest, const Words& say)
{
    auto text = fmt::format("{}\n{}\n\n", intro_of(digest, say), say.order);
    std::size_t number = 0;
    for (const auto& line : digest.lines) {
        text += fmt::format("{}. {}\n   {}: {}\n   {}, {} {:.1f}\n", ++number,
                            harmless(subject_of(line, say)), say.from, harmless(line.from),
                            line.received, say.score, line.score);
        for (const auto& link : links_of(digest, line, say))
            text += fmt::format("   {}: {}\n", link.label, link.url);
        text += "\n";
    }
    if (digest.more > 0)
        text += fmt::format(fmt::runtime(say.more), digest.more) + "\n";
    text += fmt::format("{}: {}/quarantine\n{}: {}/preferences\n", say.pages, digest.url,
                        say.preferences, digest.url);
    if (!digest.contact.empty())
        text += fmt::format("{}: {}\n", say.contact, digest.contact);
    return text;
}

std::string anchor(std::string_view label, const std::string& url)
{
    return fmt::format("<a href=\"{}\">{}</a>", mail::escaped_html(url), mail::escaped_html(label));
}

std::string html_of(const Digest& digest, const Words& say)
{
    auto html
        = fmt::format("<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">"
                      "<title>{}</title></head>\n<body style=\"font-family: sans-serif\">\n"
                      "<p>{}</p>\n<p>{}</p>\n<table cellpadding=\"6\">\n",
                      digest.is_japanese ? "ja" : "en", "Mailweir",
                      mail::escaped_html(intro_of(digest, say)), mail::escaped_html(say.order));
    for (const auto& line : digest.lines) {
        html += fmt::format("<tr><td style=\"border-top: 1px solid #999\"><b><bdi>{}</bdi></b><br>"
                            "{}: <bdi>{}</bdi><br>{}, {} {:.1f}<br>",
                            as_stranger(subject_of(line, say)), mail::escaped_html(say.from),
                            as_stranger(line.from), line.received, mail::escaped_html(say.score),
                            line.score);
        bool is_first = true;
        for (const auto& link : links_of(digest, line, say)) {
            html += (is_first ? "" : " · ") + anchor(link.label, link.url);
            is_first = false;
        }
        html += "</td></tr>\n";
    }
    html += "</table>\n";
    if (digest.more > 0)
        html += "<p>" + mail::escaped_html(fmt::format(fmt::runtime(say.more), digest.more))
            + "</p>\n";
    html += "<p>" + anchor(say.pages, digest.url + "/quarantine") + "<br>"
        + anchor(say.preferences, digest.url + "/preferences");
    if (!digest.contact.empty())
        html += fmt::format("<br>{}: {}", mail::escaped_html(say.contact),
                            mail::escaped_html(digest.contact));
    return html + "</p>\n</body></html>\n";
}
}

smtp::OwnMail compose_digest(const Digest& digest)
{
    const auto& say = digest.is_japanese ? japanese : english;
    smtp::OwnMail own{
        .to = digest.to,
        .subject = fmt::format(fmt::runtime(say.subject), count_of(digest), digest.to.to_string()),
        .text = text_of(digest, say)};
    own.html = html_of(digest, say);
    own.kind = "digest";
    own.headers
        = {"List-Unsubscribe: <" + digest.url + "/preferences>", "X-Auto-Response-Suppress: All"};
    own.from = digest.from;
    return own;
}
}
