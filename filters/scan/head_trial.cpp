// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/head_trial.hpp"

#include "filters/rules/parser.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
constexpr std::chrono::milliseconds budget_of_a_mail{20};

bool is_of_head(const rulebook::Rule& rule)
{
    if (rule.kind != rulebook::Kind::header)
        return false;
    const auto colon = rule.field.find(':');
    auto field = rule.field.substr(0, colon);
    // History has them decoded: what is encoded there says nothing of a test of the raw field.
    if (colon != rule.field.npos && rule.field.substr(colon).contains("raw"))
        return false;
    std::ranges::transform(field, field.begin(), mail::to_lower);
    return field == "from" || field == "subject" || field == "message-id";
}

/// A field's text on one line.
std::string line_of(std::string_view text)
{
    std::string line{text};
    std::ranges::replace_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    return line;
}
}

std::vector<std::string> names_of_head(const rulebook::RuleBook& book)
{
    std::vector<std::string> names;
    for (const auto& rule : book.rules)
        if (is_of_head(rule))
            names.push_back(rule.name);
    return names;
}

HeadTrial::HeadTrial(const TrialRules& rules)
{
    for (const auto& test : read_trial(rules).tests)
        if (test.is_of_head)
            names_.push_back(test.name);
    if (names_.empty())
        return;
    if (rules.kind == TrialRules::Kind::words) {
        words_ = make_trial_words(rules);
        return;
    }
    rulebook::Parser parser;
    parser.read(rules.text, "the rules");
    auto book = parser.take();
    std::erase_if(book.rules, [](const auto& rule) { return !is_of_head(rule); });
    tests_ = std::make_unique<rulebook::RuleSet>(book, rulebook::RuleSetOptions{});
}

HeadTrial::~HeadTrial() = default;

std::vector<std::string> HeadTrial::hits(std::string_view from, std::string_view subject,
                                         std::string_view message_id) const
{
    std::vector<std::string> hits;
    mail::Mail mail;
    mail.message
        = mail::Message::from_text("From: " + line_of(from) + "\r\nSubject: " + line_of(subject)
                                   + "\r\nMessage-ID: " + line_of(message_id) + "\r\n\r\n");
    const auto add = [&](const std::string& name) {
        if (std::ranges::find(names_, name) != names_.end())
            hits.push_back(name);
    };
    if (words_) {
        auto inspection = words_->inspect_message(mail);
        for (const auto& finding : std::get<Findings>(inspection))
            if (finding.name != "words.gave_up")
                add(finding.detail);
    }
    if (tests_) {
        const Content nothing;
        const rulebook::MessageView view{mail.message, nothing};
        PatternBudget budget{budget_of_a_mail};
        const auto result = tests_->run(view, budget);
        for (std::size_t i = 0; i < tests_->tests().size(); ++i)
            if (result.values[i] != 0)
                add(tests_->tests()[i].name);
    }
    return hits;
}
}
