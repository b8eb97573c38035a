// SPDX-License-Identifier: Apache-2.0
#include "filters/counted_mails.hpp"
#include "filters/habit_table.hpp"
#include "filters/layer.hpp"
#include "filters/named_recipients.hpp"
#include "filters/services.hpp"
#include "gateway/mail/account.hpp"
#include "storage/mail_memory.hpp"

#include <algorithm>
#include <set>

namespace filters {
namespace {
constexpr std::string_view would = "habit.would", slow = "habit.slow", hold = "habit.hold",
                           lock = "habit.lock", domain = "habit.domain", woken_list = "habit.list";
constexpr unsigned never = 1'000'000'000;

/// 0: no limit.
unsigned count_or_never(const Settings& settings, std::string_view key)
{
    const auto number = settings.number(key);
    if (number < 0 || number > 10'000'000)
        settings.complain(key, "a number from 0 to 10000000; 0: no limit");
    return number > 0 && number <= 10'000'000 ? static_cast<unsigned>(number) : never;
}

/// Those outside that a mail goes to.
struct Outside {
    std::vector<std::uint64_t> recipients; ///< hashes
    Copies copies;
};

BrakeSettings read(const Settings& settings)
{
    const auto count = [&](std::string_view key) {
        const auto number = settings.number(key);
        if (number < 1 || number > 1'000'000)
            settings.complain(key, "a number from 1 to 1000000");
        return static_cast<unsigned>(std::clamp<std::int64_t>(number, 1, 1'000'000));
    };
    const auto seconds = [&](std::string_view key) {
        return std::chrono::duration_cast<std::chrono::seconds>(settings.duration(key));
    };
    BrakeSettings read;
    auto& limits = read.limits;
    limits.per_message = count("per_message");
    limits.in_10_minutes = count("in_10_minutes");
    limits.in_hour = count("in_hour");
    limits.in_day = count("in_day");
    limits.copied_in_hour = count_or_never(settings, "copied_in_hour");
    limits.hidden_in_hour = count_or_never(settings, "hidden_in_hour");
    limits.strangers = count("strangers");
    limits.after_waking = count("after_waking");
    limits.factor = settings.real("factor");
    limits.dormant_after
        = std::chrono::duration_cast<std::chrono::hours>(settings.duration("dormant_after"));
    read.slow_pause = seconds("slow_pause");
    read.lock_for = seconds("lock_for");
    read.pushes = count("pushes");
    if (!(limits.factor >= 1 && limits.factor <= 100))
        settings.complain("factor", "\"factor\" is a number from 1 to 100");
    if (limits.dormant_after < std::chrono::hours{24})
        settings.complain("dormant_after", "nobody is dormant within a day");
    return read;
}

/// What an account sends beyond its habits (features O5, O10, O11).
class Habits final : public Layer {
public:
    Habits(const Settings& settings, Services& services)
        : services_{services}, settings_{read(settings)},
          domain_limits_{read_domain_limits(settings)}, has_lists_{settings.boolean("lists")},
          observe_for_{settings.duration("observe_for")}
    {
        for (const auto& account : settings.texts("exempt"))
            exempt_.insert(account);
    }

