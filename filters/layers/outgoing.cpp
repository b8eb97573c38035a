// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace filters {
namespace {
constexpr std::string_view bad_link = "outgoing.bad_link", short_link = "outgoing.short_link",
                           known_spam = "outgoing.known_spam", spam_words = "outgoing.spam_words",
                           excess = "outgoing.excess";

/// Links of which somebody said that they are bad, or that only deceive.
constexpr std::array bad_links{"intent.phishing_link", "intent.spam_link",  "intent.listed",
                               "intent.odd_address",   "intent.look_alike", "intent.mixed_scripts"};
/// Of them those that do not only look so.
constexpr std::array reported_links{"intent.phishing_link", "intent.spam_link", "intent.listed"};
/// What is written for the eye and not to be read (features O7).
constexpr std::array decorations{
    "composition.broken_words", "composition.mixed_letters",   "composition.styled_letters",
    "composition.hidden_text",  "composition.subject_symbols", "composition.name_symbols",
    "composition.symbols",      "composition.ornaments",       "composition.capitals",
    "composition.exclamations", "composition.picture_only"};

const mail::Finding* first_of(const mail::Mail& mail, const auto& names)
{
    const auto found = std::ranges::find_if(mail.findings, [&](const mail::Finding& finding) {
        return std::ranges::find(names, finding.name) != names.end();
    });
    return found == mail.findings.end() ? nullptr : &*found;
}

/// What the content layers found, as it counts for mail that leaves: the policy's points are for
/// mail from outside, and do not act on clients from inside (features O7, O9).
class Outgoing final : public Layer {
public:
    explicit Outgoing(const Settings& settings)
        : spam_words_{settings.real("spam_words")},
          excess_{static_cast<std::size_t>(std::max<std::int64_t>(settings.number("excess"), 0))}
    {
        if (!(spam_words_ >= 0 && spam_words_ <= 1000))
            settings.complain("spam_words", "points from 0 to 1000; 0: never");
        if (settings.number("excess") < 0)
            settings.complain("excess", "a number; 0: never");
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (mail.direction != mail::Direction::outbound)
            return Findings{};
        const auto* came_in = first_of(mail, std::array{"forward.known"});
        const bool was_judged = came_in && !first_of(mail, std::array{"forward.changed"});
        Findings found;
        if (was_judged && came_in->weight.value_or(0) > 0)
            return found; // spam when it came: forward.spam says what becomes of it
        if (was_judged) { // but for what is known as bad by now
            add_bad_link(mail, reported_links, found);
            add_known(mail, found);
            return found;
        }
        add_bad_link(mail, bad_links, found);
        add_short_link(mail, found);
        add_known(mail, found);
        add_words(mail, found);
        add_excess(mail, found);
        return found;
    }

private:
    static void add_bad_link(const mail::Mail& mail, const auto& kinds, Findings& found)
    {
        if (const auto* link = first_of(mail, kinds))
            found.push_back({.name = bad_link,
                             .detail = link->detail,
                             .evidence = std::string{link->name} + " " + link->evidence});
    }
    static void add_short_link(const mail::Mail& mail, Findings& found)
    {
        if (const auto* link = first_of(mail, std::array{"intent.short_link"}))
            found.push_back(
                {.name = short_link, .detail = link->detail, .evidence = link->evidence});
    }
    static void add_known(const mail::Mail& mail, Findings& found)
    {
        constexpr double sure = 0.8;
        const auto known = std::ranges::find_if(mail.findings, [](const mail::Finding& finding) {
            return finding.name == "fingerprint.exact" && finding.weight.value_or(0) >= sure;
        });
        if (known != mail.findings.end())
            found.push_back(
                {.name = known_spam, .detail = known->detail, .evidence = known->evidence});
    }
    void add_words(const mail::Mail& mail, Findings& found) const
    {
        constexpr std::array weighed{"rules.hit", "words.points", "classifier.spam"};
        double points = 0;
        std::string hits;
        for (const auto& finding : mail.findings) {
            const auto weight = finding.weight.value_or(0);
            if (weight == 0 || std::ranges::find(weighed, finding.name) == weighed.end())
                continue;
            points += weight;
            if (weight > 0 && hits.size() < 400)
                hits += fmt::format("{}{} {:.1f}", hits.empty() ? "" : ", ",
                                    finding.detail.empty() ? std::string{finding.name}
                                                           : finding.detail.substr(0, 60),
                                    weight);
        }
        if (spam_words_ > 0 && points >= spam_words_)
            found.push_back({.name = spam_words,
                             .detail = fmt::format("{:.1f}", points),
                             .evidence = std::move(hits)});
    }
    void add_excess(const mail::Mail& mail, Findings& found) const
    {
        std::set<std::string_view> kinds;
        for (const auto& finding : mail.findings)
            if (std::ranges::find(decorations, finding.name) != decorations.end())
                kinds.insert(finding.name);
        if (excess_ == 0 || kinds.size() < excess_)
            return;
        std::string named;
        for (const auto kind : kinds)
            named += (named.empty() ? "" : ", ") + std::string{kind.substr(kind.find('.') + 1)};
        found.push_back(
            {.name = excess, .detail = std::to_string(kinds.size()), .evidence = std::move(named)});
    }

    double spam_words_;
    std::size_t excess_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services&)
{
    return std::make_unique<Outgoing>(settings);
}
}

extern const LayerType outgoing{
    .name = "outgoing",
    .summary = "What outgoing content is judged by: bad and short links, known spam, spam words, "
               "excess.",
    .findings = {
        {.name = bad_link,
         .english = "Outgoing mail has a bad link: {}",
         .japanese = "送信メールに不正なリンクがあります: {}",
         .is_spoofing = true,
         .refusal = "the mail has a link that is known as bad or deceives: {}"},
        {.name = short_link,
         .english = "Outgoing mail has a short link: {}",
         .japanese = "送信メールに短縮リンクがあります: {}",
         .is_spoofing = true,
         .refusal = "the mail has a short link, which others take for spam: write the whole "
                    "address instead of {}"},
        {.name = known_spam,
         .english = "Outgoing mail is known as spam ({}).",
         .japanese = "送信メールは既知の迷惑メールです({})。",
         .is_spoofing = true,
         .refusal = "the mail is known as spam"},
        {.name = spam_words,
         .english = "Outgoing mail reads like spam: {} points",
         .japanese = "送信メールの文面が迷惑メールに似ています: {}点",
         .is_spoofing = true,
         .refusal = "the mail reads like spam, and others would take it for that: say it in other "
                    "words"},
        {.name = excess,
         .english = "Outgoing mail has {} kinds of excess in symbols or formatting.",
         .japanese = "送信メールの記号や装飾が{}種類で過剰です。",
         .is_spoofing = true,
         .refusal = "the mail has too many symbols and too much formatting ({} kinds): others "
                    "would take it for spam"},
    },
    .settings = R"(# What of an outgoing mail is told; rules that name the facts hold or
# refuse it: { when: outgoing.short_link, then: reject }. Of mail that somebody forwards with
# its text unchanged known spam and bad links are told alone: the rest was judged when it came in.
# From so many points of words, tests and the classifier on; 0: never.
spam_words: 8
# From so many kinds of excess on (symbols, capitals, disguised or hidden text); 0: never.
excess: 3
)",
    .after = {"intent", "composition", "rules", "words", "classifier", "fingerprint", "forward"},
    .make = make,
};
}
