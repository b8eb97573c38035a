// SPDX-License-Identifier: Apache-2.0
#include "web/api/outgoing_week.hpp"

#include "filters/findings_json.hpp"
#include "gateway/smtp/reputation_refusal.hpp"

#include <algorithm>
#include <tuple>

namespace web {
namespace {
/// Facts of outgoing mail and what they are signs of. A name that ends in '.' stands for a layer.
struct Sign {
    std::string_view fact, cause;
};
constexpr std::array signs{
    Sign{"forward.spam", "O1"},
    Sign{"sender.", "O2"},
    Sign{"habit.", "O5"},
    Sign{"bounce.failed", "O6"},
    Sign{"bounce.returned", "O6"},
    Sign{"bounce.dead", "O6"},
    Sign{"outgoing.known_spam", "O7"},
    Sign{"outgoing.spam_words", "O7"},
    Sign{"outgoing.excess", "O7"},
    Sign{"limits.size", "O8"},
    Sign{"limits.attachments", "O8"},
    Sign{"limits.pictures", "O8"},
    Sign{"intent.phishing_link", "O9"},
    Sign{"intent.spam_link", "O9"},
    Sign{"intent.listed", "O9"},
    Sign{"intent.short_link", "O9"},
    Sign{"outgoing.bad_link", "O9"},
    Sign{"outgoing.short_link", "O9"},
    Sign{"limits.named", "O10"},
    Sign{"limits.hidden", "O10"},
    Sign{"bounce.backscatter", "O15"},
};

std::string_view cause_of(const filters::StoredFact& fact)
{
    // What an account sends at once is a burst, what is odd about it a careless account.
    const bool is_burst = fact.name.starts_with("habit.")
        && (fact.evidence.contains("burst:") || fact.evidence.contains("hour:")
            || fact.evidence.contains("day:"));
    if (is_burst)
        return "O11";
    const bool is_copied = fact.name.starts_with("habit.")
        && (fact.evidence.contains("copied:") || fact.evidence.contains("hidden:"));
    if (is_copied)
        return "O10";
    const auto found = std::ranges::find_if(signs, [&](const Sign& sign) {
        return sign.fact.ends_with('.') ? fact.name.starts_with(sign.fact) : fact.name == sign.fact;
    });
    return found == signs.end() ? std::string_view{} : found->cause;
}

bool is_stop(mail::Action action)
{
    return action != mail::Action::deliver && action != mail::Action::tag;
}

/// The reply in "retry: 451 4.7.1 words".
std::optional<mail::Reply> reply_in(std::string_view delivery)
{
    for (std::size_t at = 0; at + 4 <= delivery.size(); ++at) {
        const auto digit
            = [&](std::size_t i) { return delivery[at + i] >= '0' && delivery[at + i] <= '9'; };
        const bool begins = at == 0 || delivery[at - 1] == ' ';
        if (!begins || (delivery[at] != '4' && delivery[at] != '5') || !digit(1) || !digit(2)
            || delivery[at + 3] != ' ')
            continue;
        const int code
            = (delivery[at] - '0') * 100 + (delivery[at + 1] - '0') * 10 + (delivery[at + 2] - '0');
        mail::Reply reply;
        reply.code = static_cast<decltype(reply.code)>(code);
        reply.text = delivery.substr(at);
        return reply;
    }
    return {};
}
}

struct OutgoingWeek::Facts {
    std::string account, forwarder;
    std::string failed; ///< the address that a bounce is about
    std::string returned; ///< the account, alias or list whose mail came back
    std::set<std::string_view> causes;
    std::size_t day = 0;
    bool is_stopped = false, is_refused = false;
};

void OutgoingWeek::add_cause(std::string_view cause, const storage::HistoryRow& row,
                             const std::string& who, bool is_stopped)
{
    auto& one = causes_.try_emplace(std::string{cause}).first->second;
    ++one.seen;
    ++(is_stopped ? one.stopped : one.passed);
    one.last = std::max(one.last, row.time);
    if (one.by.size() < most_names || one.by.contains(who))
        ++one.by[who];
}

void OutgoingWeek::add_sender(std::string_view kind, const std::string& name, const Facts& facts)
{
    const std::pair key{std::string{kind}, name};
    if (name.empty() || (senders_.size() >= 4 * most_names && !senders_.contains(key)))
        return;
    auto& one = senders_[key];
    one.kind = kind;
    one.name = name;
    ++one.mails[facts.day];
    one.stopped += facts.is_stopped;
    one.refused += facts.is_refused;
    one.odd += !facts.causes.empty();
}

void OutgoingWeek::take_refusal(const storage::HistoryRow& row, Facts& facts)
{
    // Our own refusals, for spam and such, are no answers of theirs.
    const std::array texts{std::string_view{row.delivery},
                           facts.is_stopped ? std::string_view{} : std::string_view{row.reply}};
    for (const auto text : texts) {
        const auto reply = reply_in(text);
        const auto blamed = reply ? smtp::blamed_by(*reply) : std::nullopt;
        const auto at = row.recipient.rfind('@');
        if (!blamed || at == row.recipient.npos)
            continue;
        auto domain = row.recipient.substr(at + 1);
        if (refusals_.size() >= most_names && !refusals_.contains(domain))
            return;
        auto& one = refusals_[std::move(domain)];
        ++one.mails;
        if (row.time >= one.last) {
            one.last = row.time;
            one.blames = *blamed;
            one.words = reply->text;
        }
        facts.is_refused = true;
        return;
    }
}

void OutgoingWeek::take(const storage::HistoryRow& row)
{
    const auto age = now_ - row.time;
    const auto day = static_cast<std::size_t>(
        std::clamp<std::int64_t>(std::chrono::floor<std::chrono::days>(age).count(), 0, days - 1));
    ++rows_;
    const bool is_outgoing = row.direction == mail::Direction::outbound;
    mails_ += is_outgoing;
    Facts facts;
    facts.day = days - 1 - day;
    facts.is_stopped = is_stop(row.action);
    const auto stored = filters::parse_findings_json(row.findings);
    for (const auto& fact : stored ? *stored : std::vector<filters::StoredFact>{}) {
        if (fact.name == "auth.account")
            facts.account = fact.detail;
        if (fact.name == "forward.known")
            facts.forwarder = fact.detail;
        if (fact.name == "bounce.failed")
            facts.failed = fact.detail;
        if (fact.name == "bounce.returned")
            facts.returned = fact.detail;
        if (const auto cause = cause_of(fact); !cause.empty())
            facts.causes.insert(cause);
    }
    if (!facts.forwarder.empty())
        facts.causes.erase("O2"); // its author wrote to us under the own name
    if (is_outgoing && row.step == "points" && row.action != mail::Action::deliver)
        facts.causes.insert("O7");
    if (row.delivery.contains("left already as"))
        facts.causes.insert("O3");
    if (is_outgoing)
        take_refusal(row, facts);
    if (facts.is_refused)
        facts.causes.insert("O16");
    const auto& who = !facts.forwarder.empty() ? facts.forwarder
        : !facts.account.empty()               ? facts.account
        : is_outgoing && row.sender.empty()    ? facts.failed
        : is_outgoing                          ? row.sender
        : !facts.returned.empty()              ? facts.returned
                                               : row.recipient;
    for (const auto cause : facts.causes)
        add_cause(cause, row, who, facts.is_stopped || cause == "O3");
    if (!is_outgoing)
        return;
    add_sender("account", facts.account, facts);
    add_sender("forwarder", facts.forwarder, facts);
    add_sender("address", row.sender, facts);
    add_sender("host", row.client, facts);
}

std::vector<OutgoingWeek::Sender> OutgoingWeek::senders(std::size_t most) const
{
    std::vector<Sender> all;
    for (const auto& [key, one] : senders_)
        all.push_back(one);
    const auto total = [](const Sender& one) {
        std::uint64_t sum = 0;
        for (const auto number : one.mails)
            sum += number;
        return sum;
    };
    std::ranges::sort(all, [&](const Sender& a, const Sender& b) {
        return std::tuple{b.suspicion(), total(b), a.kind, a.name}
        < std::tuple{a.suspicion(), total(a), b.kind, b.name};
    });
    all.resize(std::min(all.size(), most));
    return all;
}

std::string link_in(std::string_view text)
{
    const auto at = std::min(text.find("https://"), text.find("http://"));
    if (at == text.npos)
        return {};
    auto link = text.substr(at, text.find_first_of(" \t\r\n<>\"'()[]{}", at) - at);
    while (link.ends_with('.') || link.ends_with(',') || link.ends_with(';'))
        link.remove_suffix(1);
    return std::string{link.substr(0, 300)};
}
}
