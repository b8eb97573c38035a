// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/reputation_refusal.hpp"

#include "filters/dead_addresses.hpp"
#include "filters/habit_table.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/conditions.hpp"
#include "gateway/smtp/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace smtp {
namespace {
/// Words in which large and small sites say it. What is more exact stands first.
struct Sign {
    std::string_view words, blames;
};
constexpr std::array signs{
    Sign{"spamhaus", "list"},
    Sign{"spamcop", "list"},
    Sign{"barracudacentral", "list"},
    Sign{"sorbs", "list"},
    Sign{"uceprotect", "list"},
    Sign{"dnsbl", "list"},
    Sign{"surbl", "list"},
    Sign{"abuseat.org", "list"},
    Sign{"psbl.", "list"},
    Sign{"mailspike", "list"},
    Sign{"blacklist", "list"},
    Sign{"black list", "list"},
    Sign{"black-list", "list"},
    Sign{"blocklist", "list"},
    Sign{"block list", "list"},
    Sign{"block-list", "list"},
    Sign{"blocked using", "list"},
    Sign{"listed in ", "list"},
    Sign{"listed by ", "list"},
    Sign{"listed at ", "list"},
    Sign{" rbl", "list"},
    Sign{"banned sending ip", "list"},
    Sign{"denylist", "list"},
    Sign{"deny list", "list"},
    Sign{"reputation", "reputation"},
    Sign{"senderscore", "reputation"},
    Sign{"sender score", "reputation"},
    Sign{"too many complaints", "reputation"},
    Sign{"user complaints", "reputation"},
    Sign{"unusual rate of unsolicited", "reputation"},
    Sign{"suspicious due to the very low", "reputation"},
    Sign{"unsolicited", "spam"},
    Sign{"spam", "spam"},
    Sign{"junk mail", "spam"},
    Sign{"bulk mail", "spam"},
};
/// Where the words mean something else: the recipient's own list, an address with them in it.
constexpr std::array elsewhere{std::string_view{"spam@"}, std::string_view{"mailbox is full"},
                               std::string_view{"user unknown"}};
/// A destination to which nobody writes any more never says that all is well.
constexpr std::chrono::hours forgotten_after{24};
}

std::optional<std::string_view> blamed_by(const mail::Reply& reply)
{
    if (reply.code < 400)
        return {};
    std::string text = " " + reply.text;
    std::ranges::transform(text, text.begin(), mail::to_lower);
    const auto has = [&](std::string_view words) { return text.find(words) != text.npos; };
    if (std::ranges::any_of(elsewhere, has))
        return {};
    const auto found
        = std::ranges::find_if(signs, [&](const Sign& sign) { return has(sign.words); });
    return found == signs.end() ? std::nullopt : std::optional{found->blames};
}

void notice_refusal(const std::string& domain, const mail::Reply& reply,
                    std::chrono::system_clock::time_point now)
{
    const auto blamed = blamed_by(reply);
    if (blamed && *blamed != "spam")
        Conditions::here().raise(
            "destination.refuses_us", domain,
            fmt::format("{}: {} {} {}", *blamed, reply.code, reply.enhanced, escaped(reply.text)),
            now + forgotten_after);
}

Answer answer_for(const Outcome& outcome, std::size_t index)
{
    using Stage = Outcome::Stage;
    const auto& all = outcome.recipients;
    if (index >= all.size() || (all[index].is_positive() && !outcome.is_delivered))
        return {outcome.reply, false};
    // After the dot of a mail that nobody got, those whom RCPT took have its reply.
    const bool is_own
        = outcome.is_delivered || outcome.stage == Stage::rcpt || outcome.stage == Stage::data;
    return {all[index], is_own};
}

void notice_answer(const mail::Mailbox& recipient, const mail::ReversePath& sender,
                   mail::Direction direction, const Answer& answer,
                   std::chrono::system_clock::time_point now)
{
    const auto& reply = answer.reply;
    const auto& domain = recipient.domain().ascii();
    if (reply.is_positive()) {
        Conditions::here().clear("destination.refuses_us", domain);
        filters::DeadAddresses::here().forget(recipient.key());
        return;
    }
    notice_refusal(domain, reply, now);
    if (!reply.is_permanent() || direction != mail::Direction::outbound || !sender
        || !answer.is_recipients || blamed_by(reply)
        || !filters::is_unknown_mailbox(reply.enhanced, reply.text))
        return;
    filters::HabitTable::here().note_bounce(sender->key(), now, {});
    filters::DeadAddresses::here().note_refusal(
        recipient.key(), sender->key(),
        fmt::format("{} {} {}", reply.code, reply.enhanced, reply.text),
        std::chrono::floor<std::chrono::seconds>(now));
}
}
