// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/sha256.hpp"
#include "filters/layer.hpp"
#include "filters/reputation.hpp"
#include "filters/vouching.hpp"
#include "storage/ledger.hpp"

#include <fmt/format.h>

namespace filters {
namespace {
using namespace std::chrono_literals;
using std::chrono::seconds;
constexpr std::string_view wait = "greylist.wait";
constexpr std::string_view passed = "greylist.passed";

/// Behaviour that was mostly good spares the wait.
constexpr double good_enough = 0.5;

std::string time_text(seconds time)
{
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(time).count();
    return minutes > 1 ? std::to_string(minutes) + " minutes" : "1 minute";
}

/// Who comes again: the sender's domain where SPF vouches for the client, since large senders try
/// again from elsewhere; else the client's network.
std::string identity_of(const mail::Mail& mail)
{
    if (mail.sender)
        for (const auto& identity : identities_in(mail.findings))
            if (identity.is_pass && identity.domain == mail.sender->domain())
                return "domain " + identity.domain.ascii();
    const auto& ip = mail.client.ip;
    return "net " + mail::Network::of(ip, ip.is_v4() ? 24 : 64).to_string();
}

/// One sender's try at one recipient. Three long addresses would be no key of a ledger, and who has
/// them would wait for ever: of what is too long the hash stands in its place.
std::string try_of(const std::string& identity, const mail::Mail& mail,
                   const mail::Recipient& recipient)
{
    constexpr std::size_t longest = 400;
    auto key = identity + " " + (mail.sender ? mail.sender->key() : "<>") + " "
        + recipient.owner().key();
    if (key.size() <= longest)
        return key;
    std::string hash = "hash ";
    for (const char octet : auth::sha256(key))
        fmt::format_to(std::back_inserter(hash), "{:02x}", static_cast<unsigned char>(octet));
    return hash;
}

/// Asks strangers to come again later, which programs that only send spam rarely do. It says who
/// is strange; the policy says whom it doubts enough to let him wait.
class Greylist final : public Layer {
public:
    Greylist(const Settings& settings, Services& services)
        : services_{services}, delay_{to_seconds(settings, "delay")},
          return_within_{to_seconds(settings, "return_within")}, keep_{to_seconds(settings, "keep")}
    {
        if (delay_ < 1s || delay_ > 1h)
            settings.complain("delay", "\"delay\" is a time between 1 s and 1 h");
        if (return_within_ <= delay_ || return_within_ > 7 * 24h)
            settings.complain("return_within",
                              "\"return_within\" is longer than \"delay\", up to 7 days");
    }

    Inspection inspect_recipient(const mail::Mail& mail,
                                 const mail::Recipient& recipient) const override
    {
        if (!services_.ledgers || is_beyond_doubt(mail, recipient))
            return Findings{};
        const auto now = std::chrono::floor<seconds>(mail.received_at);
        const auto identity = identity_of(mail);
        auto& known = services_.ledgers->passed;
        if (const auto entry = known.find(identity, now); entry && now - entry->last <= keep_) {
            if (now - entry->last > 24h) // its age counts from its last mail
                known.update(identity, now, [](auto&) { });
            return Findings{};
        }
        if (has_good_name(mail, identity))
            return Findings{};
        return look_for_return(mail, recipient, identity, now);
    }

private:
    static seconds to_seconds(const Settings& settings, std::string_view key)
    {
        return std::chrono::duration_cast<seconds>(settings.duration(key));
    }

    static bool is_beyond_doubt(const mail::Mail& mail, const mail::Recipient& recipient)
    {
        return mail.client.is_inside || mail.client.is_trusted_forwarder
            || mail.direction == mail::Direction::outbound
            || has_run(mail.findings, "dnsbl.allowed")
            || has_run(recipient.findings, "lists.allow");
    }
    bool has_good_name(const mail::Mail& mail, const std::string& identity) const
    {
        const Reputation reputation{services_.ledgers->reputation};
        for (const auto& key : {identity, "ip " + mail.client.ip.to_string()}) {
            const auto standing = reputation.standing(key, mail.received_at);
            if (standing && standing->score() >= good_enough)
                return true;
        }
        return false;
    }
    Findings look_for_return(const mail::Mail& mail, const mail::Recipient& recipient,
                             const std::string& identity, std::chrono::sys_seconds now) const
    {
        auto& waiting = services_.ledgers->waiting;
        const auto key = try_of(identity, mail, recipient);
        const auto first_try = waiting.find(key, now);
        const bool is_new = !first_try || now - first_try->first > return_within_
            || now < first_try->first; // the clock was set back
        if (is_new) {
            waiting.update(key, now, [now](storage::LedgerEntry& entry) { entry.first = now; });
            return {{.name = wait, .detail = time_text(delay_), .evidence = identity}};
        }
        const auto waited = now - first_try->first;
        if (waited < delay_)
            return {{.name = wait, .detail = time_text(delay_ - waited), .evidence = identity}};
        waiting.remove(key);
        services_.ledgers->passed.update(identity, now,
                                         [](storage::LedgerEntry& entry) { entry.good += 1; });
        return {{.name = passed, .detail = identity}};
    }

    Services& services_;
    seconds delay_, return_within_, keep_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Greylist>(settings, services);
}
}

extern const LayerType greylist{
    .name = "greylist",
    .summary = "Greylisting: who is unknown here, and whether he came again after a pause.",
    .findings = {
        {.name = wait,
         .english = "The sender is new here and comes again after {}.",
         .japanese = "初めての送信元のため、{}後の再送を待っています。",
         .enhanced = "7.1",
         .refusal = "greylisted: new senders wait a little, please try again in {}"},
        {.name = passed,
         .english = "The sender came again after a pause and is known from now on: {}",
         .japanese = "送信元が再送に成功したため、以後は既知として扱います: {}"},
    },
    .settings = R"(# How long a stranger waits.
# He is one by network (/24, /64), or by domain where SPF
# vouches for it, until he came again. Spared: who is inside, a listed forwarder, allowed by a list
# (also of DNS), or of good reputation. Whom to let wait, the policy says, for example:
#   rules: [{ when: greylist.wait, points: 1.5, then: defer }]
delay: 4 min
# Who comes later than this is new again.
return_within: 12 h
# Who passed is known for this long after his last mail.
keep: 36 days
)",
    .after = {"lists", "dnsbl", "spf", "reputation"},
    .make = make,
};
}
