// SPDX-License-Identifier: Apache-2.0
#include "filters/content/text.hpp"
#include "filters/layer.hpp"
#include "filters/pattern.hpp"
#include "filters/rules/rule_counters.hpp"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <span>

namespace filters {
namespace {
constexpr std::string_view allow = "words.allow", tag = "words.tag",
                           quarantine = "words.quarantine", block = "words.block",
                           points = "words.points", gave_up = "words.gave_up";

/// On the loop a message may hold others up this long, in the scan that long.
constexpr std::chrono::milliseconds header_budget{5}, body_budget{250};
constexpr std::size_t most_names = 2000;

/// Case is the pattern's business.
std::string as_seen(std::string_view utf8)
{
    return content::as_seen(utf8, content::Letters::as_written);
}

struct WordRule {
    std::string name;
    enum class Where { subject, header, field, body, raw, attachment } where = Where::subject;
    std::string field; ///< for Where::field
    std::string_view finding;
    std::optional<double> weight;
    bool is_plain = false; ///< compared with the text as seen
    Pattern pattern;
};

/// Reads one rule; complaints go where the rule stands.
class RuleReader {
public:
    explicit RuleReader(const Settings& item) : item_{item} { }

    std::optional<WordRule> read()
    {
        WordRule::Where where{};
        std::string field;
        if (!place(where, field))
            return {};
        auto pattern = read_pattern();
        const auto finding = effect();
        if (!pattern || finding.empty())
            return {};
        WordRule rule{item_.text("name"), where, std::move(field), finding, {}, item_.has("text"),
                      std::move(*pattern)};
        if (rule.name.empty())
            rule.name = item_.text(rule.is_plain ? "text" : "pattern").substr(0, 60);
        if (finding == points)
            rule.weight = item_.real("points");
        return rule;
    }

private:
    bool place(WordRule::Where& where, std::string& field) const
    {
        const auto text = item_.text("where");
        if (text == "subject")
            where = WordRule::Where::subject;
        else if (text == "header")
            where = WordRule::Where::header;
        else if (text == "body")
            where = WordRule::Where::body;
        else if (text == "raw")
            where = WordRule::Where::raw;
        else if (text == "attachment")
            where = WordRule::Where::attachment;
        else if (text.starts_with("header ") && text.size() > 7) {
            where = WordRule::Where::field;
            field = text.substr(7);
        } else {
            constexpr std::array<std::string_view, 5> words{"subject", "header", "body", "raw",
                                                            "attachment"};
            item_.complain("where",
                           "\"where\" must be subject, body, raw, attachment, header or "
                           "\"header NAME\"",
                           did_you_mean(text, words));
            return false;
        }
        return true;
    }
    std::optional<Pattern> read_pattern() const
    {
        const bool is_plain = item_.has("text");
        if (is_plain == item_.has("pattern")) {
            item_.complain("text", "a rule has one of \"text\" and \"pattern\"");
            return {};
        }
        const auto letters
            = item_.boolean("exact_case") ? Pattern::Case::exact : Pattern::Case::ignored;
        auto pattern = is_plain ? Pattern::plain(as_seen(item_.text("text")), letters)
                                : Pattern::compile(item_.text("pattern"), letters);
        if (pattern)
            return std::move(*pattern);
        item_.complain(is_plain ? "text" : "pattern",
                       pattern.error().text + " (at character "
                           + std::to_string(pattern.error().offset + 1) + ")");
        return {};
    }
    std::string_view effect() const
    {
        if (item_.has("then") == item_.has("points")) {
            item_.complain("then", "a rule has one of \"then\" and \"points\"");
            return {};
        }
        if (item_.has("points"))
            return points;
        constexpr std::array findings{allow, tag, quarantine, block};
        return findings[item_.choice("then", {"allow", "tag", "quarantine", "block"})];
    }
    const Settings& item_;
};

bool is_of_content(std::string_view where)
{
    return where == "body" || where == "raw" || where == "attachment";
}

std::vector<WordRule> read_rules(const Settings& settings, bool of_content)
{
    std::vector<WordRule> rules;
    for (const auto& item : settings.items("rules"))
        if (is_of_content(item.text("where")) == of_content)
            if (auto rule = RuleReader{item}.read())
                rules.push_back(std::move(*rule));
    return rules;
}

/// The texts that a rule looks at, one after the other.
using TextsOf = std::function<std::span<const std::string>(const WordRule&)>;

Pattern::Result search(const WordRule& rule, std::span<const std::string> texts,
                       PatternBudget& budget)
{
    auto result = Pattern::Result::no;
    for (const auto& text : texts) {
        const auto here = rule.pattern.search(text, budget);
        if (here == Pattern::Result::yes)
            return here;
        if (here == Pattern::Result::gave_up)
            result = here;
    }
    return result;
}

Findings apply(const std::vector<WordRule>& rules, PatternBudget& budget, const TextsOf& texts_of)
{
    Findings findings;
    for (const auto& rule : rules) {
        const auto result = search(rule, texts_of(rule), budget);
        if (result == Pattern::Result::yes)
            findings.push_back({rule.finding, rule.name, {}, rule.weight});
        else if (result == Pattern::Result::gave_up)
            findings.push_back({.name = gave_up, .detail = rule.name});
    }
    return findings;
}

/// Decoded header text of one message, each form once.
class HeaderTexts {
public:
    explicit HeaderTexts(const mail::Header& header) : header_{header} { }

