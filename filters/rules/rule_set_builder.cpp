// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/literals.hpp"
#include "filters/rules/replace_tags.hpp"
#include "filters/rules/rule_set.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <unordered_map>

namespace filters::rulebook {
namespace {
bool is_subtest(std::string_view name) { return name.starts_with("__"); }

double score_of(const Rule& rule, const Traits& traits, unsigned set)
{
    if (traits.scores)
        return (*traits.scores)[set];
    const double usual = rule.name.starts_with("T_") ? 0.01 : 1;
    return traits.flags.is_nice ? -usual : usual;
}

bool is_template(std::string_view expression)
{
    for (auto at = expression.find("%{"); at != std::string_view::npos;
         at = expression.find("%{", at + 1))
        if (at == 0 || expression[at - 1] != '\\')
            return true;
    return false;
}

Remark remark_on(const RuleBook& book, const Rule& rule, Remark::Severity severity,
                 std::string text, std::size_t column)
{
    Remark made;
    made.severity = severity;
    made.name = rule.name;
    made.complaint.file = book.files[rule.place.file];
    made.complaint.line = static_cast<int>(rule.place.line);
    made.complaint.column = static_cast<int>(std::max<std::size_t>(column, 1));
    made.complaint.text = rule.name + ": " + std::move(text);
    mail::append_utf8(made.complaint.source_line, rule.line);
    return made;
}
}

class RuleSetBuilder {
public:
    RuleSetBuilder(RuleBook& book, const RuleSetOptions& options, RuleSet& set)
        : book_{book}, options_{options}, set_{set}
    { }

    void run()
    {
        choose();
        for (const auto index : chosen_) {
            if (options_.on_test)
                options_.on_test();
            add(book_.rules[index]);
        }
        for (auto& [key, target] : targets_) {
            target.literals.build();
            set_.targets_.push_back(std::move(target));
        }
        read_formulas();
        order_formulas();
        set_.lists_ = sorted(book_.lists);
    }

private:
    static constexpr std::uint32_t unknown = ~std::uint32_t{0};

    /// For binary search.
    static Lists sorted(Lists lists)
    {
        for (auto& [name, hosts] : lists.uri_hosts)
            std::ranges::sort(hosts);
        auto& domains = lists.words["freemail_domains"];
        auto& patterns = lists.words[std::string{freemail_patterns}];
        std::ranges::copy_if(domains, std::back_inserter(patterns), [](const std::string& domain) {
            return domain.find_first_of("*?") != std::string::npos;
        });
        std::ranges::sort(domains);
        return lists;
    }

    bool is_run(const Rule& rule) const
    {
        const auto& traits = book_.traits_of(rule.name);
        return rule.kind != Kind::empty
            && (is_subtest(rule.name) || score_of(rule, traits, options_.score_set) != 0);
    }

    /// Which rules run: those with a score, and those they need.
    void choose()
    {
        for (std::size_t i = 0; i < book_.rules.size(); ++i)
            by_name_.emplace(book_.rules[i].name, static_cast<std::uint32_t>(i));
        std::vector<bool> is_needed(book_.rules.size());
        std::vector<std::uint32_t> waiting;
        for (std::uint32_t i = 0; i < book_.rules.size(); ++i) {
            const auto& rule = book_.rules[i];
            if (is_run(rule) && (options_.has_all_tests || !is_subtest(rule.name)))
                waiting.push_back(i);
        }
        while (!waiting.empty()) {
            const auto index = waiting.back();
            waiting.pop_back();
            if (is_needed[index])
                continue;
            is_needed[index] = true;
            if (book_.rules[index].kind == Kind::meta)
                for (const auto other : needed_by(book_.rules[index]))
                    if (is_run(book_.rules[other]))
                        waiting.push_back(other);
        }
        // What captures for others is needed by them.
        for (std::uint32_t i = 0; i < book_.rules.size(); ++i)
            if (is_needed[i]
                || (is_run(book_.rules[i]) && book_.rules[i].expression.text.contains("(?<")
                    && captures(book_.rules[i].expression.text)))
                chosen_.push_back(i);
    }

    static bool captures(std::string_view text)
    {
        for (auto at = text.find("(?<"); at != std::string_view::npos;
             at = text.find("(?<", at + 1))
            if (at + 3 < text.size() && text[at + 3] != '=' && text[at + 3] != '!')
                return true;
        return false;
    }