    /// Who is locked hears it before the message.
    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        const auto account = mail::account_of(mail);
        if (account.empty() || exempt_.contains(account))
            return Findings{};
        const auto locked = HabitTable::here().lock_of(account, mail.received_at);
        return locked ? findings(*locked, account) : Findings{};
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        const auto outside = recipients_outside(mail);
        if (mail.direction != mail::Direction::outbound || outside.recipients.empty())
            return Findings{};
        const auto* forwarded = forwarded_in_own_name(mail);
        auto found = forwarded ? Findings{} : of_account(mail, outside);
        if (forwarded)
            of_forwarder(mail, forwarded->detail, outside, found);
        if (!is_turned_away(found))
            of_domain(mail, outside, found);
        if (!is_turned_away(found))
            of_list(mail, outside, found);
        return found;
    }

private:
    Outside recipients_outside(const mail::Mail& mail) const
    {
        const auto& header = mail.message.header();
        const auto to = named_in(header, {"To"}), copied = named_in(header, {"Cc"});
        const bool is_sent_on = std::ranges::any_of(mail.findings, [](const mail::Finding& one) {
            return one.name == "forward.known" || one.name == "rosters.list";
        });
        Outside outside;
        for (const auto& recipient : mail.recipients) {
            if (is_own(recipient.address))
                continue;
            const auto key = recipient.address.key();
            outside.recipients.push_back(storage::hash_for_memory(key, 0));
            if (is_sent_on || to.contains(key))
                continue; // no list names its members
            ++(copied.contains(key) ? outside.copies.copied : outside.copies.hidden);
        }
        return outside;
    }
    bool is_own(const mail::Mailbox& address) const
    {
        return services_.is_own_domain && services_.is_own_domain(address.domain());
    }
    /// What one brake stopped counts for no other.
    static bool is_turned_away(const Findings& found)
    {
        return std::ranges::any_of(
            found, [](const mail::Finding& one) { return one.name != would && one.name != hold; });
    }
    /// Counts the mail, once however often it is tried.
    static HabitTable::Answer take(const mail::Mail& mail, const std::string& key,
                                   std::string_view sender, const Outside& outside,
                                   const BrakeSettings& settings)
    {
        auto& counted = CountedMails::here();
        const auto hash = CountedMails::hash_of(mail, key);
        const bool is_counted = counted.holds(hash);
        const std::span<const std::uint64_t> all{outside.recipients};
        const auto answer = HabitTable::here().take(key, sender, is_counted ? all.first(0) : all,
                                                    mail.received_at, settings,
                                                    is_counted ? Copies{} : outside.copies);
        if (settings.is_observing || answer.brake == Brake::none || answer.brake == Brake::hold)
            counted.note(mail.id, hash);
        return answer;
    }
    Findings of_account(const mail::Mail& mail, const Outside& outside) const
    {
        const auto account = mail::account_of(mail);
        if (account.empty() || exempt_.contains(account))
            return {};
        const auto sender = mail.sender ? mail.sender->key() : std::string{};
        auto settings = settings_;
        settings.is_observing = is_observing(mail.received_at);
        const auto answer = take(mail, account, sender, outside, settings);
        if (!settings.is_observing || answer.brake == Brake::none)
            return findings(answer, account);
        return {{.name = would,
                 .detail = account,
                 .evidence = std::string{to_string(answer.brake)} + ", " + answer.why}};
    }
    /// The forward of a mail that only by its envelope is of somebody here.
    static const mail::Finding* forwarded_in_own_name(const mail::Mail& mail)
    {
        const auto* account = mail::find_account(mail);
        const auto known = std::ranges::find(mail.findings, "forward.known", &mail::Finding::name);
        return account && account->evidence == mail::account_by_envelope
                && known != mail.findings.end() && known->detail != account->detail
            ? &*known
            : nullptr;
    }
    /// What strangers write to somebody who forwards is slowed down apart: the envelope's account
    /// has not sent it, and who forwards has not either.
    void of_forwarder(const mail::Mail& mail, const std::string& forwarder, const Outside& outside,
                      Findings& found) const
    {
        auto limits = settings_.limits;
        limits.hold = limits.lock = never;
        slow_down(mail, "forward:" + forwarder, forwarder, limits, settings_.slow_pause, outside,
                  slow, found);
    }
    /// All accounts of a domain together, and all that a client brings for senders who are not ours
    /// (forwarded mail, bounces); slowed down, never held or locked.
    void of_domain(const mail::Mail& mail, const Outside& outside, Findings& found) const
    {
        if (domain_limits_.in_hour == never && domain_limits_.in_10_minutes == never)
            return;
        const auto name = mail.sender && is_own(*mail.sender)
            ? "@" + mail.sender->domain().ascii()
            : "@[" + mail.client.ip.to_string() + "]";
        slow_down(mail, name, name, domain_limits_, std::chrono::seconds{1}, outside, domain,
                  found);
    }
    /// A list that was silent for long and wakes.
    void of_list(const mail::Mail& mail, const Outside& outside, Findings& found) const
    {
        const auto list = std::ranges::find(mail.findings, "rosters.list", &mail::Finding::name);
        if (list == mail.findings.end() || !has_lists_)
            return;
        auto limits = unlimited();
        limits.after_waking = settings_.limits.after_waking;
        limits.dormant_after = settings_.limits.dormant_after;
        slow_down(mail, "list:" + list->detail, list->detail, limits, settings_.slow_pause, outside,
                  woken_list, found);
    }
    void slow_down(const mail::Mail& mail, const std::string& key, const std::string& name,
                   const HabitLimits& limits, std::chrono::seconds pause, const Outside& outside,
                   std::string_view fact, Findings& found) const
    {
        if (exempt_.contains(name))
            return;
        BrakeSettings settings;
        settings.limits = limits;
        settings.slow_pause = pause;
        settings.pushes = never;
        settings.is_observing = is_observing(mail.received_at);
        const auto answer = take(mail, key, {}, outside, settings);
        if (answer.brake != Brake::none)
            found.push_back({.name = settings.is_observing ? would : fact,
                             .detail = name,
                             .evidence = answer.why});
    }
    static HabitLimits unlimited()
    {
        HabitLimits limits;
        limits.per_message = limits.in_10_minutes = limits.in_hour = limits.in_day
            = limits.copied_in_hour = limits.hidden_in_hour = limits.strangers = limits.after_waking
            = never;
        limits.hold = limits.lock = never;
        return limits;
    }
    HabitLimits read_domain_limits(const Settings& settings) const
    {
        auto limits = unlimited();
        limits.in_10_minutes = count_or_never(settings, "domain_in_10_minutes");
        limits.in_hour = count_or_never(settings, "domain_in_hour");
        limits.factor = settings_.limits.factor;
        return limits;
    }
    bool is_observing(net::Env::Wall now) const
    {
        return services_.installed_at && now - *services_.installed_at < observe_for_;
    }
    static Findings findings(const HabitTable::Answer& answer, const std::string& account)
    {
        if (answer.brake == Brake::none)
            return {};
        const auto name = answer.brake == Brake::slow ? slow
            : answer.brake == Brake::hold             ? hold
                                                      : lock;
        return {{.name = name, .detail = account, .evidence = answer.why}};
    }

