// SPDX-License-Identifier: Apache-2.0
#include "filters/reputation.hpp"

#include "filters/units.hpp"
#include "storage/ledger.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace filters {
namespace {
using mail::Action;
using mail::Step;
using std::chrono::sys_seconds;
constexpr std::string_view own_prefix = "reputation.";
constexpr std::string_view observed = "observe: would ";
constexpr std::size_t most_domains = 4;
/// What one key's counts hold at most: no flood makes a name that outlasts its behaviour by months.
constexpr double most = 200;

bool is_stop(Action action)
{
    return action == Action::reject || action == Action::quarantine || action == Action::discard;
}

/// Also where the policy only observes.
bool would_stop(const mail::Verdict& verdict)
{
    if (!verdict.rule.starts_with(observed))
        return is_stop(verdict.action);
    const auto wanted = std::string_view{verdict.rule}.substr(observed.size());
    return std::ranges::any_of(
        std::array{Action::reject, Action::quarantine, Action::discard},
        [&](Action action) { return wanted.starts_with(mail::to_string(action)); });
}

bool is_list(Step step)
{
    return step == Step::forced_list || step == Step::domain_list || step == Step::user_list;
}

/// Points of a judgement without those that reputation gave.
double points_of_others(const Judgement& judgement)
{
    double sum = judgement.verdict.score;
    for (const auto& part : judgement.points)
        if (part.finding.starts_with(own_prefix))
            sum -= part.points;
    return sum;
}

Lesson lesson_of(const Policy& policy, const Judgement& judgement)
{
    const auto& verdict = judgement.verdict;
    const double points = points_of_others(judgement);
    const bool is_spam_by_points = (policy.quarantine && points >= *policy.quarantine)
        || (policy.block && points >= *policy.block);
    if (is_list(verdict.step))
        return Lesson::none;
    if (is_spam_by_points)
        return Lesson::bad;
    if (verdict.step == Step::points)
        return Lesson::none;
    if (would_stop(verdict))
        return verdict.rule.find(own_prefix) == std::string::npos ? Lesson::bad : Lesson::none;
    const double few = policy.tag ? *policy.tag / 2 : 1.5;
    const bool is_wanted = verdict.action == Action::deliver && !verdict.rule.starts_with(observed);
    return is_wanted && points < few ? Lesson::good : Lesson::none;
}

mail::Network network_of(const mail::Ip& ip) { return mail::Network::of(ip, ip.is_v4() ? 24 : 48); }
}

Lesson lesson_of(std::span<const Policy* const> policies, std::span<const Judgement> judgements)
{
    bool is_good = !judgements.empty();
    for (std::size_t i = 0; i < judgements.size(); ++i) {
        const auto lesson = lesson_of(*policies[i], judgements[i]);
        if (lesson == Lesson::bad)
            return lesson;
        is_good &= lesson == Lesson::good;
    }
    return is_good ? Lesson::good : Lesson::none;
}

Lesson lesson_of_refusal(const mail::Verdict& verdict)
{
    const bool is_about_sender = verdict.step == Step::rule || verdict.step == Step::spoofing;
    const bool is_bad = verdict.action == Action::reject && is_about_sender
        && verdict.rule.find(own_prefix) == std::string::npos;
    return is_bad ? Lesson::bad : Lesson::none;
}

double Standing::score() const
{
    constexpr double doubt = 5; // so many messages halve what is said of a sender
    const double all = good + bad;
    return all <= 0 ? 0 : (good - bad) / (all + doubt);
}

std::vector<std::string> reputation_keys(const mail::Mail& mail)
{
    const auto& ip = mail.client.ip;
    std::vector<std::string> keys{"ip " + ip.to_string(), "net " + network_of(ip).to_string()};
    for (const auto& finding : mail.findings) {
        auto key = "domain " + finding.detail;
        if (finding.name == "dkim.pass" && keys.size() < 2 + most_domains
            && std::ranges::find(keys, key) == keys.end())
            keys.push_back(std::move(key));
    }
    return keys;
}

std::vector<std::string> reputation_keys(std::string_view text)
{
    if (const auto ip = mail::Ip::parse(text))
        return {"ip " + ip->to_string(), "net " + network_of(*ip).to_string()};
    if (text.find('/') != text.npos) {
        const auto network = mail::Network::parse(text);
        return network ? std::vector{"net " + network->to_string()} : std::vector<std::string>{};
    }
    const auto domain = mail::Domain::parse(text);
    return domain ? std::vector{"domain " + domain->ascii()} : std::vector<std::string>{};
}

namespace {
Standing decayed(const storage::LedgerEntry& entry, net::Env::Wall now)
{
    const std::chrono::duration<double> passed = now - entry.last;
    const std::chrono::duration<double> half = Reputation::half_life;
    const double left = std::exp2(-std::max(0.0, passed.count()) / half.count());
    return {entry.good * left, entry.bad * left};
}
}

std::string Standing::to_string() const
{
    return real_text(std::round(good * 10) / 10) + " good, " + real_text(std::round(bad * 10) / 10)
        + " bad";
}

std::optional<Standing> Reputation::standing(std::string_view key, net::Env::Wall now) const
{
    const auto entry = ledger_.find(key, std::chrono::floor<std::chrono::seconds>(now));
    return entry ? std::optional{decayed(*entry, now)} : std::nullopt;
}

void Reputation::learn(std::span<const std::string> keys, Lesson lesson, double weight,
                       net::Env::Wall now)
{
    if (lesson == Lesson::none)
        return;
    for (const auto& key : keys)
        ledger_.update(key, std::chrono::floor<std::chrono::seconds>(now),
                       [&](storage::LedgerEntry& entry) {
                           Standing next = decayed(entry, now);
                           (lesson == Lesson::good ? next.good : next.bad) += weight;
                           entry.good = std::min(next.good, most);
                           entry.bad = std::min(next.bad, most);
                       });
}
}
