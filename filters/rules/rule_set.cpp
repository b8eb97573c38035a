// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/rule_set.hpp"

#include "filters/rules/body_lines.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace filters::rulebook {
namespace {
constexpr unsigned searches_per_look = 32;
constexpr unsigned most_repetitions = 1000;

std::string quoted(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const bool is_sign = !mail::is_alphanumeric(c) && static_cast<unsigned char>(c) < 0x80;
        if (is_sign)
            out += '\\';
        out += c;
    }
    return out;
}
}

/// One message on its way through the tests.
class RuleRun {
public:
    RuleRun(const RuleSet& set, const MessageView& view, PatternBudget& budget,
            std::span<Cost> costs)
        : set_{set}, view_{view}, budget_{budget}, costs_{costs}, stamps_(set.tests_.size())
    {
        result_.values.assign(set.tests_.size(), 0);
        is_unknown_.assign(set.tests_.size(), false);
    }

    RuleSet::Result run()
    {
        for (const auto& target : set_.targets_)
            run_target(target);
        for (const auto& late : set_.late_)
            run_late(late);
        for (const auto index : set_.functions_) {
            // Each may read the whole message.
            result_.is_spent = result_.is_spent || budget_.is_spent();
            if (result_.is_spent)
                is_unknown_[index] = true;
            else
                measured(index, [&] {
                    const auto& test = set_.tests_[index];
                    result_.values[index]
                        = test.function({view_, set_.lists_, test.target}, test.arguments);
                });
        }
        for (const auto index : set_.formulas_)
            run_formula(index);
        return std::move(result_);
    }

private:
    /// What nobody knows says nothing, also not where it is negated; but where the rest decides in
    /// any case, that counts.
    void run_formula(std::uint32_t index)
    {
        const auto& formula = *set_.tests_[index].formula;
        if (std::ranges::any_of(formula.variables(),
                                [this](std::uint32_t one) { return is_unknown_[one]; })) {
            ranges_.resize(set_.tests_.size());
            for (const auto one : formula.variables())
                ranges_[one] = range_of(one);
            const auto range = ranges_[index] = formula.evaluate(ranges_);
            is_unknown_[index] = range.can_be_zero && !range.is_zero();
        }
        if (!is_unknown_[index])
            result_.values[index] = formula.evaluate(result_.values);
    }

    Formula::Range range_of(std::uint32_t index) const
    {
        const auto& test = set_.tests_[index];
        if (!is_unknown_[index])
            return Formula::Range::of(result_.values[index]);
        if (test.formula)
            return ranges_[index];
        const bool is_counted = test.is_multiple || test.function != nullptr;
        return {0, is_counted ? std::numeric_limits<double>::infinity() : 1, true};
    }

    template <class Work> void measured(std::uint32_t index, Work&& work)
    {
        if (costs_.empty())
            return work();
        const double before = result_.values[index];
        const auto start = std::chrono::steady_clock::now();
        work();
        auto& cost = costs_[index];
        cost.time += std::chrono::steady_clock::now() - start;
        ++cost.runs;
        cost.hits += before == 0 && result_.values[index] != 0;
    }

    /// Calls `use(text, is_subject)` for each text that such tests look at.
    template <class Use> void each_text(Kind kind, const std::string& field, Use&& use)
    {
        if (kind == Kind::body)
            for (std::size_t i = 0; i < view_.body().size(); ++i)
                use(view_.body()[i], i == 0);
        else if (kind == Kind::rawbody)
            for (const auto piece : view_.rawbody())
                use(piece, false);
        else if (kind == Kind::uri)
            for (const auto& uri : view_.uris())
                use(uri, false);
        else if (kind == Kind::full)
            use(view_.full(), false);
        else if (kind == Kind::mimeheader)
            each_part_field(field, use);
    }

    template <class Use> void each_part_field(const std::string& field, Use&& use)
    {
        for (const auto& part : view_.part_headers())
            if (const auto* value = part.view.find(field))
                use(*value, false);
    }

    void run_target(const RuleSet::Target& target)
    {
        if (!is_over()) {
            if (target.kind == Kind::header)
                run_header(target);
            else
                each_text(target.kind, target.field, [&](std::string_view text, bool is_subject) {
                    run_text(target, text, is_subject);
                });
        }
        if (result_.is_spent)
            for (const auto index : target.members)
                is_unknown_[index] = is_unknown_[index] || result_.values[index] == 0;
    }

    void run_header(const RuleSet::Target& target)
    {
        const auto* value = view_.headers().find(target.field);
        if (value != nullptr)
            run_text(target, *value, false);
        for (const auto index : target.members) {
            const auto& test = set_.tests_[index];
            if (test.is_existence)
                result_.values[index] = value != nullptr;
            else if (value == nullptr)
                try_test(index, test.if_unset ? *test.if_unset : std::string_view{});
            if (test.is_negated)
                result_.values[index]
                    = result_.values[index] == 0 && !is_unknown_[index] && !result_.is_spent;
        }
    }