    Services& services_;
    BrakeSettings settings_;
    HabitLimits domain_limits_;
    bool has_lists_;
    std::chrono::milliseconds observe_for_;
    std::set<std::string, std::less<>> exempt_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Habits>(settings, services);
}
}

extern const LayerType habit{
    .name = "habit",
    .summary = "Brakes an account that sends far more than is usual for it, as one does that was "
               "taken over.",
    .findings = {
        {.name = would,
         .english = "The account {} sends more than usual; it is only observed yet.",
         .japanese = "アカウント{}の送信が通常より多いですが、まだ観察のみです。"},
        {.name = slow,
         .english = "The account {} sends more than usual and is slowed down.",
         .japanese = "アカウント{}の送信が通常より多いため減速しています。",
         .is_spoofing = true,
         .refusal = "this account sends more than is usual for it: try again in a few minutes"},
        {.name = hold,
         .english = "The account {} sends far more than usual: its mail is held.",
         .japanese = "アカウント{}の送信が通常よりはるかに多いため、メールを保留しています。",
         .is_spoofing = true,
         .refusal = "this account sends far more than is usual for it"},
        {.name = lock,
         .english = "The account {} is locked, since it sends as if somebody else used it.",
         .japanese = "アカウント{}は第三者に使われている疑いがあるため、送信を停止しています。",
         .is_spoofing = true,
         .refusal = "this account is locked, since it sent far more than is usual for it"},
        {.name = domain,
         .english = "More than usual is sent in the name of {}: it is slowed down.",
         .japanese = "{}からの送信が通常より多いため減速しています。",
         .is_spoofing = true,
         .refusal = "more is sent from this domain than usual: try again in a few minutes"},
        {.name = woken_list,
         .english = "The list {} was silent for long and sends again: it is slowed down.",
         .japanese = "長く使われていなかったメーリングリスト{}の送信を減速しています。",
         .is_spoofing = true,
         .refusal = "this list was silent for long and sends again: try again in a few minutes"},
    },
    .settings = R"(# From these amounts on an account is slowed down, at half as much again its mail
# is held, and at six times it is locked. Recipients outside, of one mail and in a time:
per_message: 100
in_10_minutes: 60
in_hour: 200
in_day: 1000
# Of them in an hour those whom others see in Cc, and those whom a mail names nowhere (Bcc); 0: no
# limit. Members of lists and those whom mail is sent on to do not count.
copied_in_hour: 150
hidden_in_hour: 100
# Recipients it never wrote to before, in an hour; for accounts that have habits.
strangers: 25
# An account whose own past is larger may send so many times that.
factor: 3
# Who was silent for so long and wakes may write to so many in the first hour.
dormant_after: 30 days
after_waking: 6
# Recipients outside in the name of one domain, all accounts together; 0: no limit. Beyond it a mail
# a second goes out, the others are asked to come again (habit.domain).
domain_in_10_minutes: 3000
domain_in_hour: 10000
# Lists and aliases of the layer `rosters` that wake are slowed down in the same way (habit.list).
lists: true
# A mail in so long goes out of an account that is slowed down; the others are asked to come again.
slow_pause: 1 min
# So many of those within ten minutes, and its mail is held.
pushes: 100
# A lock ends by itself; each further one within a week takes twice as long, up to a day.
lock_for: 4 hours
# So long after the installation habits are learnt alone, and habit.would tells what would be done.
observe_for: 7 days
# Accounts that no brake concerns, such as newsletters.
exempt: []
)",
    .after = {"rosters", "forward"},
    .make = make,
};
}
