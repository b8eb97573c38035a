// SPDX-License-Identifier: Apache-2.0
#include "filters/explanation.hpp"
#include "filters/finding_types.hpp"
#include "filters/policy_document.hpp"
#include "filters/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace filters {
namespace {
using mail::Action;
using mail::Step;

std::string_view done(Action action)
{
    constexpr std::array<std::string_view, 6> words{"delivered",
                                                    "delivered with a tag in its subject",
                                                    "held in quarantine",
                                                    "discarded without notice",
                                                    "answered \"try again later\"",
                                                    "refused"};
    return words[static_cast<std::size_t>(action)];
}

std::string capitalised(std::string text)
{
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 32);
    return text;
}

std::string safe(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = ' ';
    return out;
}

/// The finding's sentence with its detail, or its bare name where nobody makes it any more.
std::string sentence_of(const StoredFact& fact)
{
    const auto* type = finding_type(fact.name);
    if (!type)
        return fact.detail.empty() ? "" : safe(fact.detail);
    auto text = filled(type->english, fact.detail);
    if (!fact.detail.empty() && type->english.find("{}") == std::string_view::npos)
        text += " (" + safe(fact.detail) + ")";
    return text;
}

class Explanation {
public:
    Explanation(const Policy& policy, const Decision& decision)
        : policy_{policy}, decision_{decision}, reasons_{reasons_of(policy, decision)}
    { }

    std::string text()
    {
        out_ = sentence() + "\n\n";
        score();
        facts();
        ladder();
        today();
        change();
        return std::move(out_);
    }

private:
    std::string sentence() const
    {
        const auto what = capitalised(std::string{done(decision_.action)});
        if (const auto would = observed_part(decision_); !would.empty())
            return what + " because the policy only observes; it " + std::string{would} + ".";
        const auto* fact = reasons_.fact;
        const auto why = fact ? " " + sentence_of(*fact) : std::string{};
        switch (decision_.step) {
        case Step::overriding:
            return what + ", whatever lists and points say." + why;
        case Step::forced_list:
        case Step::domain_list:
        case Step::user_list:
            return what + " by a list entry." + why;
        case Step::spoofing:
            return what + " because it pretends to come from a protected domain." + why;
        case Step::rule:
            return what + " by the policy's rule \"" + decision_.rule + "\"." + why;
        case Step::points:
            return what + ": its " + real_text(rounded(decision_.score)) + " points reach the "
                + "threshold (" + decision_.rule + ").";
        case Step::none:
            break;
        }
        return decision_.score > 0
            ? what + ": its " + real_text(rounded(decision_.score)) + " points reach no threshold."
            : what + ": nothing speaks against it.";
    }

    /// Facts that bring less are told together.
    static constexpr double least_shown = 0.05;
    static double rounded(double value) { return std::round(value * 100) / 100; }

    void score()
    {
        out_ += "Score " + real_text(rounded(decision_.score));
        struct Line {
            std::string_view name;
            const std::optional<double>& threshold;
        };
        for (const auto& [name, threshold] :
             {Line{"tag", policy_.tag}, Line{"quarantine", policy_.quarantine},
              Line{policy_.block_action == Action::discard ? "discard" : "block", policy_.block}})
            if (threshold)
                out_ += fmt::format(" · {} from {}", name, real_text(*threshold));
        out_ += "\n\n";
    }

    void facts()
    {
        out_ += decision_.facts.empty() ? "Facts: none\n" : "Facts\n";
        std::vector<const StoredFact*> facts;
        for (const auto& fact : decision_.facts)
            facts.push_back(&fact);
        // Addresses rise in the order of discovery, which decides a tie.
        std::sort(facts.begin(), facts.end(), [](const auto* left, const auto* right) {
            return std::pair{-left->points, left} < std::pair{-right->points, right};
        });
        std::size_t small = 0;
        double sum = 0;
        for (const auto* one : facts) {
            const auto& fact = *one;
            if (fact.points != 0 && std::abs(fact.points) < least_shown) {
                ++small;
                sum += fact.points;
                continue;
            }
            const auto points
                = fact.points == 0 ? "" : fmt::format("{:+.4g}", rounded(fact.points));
            out_ += fmt::format("  {:>6}  {:<26} {}\n", points, safe(fact.name), sentence_of(fact));
            if (!fact.evidence.empty())
                out_ += fmt::format("  {:>6}  {:<26} {}\n", "", "", safe(fact.evidence));
        }
        if (small > 0)
            out_ += fmt::format("  {:>6}  {} more, none of which brings {:g}\n",
                                fmt::format("{:+.4g}", rounded(sum)), small, least_shown);
        out_ += "\n";
    }

    void ladder()
    {
        constexpr std::array<std::string_view, Reasons::rungs> names{
            "1 never overridden",
            "2 administrator's lists, spoofing",
            "3 domain's lists",
            "4 user's lists",
            "5 rules",
            "6 points"};
        out_ += "Ladder\n";
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto said = reasons_.ladder[i];
            out_ += fmt::format("  {} {:<36} {}\n", said == RungSaid::acts ? ">" : " ", names[i],
                                words_of(said));
        }
        out_ += "\n";
    }
    std::string words_of(RungSaid said) const
    {
        switch (said) {
        case RungSaid::acts:
            return safe(decision_.rule) + " → " + std::string{mail::to_string(decision_.action)};
        case RungSaid::not_asked:
            return "not asked";
        case RungSaid::pending:
            return "waits for the message to prove its sender";
        case RungSaid::nothing:
            break;
        }
        return "nothing";
    }

    void today()
    {
        const auto& now = reasons_.now;
        if (now.action != decision_.action)
            out_ += "The policy in force now would have it " + std::string{done(now.action)}
                + (now.rule.empty() ? "" : " (" + safe(now.rule) + ")") + ".\n";
    }

    void change()
    {
        const auto& change = reasons_.change;
        if (change.kind == Change::Kind::without)
            out_ += "Smallest change: without " + safe(change.finding) + " it would be "
                + std::string{done(change.action)} + ".\n";
        else if (change.kind == Change::Kind::points)
            out_ += "Smallest change: " + real_text(rounded(change.points))
                + " more points would alter it.\n";
        else if (change.kind == Change::Kind::several)
            out_ += "Smallest change: no single fact decides; several would have to go.\n";
    }

    const Policy& policy_;
    const Decision& decision_;
    const Reasons reasons_;
    std::string out_;
};
}

std::string explain(const Policy& policy, const Decision& decision)
{
    return Explanation{policy, decision}.text();
}

std::string explain(const Policy& policy, const mail::Mail& mail, const mail::Recipient& recipient,
                    const Judgement& judgement, Moment moment)
{
    const auto& verdict = judgement.verdict;
    return explain(policy,
                   Decision{verdict.action, verdict.step, verdict.rule, verdict.score,
                            stored_facts(mail.findings, recipient.findings, judgement.points),
                            mail.client.is_trusted_forwarder, moment});
}
}