    void run_text(const RuleSet::Target& target, std::string_view text, bool is_subject)
    {
        candidates_.clear();
        for (const auto member : target.always)
            candidates_.push_back(target.members[member]);
        if (!target.literals.is_empty()) {
            lower_into(text, lower_);
            ++serial_;
            target.literals.search(lower_, [&](std::uint32_t member) {
                auto& stamp = stamps_[target.members[member]];
                if (stamp != serial_)
                    candidates_.push_back(target.members[member]);
                stamp = serial_;
            });
        }
        for (const auto index : candidates_)
            if (!is_subject || !set_.tests_[index].has_no_subject)
                try_test(index, text);
    }

    void try_test(std::uint32_t index, std::string_view text)
    {
        const auto& test = set_.tests_[index];
        const double hits = result_.values[index];
        const unsigned most = !test.is_multiple ? 1
            : test.most_hits > 0                ? test.most_hits
                                                : most_repetitions;
        if (hits >= most || !test.matcher || is_unknown_[index] || is_over())
            return;
        measured(index, [&] { search(index, *test.matcher, text, most); });
    }

    void search(std::uint32_t index, const Matcher& matcher, std::string_view text, unsigned most)
    {
        auto& hits = result_.values[index];
        std::size_t from = 0;
        bool is_repeated = false;
        while (hits < most && from <= text.size() && !is_over()) {
            const auto found = matcher.search(text, from, is_repeated, budget_);
            if (found.result == Matcher::Found::Result::gave_up)
                return give_up(index);
            if (found.result == Matcher::Found::Result::no)
                return;
            if (hits == 0 && set_.tests_[index].has_captures)
                for (auto& [name, value] : matcher.captures(text, budget_))
                    if (!value.empty())
                        captured_.insert_or_assign(name, value);
            ++hits;
            // A match may end before it starts by "\K".
            from = std::max(found.end, from);
            is_repeated = found.start >= found.end;
        }
    }

    void give_up(std::uint32_t index)
    {
        // It would cost as much again on the next line.
        is_unknown_[index] = result_.values[index] == 0;
        if (std::ranges::find(result_.gave_up, index) == result_.gave_up.end())
            result_.gave_up.push_back(index);
        if (!costs_.empty())
            ++costs_[index].gave_up;
    }

    bool is_over()
    {
        if (++searches_ % searches_per_look == 0 && budget_.is_spent())
            result_.is_spent = true;
        return result_.is_spent;
    }

    void run_late(const RuleSet::Late& late)
    {
        const auto& test = set_.tests_[late.test];
        const auto expression = completed(test.captured_template);
        is_unknown_[late.test] = is_over();
        if (!expression || result_.is_spent)
            return;
        const auto matcher
            = Matcher::compile(*expression, test.modifiers, Matcher::Speed::interpreted);
        if (!matcher)
            return;
        const auto use = [&](std::string_view text, bool is_subject) {
            if (result_.values[late.test] == 0 && !(is_subject && test.has_no_subject))
                search(late.test, *matcher, text, 1);
        };
        if (late.kind != Kind::header)
            return each_text(late.kind, late.field, use);
        if (const auto* value = view_.headers().find(late.field))
            use(*value, false);
        if (test.is_negated)
            result_.values[late.test]
                = result_.values[late.test] == 0 && !is_unknown_[late.test] && !result_.is_spent;
    }

    /// With what was captured in the place of "%{NAME}"; nullopt: something was not.
    std::optional<std::string> completed(std::string_view text) const
    {
        constexpr std::size_t longest_capture = 500;
        std::string out;
        while (true) {
            const auto at = text.find("%{");
            out += text.substr(0, at);
            if (at == std::string_view::npos)
                return out;
            const auto end = text.find('}', at);
            if (end == std::string_view::npos)
                return {};
            const auto known = captured_.find(text.substr(at + 2, end - at - 2));
            if (known == captured_.end())
                return {};
            out += quoted(std::string_view{known->second}.substr(0, longest_capture));
            text.remove_prefix(end + 1);
        }
    }

    const RuleSet& set_;
    const MessageView& view_;
    PatternBudget& budget_;
    std::span<Cost> costs_;
    RuleSet::Result result_;
    std::vector<bool> is_unknown_; ///< tests that did not run to their end, and what hangs on them
    std::vector<Formula::Range> ranges_; ///< what those may be; empty while all is known
    std::vector<std::uint32_t> stamps_, candidates_;
    std::uint32_t serial_ = 0;
    unsigned searches_ = 0;
    std::string lower_;
    std::map<std::string, std::string, std::less<>> captured_;
};

RuleSet::~RuleSet() = default;
RuleSet::RuleSet(RuleSet&&) noexcept = default;

RuleSet::Result RuleSet::run(const MessageView& view, PatternBudget& budget,
                             std::span<Cost> costs) const
{
    return RuleRun{*this, view, budget, costs}.run();
}
}
