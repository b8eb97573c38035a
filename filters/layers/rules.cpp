// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_files.hpp"
#include "filters/rules/installed_rules.hpp"
#include "filters/rules/rule_set.hpp"
#include "filters/scan/circumstances.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view hit = "rules.hit", total = "rules.score", gave_up = "rules.gave_up";

/// Of wall time, then once more of processor time: what a message costs grows with its size.
std::chrono::microseconds budget_of(std::size_t octets)
{
    constexpr std::chrono::microseconds least{100'000}, most{500'000};
    constexpr std::size_t octets_each = 50;
    return std::min(most, least + std::chrono::microseconds{octets / octets_each});
}
constexpr std::size_t most_hits = 200, most_given_up = 20;

std::string described(const rulebook::Test& test)
{
    if (test.description.empty() || test.japanese.empty())
        return test.description + test.japanese;
    return test.description + " / " + test.japanese;
}

/// Tests in SpamAssassin's rule language on one message, in the sandbox.
class Rules final : public CircumstantialLayer {
public:
    Rules(rulebook::RuleSet set, double scale) : set_{std::move(set)}, scale_{scale} { }
    bool is_needed() const override { return !set_.tests().empty(); }

    Findings inspect_with(const mail::Message& message, const Content& content,
                          const Circumstances& circumstances,
                          std::vector<TestCost>& costs) const override
    {
        const rulebook::MessageView view{message, content, circumstances.hop};
        PatternBudget budget{budget_of(message.size())};
        rulebook::Costs measured(circumstances.is_measured ? set_.tests().size() : 0);
        const auto result = set_.run(view, budget, measured);
        tell_costs(measured, costs);
        Findings findings;
        double sum = 0;
        for (std::size_t i = 0; i < set_.tests().size(); ++i) {
            const auto& test = set_.tests()[i];
            if (result.values[i] == 0 || !test.is_reported)
                continue;
            sum += test.score * scale_;
            if (findings.size() < most_hits)
                findings.push_back({hit, test.name, described(test), test.score * scale_});
        }
        if (!findings.empty())
            findings.push_back({.name = total, .weight = sum});
        for (std::size_t i = 0; i < std::min(result.gave_up.size(), most_given_up); ++i)
            findings.push_back({.name = gave_up, .detail = set_.tests()[result.gave_up[i]].name});
        if (result.is_spent)
            findings.push_back({.name = gave_up, .detail = "all that came later"});
        return findings;
    }

private:
    /// The dearest, as many as are taken.
    void tell_costs(const rulebook::Costs& measured, std::vector<TestCost>& costs) const
    {
        for (std::size_t i = 0; i < measured.size(); ++i)
            if (measured[i].runs > 0)
                costs.push_back({set_.tests()[i].name, measured[i].runs,
                                 static_cast<std::uint64_t>(measured[i].time.count())});
        std::ranges::sort(costs, std::greater{}, &TestCost::nanoseconds);
        costs.resize(std::min(costs.size(), RuleCounters::most_costs));
    }

    rulebook::RuleSet set_;
    double scale_;
};

std::unique_ptr<ContentLayer> make_content(const Settings& settings, Services& services)
{
    rulebook::InstalledRules installed;
    installed.has_own = settings.boolean("own");
    installed.has_spamassassin = settings.boolean("spamassassin");
    installed.folders = feeds::files_of(settings, "folders", services);
    auto book = rulebook::read_installed(installed);
    rulebook::RuleSet set{book, {}};
    // What nobody could read refuses the configuration, so that the rules in service stay.
    for (const auto& remark : book.remarks)
        if (remark.severity == rulebook::Remark::Severity::broken)
            settings.complain("folders", "in a rule file: " + remark.complaint.to_string());
    return std::make_unique<Rules>(std::move(set), settings.real("scale"));
}
}

extern const LayerType rules{
    .name = "rules",
    .summary = "Points from many small tests in SpamAssassin's rule language, our own or others'.",
    .findings = {
        {.name = hit,
         .english = "The test {} hits.",
         .japanese = "テスト「{}」に一致しました。"},
        {.name = total,
         .english = "The points of all tests together.",
         .japanese = "全テストの合計点です。"},
        {.name = gave_up,
         .english = "The test \"{}\" was given up: it took too long.",
         .japanese = "テスト「{}」は時間がかかりすぎたため中断されました。"},
    },
    .settings = R"(# Tests in SpamAssassin's rule language (`mailweir rules check`).
own: true # the tests that come with Mailweir
# Those of Debian's package spamassassin (/usr/share/spamassassin, /etc/spamassassin) where it is
# installed; off, so that the same mail gets the same points on every machine.
spamassassin: false
# Folders of "*.cf" files, single files, or files of a feed ("feed:NAME/FILE"), read behind those in
# this order: what comes later wins.
folders: []
scale: 1.0 # what scores are multiplied by
)",
    .make_content = make_content,
};
}