    std::vector<std::uint32_t> matching(std::string_view glob) const
    {
        std::vector<std::uint32_t> found;
        for (std::uint32_t i = 0; i < book_.rules.size(); ++i)
            if (matches_glob(book_.rules[i].name, glob))
                found.push_back(i);
        return found;
    }

    std::vector<std::uint32_t> needed_by(const Rule& rule) const
    {
        std::vector<std::uint32_t> all;
        const auto formula = Formula::parse(rule.formula, [&](auto name, auto argument) {
            if (name == "rules_matching")
                std::ranges::copy(matching(argument), std::back_inserter(all));
            else if (const auto known = by_name_.find(std::string{name}); known != by_name_.end())
                all.push_back(known->second);
            return Formula::Operand{};
        });
        return all;
    }

    void complain(const Rule& rule, Remark::Severity severity, std::string text,
                  std::size_t column = 1)
    {
        book_.remarks.push_back(remark_on(book_, rule, severity, std::move(text), column));
    }

    void add(const Rule& rule)
    {
        const auto& traits = book_.traits_of(rule.name);
        if (traits.flags.is_net && rule.kind == Kind::evaluation
            && find_evaluation(rule.function) == nullptr)
            return complain(rule, Remark::Severity::elsewhere,
                            "it asks the network: layers of their own do that here");
        Test test;
        test.name = rule.name;
        test.kind = rule.kind;
        test.score = is_subtest(rule.name) ? 0 : score_of(rule, traits, options_.score_set);
        test.is_reported = !is_subtest(rule.name);
        test.is_negated = rule.is_negated;
        test.is_existence = rule.is_existence;
        test.is_multiple = traits.flags.is_multiple;
        test.has_no_subject = traits.flags.has_no_subject;
        test.most_hits = traits.flags.most_hits;
        test.if_unset = rule.if_unset;
        describe(test, traits);
        bool is_good = true;
        if (rule.kind == Kind::evaluation)
            is_good = add_function(rule, test);
        else if (rule.kind != Kind::meta && !rule.is_existence)
            is_good = add_expression(rule, test);
        if (is_good)
            place(rule, std::move(test));
    }

    static void describe(Test& test, const Traits& traits)
    {
        for (const auto* language : {"en", ""})
            if (const auto known = traits.descriptions.find(language);
                known != traits.descriptions.end())
                mail::append_utf8(test.description = {}, known->second);
        if (const auto known = traits.descriptions.find("ja"); known != traits.descriptions.end())
            mail::append_utf8(test.japanese, known->second);
    }

    bool add_function(const Rule& rule, Test& test)
    {
        test.function = find_evaluation(rule.function);
        test.arguments = rule.arguments;
        test.target = rule.target;
        if (test.function != nullptr)
            return true;
        if (is_network_function(rule.function))
            complain(rule, Remark::Severity::elsewhere,
                     rule.function + " asks the network or learns: layers of their own do that");
        else
            complain(rule, Remark::Severity::unsupported,
                     "the function " + rule.function + " is not known here");
        return false;
    }

    bool add_expression(const Rule& rule, Test& test)
    {
        const auto& traits = book_.traits_of(rule.name);
        if ((rule.kind == Kind::header || rule.kind == Kind::mimeheader)
            && !HeaderView::is_known_name(rule.field)) {
            complain(rule, Remark::Severity::unsupported,
                     "the modifier in \"" + rule.field + "\" is not known here");
            return false;
        }
        const auto text
            = traits.has_tags ? replace_tags(rule.expression.text, book_) : rule.expression.text;
        test.modifiers = rule.expression.modifiers;
        if (is_template(text)) {
            test.captured_template = text;
            return true;
        }
        auto matcher = Matcher::compile(text, rule.expression.modifiers, options_.speed);
        // Repeated tags may be too large for PCRE2.
        if (!matcher && traits.has_tags)
            if (auto calling = Matcher::compile(replace_tags_by_calls(rule.expression.text, book_),
                                                rule.expression.modifiers, options_.speed))
                matcher = std::move(calling);
        if (!matcher) {
            const bool is_as_written = text == rule.expression.text;
            const auto& why = matcher.error().text;
            const bool is_perls_own = why.contains("too large") || why.contains("lookbehind");
            complain(rule, is_perls_own ? Remark::Severity::unsupported : Remark::Severity::broken,
                     why, rule.expression.column + (is_as_written ? matcher.error().offset : 0));
            return false;
        }
        test.has_captures = matcher->has_names();
        test.matcher = std::move(*matcher);
        if (options_.has_prefilter)
            literals_ = required_literals(text, rule.expression.modifiers);
        return true;
    }

