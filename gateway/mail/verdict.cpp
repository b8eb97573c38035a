// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/verdict.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mail {
namespace {
constexpr std::array<std::string_view, 6> actions{"deliver", "tag",   "quarantine",
                                                  "discard", "defer", "reject"};
constexpr std::array<std::string_view, 8> steps{
    "none", "overriding", "forced_list", "spoofing", "domain_list", "user_list", "rule", "points"};

Reply refusal(const Verdict& verdict, int code, std::string_view id, std::string_view contact)
{
    const bool is_permanent = code == 550;
    Reply reply{code, verdict.enhanced, verdict.public_text};
    if (!reply.enhanced.starts_with(is_permanent ? "5." : "4."))
        reply.enhanced = is_permanent ? "5.7.1" : "4.7.1";
    if (reply.text.empty())
        reply.text = is_permanent ? "Message refused by policy" : "Please try again later";
    reply.text.append(" (id ").append(id).append(")");
    if (!contact.empty())
        reply.text.append("\n").append(contact);
    return reply;
}
}

std::string_view to_string(Action action) { return actions[static_cast<std::size_t>(action)]; }

std::optional<Action> parse_action(std::string_view text)
{
    const auto found = std::ranges::find(actions, text);
    if (found == actions.end())
        return std::nullopt;
    return static_cast<Action>(found - actions.begin());
}

std::string_view to_string(Step step) { return steps[static_cast<std::size_t>(step)]; }

Settlement settle(std::vector<Verdict>& verdicts, Mixed mixed, std::string_view id,
                  std::string_view contact)
{
    if (verdicts.empty())
        return {{554, "5.5.1", "No valid recipients"}, false};
    const auto deferred = std::ranges::find(verdicts, Action::defer, &Verdict::action);
    if (deferred != verdicts.end())
        return {refusal(*deferred, 451, id, contact), false};
    const auto is_reject = [](const Verdict& verdict) { return verdict.action == Action::reject; };
    if (std::ranges::all_of(verdicts, is_reject))
        return {refusal(verdicts.front(), 550, id, contact), false};
    for (auto& verdict : verdicts)
        if (is_reject(verdict))
            verdict.action = verdict.step == Step::user_list || mixed == Mixed::discard
                ? Action::discard
                : Action::quarantine;
    return {{250, "2.0.0", std::string{id}}, true};
}
}
