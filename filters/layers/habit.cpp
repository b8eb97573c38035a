// SPDX-License-Identifier: Apache-2.0
#include "filters/habit_table.hpp"
#include "filters/layer.hpp"
#include "filters/services.hpp"
#include "gateway/mail/account.hpp"
#include "storage/mail_memory.hpp"

#include <algorithm>
#include <set>

namespace filters {
namespace {
constexpr std::string_view would = "habit.would", slow = "habit.slow", hold = "habit.hold",
                           lock = "habit.lock";

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
        const auto account = mail::account_of(mail);
        if (account.empty() || exempt_.contains(account))
            return Findings{};
        std::vector<std::uint64_t> outside;
        for (const auto& recipient : mail.recipients)
            if (!services_.is_own_domain || !services_.is_own_domain(recipient.address.domain()))
                outside.push_back(storage::hash_for_memory(recipient.address.key(), 0));
        if (outside.empty())
            return Findings{};
        const auto sender = mail.sender ? mail.sender->key() : std::string{};
        auto settings = settings_;
        settings.is_observing = is_observing(mail.received_at);
        const auto answer
            = HabitTable::here().take(account, sender, outside, mail.received_at, settings);
        if (!settings.is_observing || answer.brake == Brake::none)
            return findings(answer, account);
        return Findings{{.name = would,
                         .detail = account,
                         .evidence = std::string{to_string(answer.brake)} + ", " + answer.why}};
    }

private:
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
    },
    .settings = R"(# From these amounts on an account is slowed down, at half as much again its mail
# is held, and at six times it is locked. Recipients outside, of one mail and in a time:
per_message: 100
in_10_minutes: 60
in_hour: 200
in_day: 1000
# Recipients it never wrote to before, in an hour; for accounts that have habits.
strangers: 25
# An account whose own past is larger may send so many times that.
factor: 3
# Who was silent for so long and wakes may write to so many in the first hour.
dormant_after: 30 days
after_waking: 6
# A mail in so long goes out of an account that is slowed down; the others are asked to come again.
slow_pause: 1 min
# So many of those within ten minutes, and it is locked.
pushes: 100
# A lock ends by itself; each further one within a week takes twice as long, up to a day.
lock_for: 4 hours
# So long after the installation habits are learnt alone, and habit.would tells what would be done.
observe_for: 7 days
# Accounts that no brake concerns, such as newsletters.
exempt: []
)",
    .after = {},
    .make = make,
};
}