    void place(const Rule& rule, Test test)
    {
        const auto index = static_cast<std::uint32_t>(set_.tests_.size());
        test_by_name_.emplace(rule.name, index);
        test.has_literals = !literals_.empty();
        if (test.function != nullptr)
            set_.functions_.push_back(index);
        else if (!test.captured_template.empty())
            set_.late_.push_back({index, rule.kind, rule.field});
        else if (rule.kind != Kind::meta) {
            auto& target = targets_[{rule.kind, rule.field}];
            target.kind = rule.kind;
            target.field = rule.field;
            const auto member = static_cast<std::uint32_t>(target.members.size());
            target.members.push_back(index);
            if (literals_.empty() && !test.is_existence)
                target.always.push_back(member);
            for (const auto& literal : literals_)
                target.literals.add(literal, member);
        }
        literals_.clear();
        set_.tests_.push_back(std::move(test));
    }

    void read_formulas()
    {
        for (const auto index : chosen_) {
            const auto& rule = book_.rules[index];
            const auto test = test_by_name_.find(rule.name);
            if (rule.kind != Kind::meta || test == test_by_name_.end())
                continue;
            std::string missing;
            auto formula = Formula::parse(rule.formula, [&](auto name, auto argument) {
                return operand(name, argument, missing);
            });
            if (formula)
                set_.tests_[test->second].formula = std::move(*formula);
            else
                complain(rule, Remark::Severity::broken, formula.error().text,
                         rule.line.find(rule.formula) + formula.error().offset + 1);
            if (!missing.empty())
                complain(rule, Remark::Severity::unsupported,
                         "no file defines " + missing + ", it counts as 0");
        }
    }

    Formula::Operand operand(std::string_view name, std::string_view argument,
                             std::string& missing) const
    {
        Formula::Operand operand;
        if (name == "rules_matching") {
            for (const auto index : matching(argument))
                if (const auto test = test_by_name_.find(book_.rules[index].name);
                    test != test_by_name_.end())
                    operand.variables.push_back(test->second);
        } else if (const auto test = test_by_name_.find(std::string{name});
                   test != test_by_name_.end())
            operand.variables.push_back(test->second);
        else if (!by_name_.contains(std::string{name}))
            missing += (missing.empty() ? "" : ", ") + std::string{name};
        return operand;
    }

    /// Those that nothing waits for first (Kahn); what is left waits for itself.
    void order_formulas()
    {
        std::vector<std::uint32_t> waits(set_.tests_.size());
        std::vector<std::vector<std::uint32_t>> users(set_.tests_.size());
        std::vector<std::uint32_t> ready;
        for (std::uint32_t i = 0; i < set_.tests_.size(); ++i) {
            if (!set_.tests_[i].formula)
                continue;
            for (const auto other : set_.tests_[i].formula->variables())
                if (set_.tests_[other].formula) {
                    ++waits[i];
                    users[other].push_back(i);
                }
            if (waits[i] == 0)
                ready.push_back(i);
        }
        for (std::size_t at = 0; at < ready.size(); ++at) {
            set_.formulas_.push_back(ready[at]);
            for (const auto user : users[ready[at]])
                if (--waits[user] == 0)
                    ready.push_back(user);
        }
        for (std::uint32_t i = 0; i < set_.tests_.size(); ++i)
            if (set_.tests_[i].formula && waits[i] > 0)
                complain(book_.rules[by_name_.at(set_.tests_[i].name)], Remark::Severity::broken,
                         "the expression needs itself, it counts as 0");
    }

    RuleBook& book_;
    const RuleSetOptions& options_;
    RuleSet& set_;
    std::unordered_map<std::string, std::uint32_t> by_name_, test_by_name_;
    std::vector<std::uint32_t> chosen_;
    std::map<std::pair<Kind, std::string>, RuleSet::Target> targets_;
    Literals literals_; ///< of the test that is being added
};

RuleSet::RuleSet(RuleBook& book, RuleSetOptions options)
{
    RuleSetBuilder{book, options, *this}.run();
}
}
