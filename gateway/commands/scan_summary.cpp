// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/scan_summary.hpp"

#include "gateway/commands/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace app::commands {
void ScanSummary::add(const std::string& path, const std::string& subject,
                      const mail::Verdict& verdict, const filters::Policy& policy)
{
    ++messages_;
    ++actions_[static_cast<std::size_t>(verdict.action)];
    Near near{1e300, verdict.score, 0, "", path, subject, verdict.action};
    for (const auto& [name, threshold] :
         {std::pair<const char*, std::optional<double>>{"tag", policy.tag},
          {"quarantine", policy.quarantine},
          {"block", policy.block}}) {
        if (!threshold || std::abs(*threshold - verdict.score) >= near.distance)
            continue;
        near.distance = std::abs(*threshold - verdict.score);
        near.threshold = *threshold;
        near.line = name;
    }
    // Where no points were given, or a list or rule decided, no line is near.
    const bool is_by_points
        = verdict.step == mail::Step::points || verdict.step == mail::Step::none;
    if (near.line.empty() || verdict.score == 0 || !is_by_points)
        return;
    const auto at = std::ranges::upper_bound(nearest_, near.distance, {}, &Near::distance);
    nearest_.insert(at, std::move(near));
    if (nearest_.size() > shown)
        nearest_.pop_back();
}

void ScanSummary::add_unreadable(const std::string&, const std::string&)
{
    ++messages_;
    ++unreadable_;
}

std::string ScanSummary::text() const
{
    struct Word {
        mail::Action action;
        const char* verb;
    };
    constexpr std::array words{
        Word{mail::Action::tag, "tag"}, Word{mail::Action::quarantine, "quarantine"},
        Word{mail::Action::reject, "refuse"}, Word{mail::Action::discard, "discard"},
        Word{mail::Action::defer, "defer"}};
    std::string would;
    for (const auto& word : words)
        if (const auto count = actions_[static_cast<std::size_t>(word.action)]; count > 0)
            would += fmt::format("{}{} {}", would.empty() ? "" : ", ", word.verb, count);
    std::string out = fmt::format("{} messages: would {}, deliver {}", messages_,
                                  would.empty() ? "stop none" : would,
                                  actions_[static_cast<std::size_t>(mail::Action::deliver)]);
    if (unreadable_ > 0)
        out += fmt::format("; {} could not be read", unreadable_);
    if (nearest_.empty())
        return out + "; none came near a line\n";
    out += nearest_.size() == 1
        ? "; here is the one nearest the line\n"
        : fmt::format("; here are the {} nearest the line\n", nearest_.size());
    for (const auto& near : nearest_)
        out += fmt::format("  {:>6.2f}  {} {:g} ({}{:.2f})  {}  {}  {}\n", near.score, near.line,
                           near.threshold, near.score < near.threshold ? "-" : "+", near.distance,
                           mail::to_string(near.action), printable(near.path),
                           printable(near.subject));
    return out;
}
}