    std::span<const std::string> of(const WordRule& rule)
    {
        auto& texts = rule.is_plain ? seen_ : decoded_;
        const std::string key = rule.where == WordRule::Where::subject ? "Subject" : rule.field;
        const auto known = texts.find(key);
        if (known != texts.end())
            return {&known->second, 1};
        std::string text = key.empty() ? all() : named(key);
        text = rule.is_plain ? as_seen(text) : std::move(text);
        return {&texts.emplace(key, std::move(text)).first->second, 1};
    }

private:
    std::string all() const
    {
        std::string text;
        for (const auto& field : header_.fields())
            text += std::string{field.name} + ": " + mail::decode_words(mail::unfold(field.value))
                + "\n";
        return text;
    }
    std::string named(std::string_view name) const
    {
        std::string text;
        for (const auto& field : header_.fields())
            if (field.is(name))
                text += (text.empty() ? "" : "\n") + mail::decode_words(mail::unfold(field.value));
        return text;
    }
    const mail::Header& header_;
    std::map<std::string, std::string> decoded_, seen_;
};

/// The administrator's rules on subject and header.
class Words final : public Layer {
public:
    Words(const Settings& settings, Services& services)
        : rules_{read_rules(settings, false)}, counters_{RuleCounters::of(services)}
    { }
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (rules_.empty())
            return Findings{};
        HeaderTexts texts{mail.message.header()};
        PatternBudget budget{header_budget};
        auto findings = apply(rules_, budget, [&](const WordRule& rule) { return texts.of(rule); });
        if (!findings.empty())
            counters_->add(findings);
        return findings;
    }

private:
    std::vector<WordRule> rules_;
    std::shared_ptr<RuleCounters> counters_;
};

/// What is read in one message, the names of its files, and its body as it came.
class ContentTexts {
public:
    explicit ContentTexts(const Content& content) : content_{content} { }

    std::span<const std::string> of(const WordRule& rule)
    {
        auto& texts = (rule.is_plain ? seen_ : written_)[rule.where];
        if (!texts) {
            texts = written(rule.where);
            if (rule.is_plain)
                for (auto& text : *texts)
                    text = as_seen(text);
        }
        return *texts;
    }

private:
    std::vector<std::string> written(WordRule::Where where) const
    {
        std::vector<std::string> texts;
        if (where == WordRule::Where::raw)
            texts.push_back(content_.raw_body);
        if (where == WordRule::Where::body)
            for (const auto& body : content_.bodies)
                texts.push_back(body.visible);
        if (where == WordRule::Where::attachment)
            for (const auto& file : content_.files) {
                add_name(texts, file.filename);
                for (const auto& name : file.other_filenames)
                    add_name(texts, name);
            }
        return texts;
    }
    static void add_name(std::vector<std::string>& names, const std::string& name)
    {
        if (!name.empty() && names.size() < most_names)
            names.push_back(name);
    }
    const Content& content_;
    std::map<WordRule::Where, std::optional<std::vector<std::string>>> written_, seen_;
};

/// The administrator's rules on texts and names of files.
class ContentWords final : public ContentLayer {
public:
    explicit ContentWords(const Settings& settings) : rules_{read_rules(settings, true)} { }
    bool is_needed() const override { return !rules_.empty(); }
    Findings inspect(const mail::Message&, const Content& content) const override
    {
        ContentTexts texts{content};
        PatternBudget budget{body_budget};
        return apply(rules_, budget, [&](const WordRule& rule) { return texts.of(rule); });
    }

private:
    std::vector<WordRule> rules_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Words>(settings, services);
}
std::unique_ptr<ContentLayer> make_content(const Settings& settings, Services&)
{
    return std::make_unique<ContentWords>(settings);
}
}

extern const LayerType words{
    .name = "words",
    .summary = "The administrator's own strings and patterns on subject, header, body and names of "
               "attachments.",
    .findings = {
        {.name = allow,
         .english = "The administrator's rule \"{}\" lets it pass.",
         .japanese = "管理者の規則「{}」により許可されました。"},
        {.name = tag,
         .english = "The administrator's rule \"{}\" tags it.",
         .japanese = "管理者の規則「{}」によりタグが付きました。"},
        {.name = quarantine,
         .english = "The administrator's rule \"{}\" holds it.",
         .japanese = "管理者の規則「{}」により隔離されました。"},
        {.name = block,
         .english = "The administrator's rule \"{}\" blocks it.",
         .japanese = "管理者の規則「{}」により拒否されました。"},
        {.name = points,
         .english = "The administrator's rule \"{}\" gives points.",
         .japanese = "管理者の規則「{}」により加点されました。"},
        {.name = gave_up,
         .english = "The administrator's rule \"{}\" was given up: it took too long.",
         .japanese = "管理者の規則「{}」は時間がかかりすぎたため中断されました。"},
    },
    .settings = R"(# Each rule: where to look, what for, what then.
#   where: subject, body (what people read), attachment (names of files, also in archives),
#          header (all fields), "header NAME", or raw (the body as it came, first 2 MiB)
#   text: plain words, compared as a reader sees them; or pattern: a PCRE2 expression
#   exact_case: true tells upper and lower case apart
#   then: allow, tag, quarantine or block; or points: 2.5
rules: !example
  - { name: "lottery", where: "subject", text: "you have won", pattern: "\\bw[i1]nner\\b",
      exact_case: false, then: "block", points: 2.5 }
)",
    .make = make,
    .make_content = make_content,
};
}
