// SPDX-License-Identifier: Apache-2.0
#include "filters/counted_mails.hpp"
#include "filters/layer.hpp"
#include "filters/rate_state.hpp"
#include "filters/sources.hpp"

#include <array>

namespace filters {
namespace {
constexpr std::string_view exceeded = "rate.exceeded";
constexpr std::string_view would_exceed = "rate.would_exceed";
constexpr std::string_view destination = "rate.destination";

enum Purpose : std::uint64_t { sessions = 101, messages, senders, recipients, destinations };

/// One limit and the counts it is held against.
struct Limit {
    std::string_view what;
    Rate rate;
    std::shared_ptr<storage::WindowCounters> counts;

    bool is_on() const { return rate.count > 0; }
    double add(std::uint64_t key, double amount, net::Env::Steady now) const
    {
        return is_on() ? counts->add(key, amount, now) : 0;
    }
    bool is_over(double count) const { return is_on() && count > rate.count; }
};

std::uint64_t text_key(std::string_view text, Purpose purpose)
{
    return storage::counter_key(text.data(), text.size(), purpose);
}

/// Sessions and messages per source, sender and recipient, and what leaves for one destination
/// (features O11). Only ever says "later".
class RateControl final : public Layer {
public:
    RateControl(const Settings& settings, Services& services)
        : services_{services}, env_{services.env ? *services.env : net::Env::real()},
          state_{RateState::of(services)}, sessions_{limit(settings, "sessions")},
          messages_{limit(settings, "messages")}, per_sender_{limit(settings, "sender")},
          per_recipient_{limit(settings, "recipient")},
          per_destination_{limit(settings, "destination")},
          burst_{limit(settings, "destination_burst")}, exempt_{settings.networks("exempt")},
          is_refusing_{settings.choice("over_double", {"later", "refuse"}) == 1}
    {
        const auto mode = settings.choice("mode", {"auto", "observe", "enforce"});
        if (mode == 1)
            enforced_from_ = net::Env::Wall::max();
        else if (mode == 0 && services.installed_at)
            enforced_from_ = *services.installed_at + settings.duration("observe_for");
    }

    std::optional<mail::Reply> admit(const mail::Client& client) const override
    {
        if (is_exempt(client, exempt_))
            return {};
        const auto count
            = sessions_.add(source_key(client.ip, Source::address, sessions), 1, env_.now());
        state_->note_sessions(count, sessions_.rate.window);
        if (!sessions_.is_over(count / 2) || !is_enforced())
            return {};
        return is_refusing_
            ? mail::Reply{554, "5.7.1", "far too many sessions from your address", true}
            : mail::Reply{421, "4.7.0", "too many sessions from your address; try again later",
                          true};
    }

    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        Findings findings;
        if (is_exempt(mail.client, exempt_))
            return findings;
        const auto now = env_.now();
        const auto& ip = mail.client.ip;
        check(sessions_, sessions_.add(source_key(ip, Source::address, sessions), 0, now), mail,
              findings);
        check(messages_, messages_.add(source_key(ip, Source::address, messages), 0, now), mail,
              findings);
        if (mail.sender)
            check(per_sender_, per_sender_.add(text_key(mail.sender->key(), senders), 0, now), mail,
                  findings);
        return findings;
    }

    Inspection inspect_recipient(const mail::Mail& mail,
                                 const mail::Recipient& recipient) const override
    {
        Findings findings;
        const auto now = env_.now();
        if (!is_exempt(mail.client, exempt_))
            check(per_recipient_,
                  per_recipient_.add(text_key(recipient.address.key(), recipients), 0, now), mail,
                  findings);
        if (leaves(mail, recipient))
            for (const auto* limit : {&per_destination_, &burst_})
                check(*limit, limit->add(destination_key(recipient), 0, now) + 1, recipient,
                      findings);
        return findings;
    }

    /// Counts a message once it is whole, and once however often we asked for it again; its own
    /// count never speaks against itself.
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        const auto now = env_.now();
        count_what_leaves(mail, now);
        if (is_exempt(mail.client, exempt_))
            return Findings{};
        auto& counted = CountedMails::here();
        const auto hash
            = CountedMails::hash_of(mail, "rate " + source_text(mail.client.ip, Source::address));
        const bool is_again = counted.holds(hash);
        counted.note(mail.id, hash);
        if (is_again)
            return Findings{};
        messages_.add(source_key(mail.client.ip, Source::address, messages), 1, now);
        if (mail.sender)
            per_sender_.add(text_key(mail.sender->key(), senders), 1, now);
        for (const auto& recipient : mail.recipients)
            per_recipient_.add(text_key(recipient.address.key(), recipients), 1, now);
        return Findings{};
    }

private:
    Limit limit(const Settings& settings, std::string_view key) const
    {
        const auto rate = settings.rate(key);
        const bool is_absurd
            = rate.window < std::chrono::seconds{1} || rate.window > std::chrono::days{7};
        if (is_absurd)
            settings.complain(key, "a rate's window is from 1 s to 7 days");
        return {key, rate, state_->counters(key, rate.window)};
    }
    bool is_enforced() const { return !enforced_from_ || env_.wall_now() >= *enforced_from_; }
    /// Somebody else's server will have to take it, whoever sends.
    bool leaves(const mail::Mail& mail, const mail::Recipient& recipient) const
    {
        return mail.direction == mail::Direction::outbound && services_.is_own_domain
            && !services_.is_own_domain(recipient.address.domain());
    }
    /// What is refused or held counts for no destination: one who is braked must not use up what
    /// all may send there.
    void count_what_leaves(const mail::Mail& mail, net::Env::Steady now) const
    {
        std::vector<std::pair<std::size_t, std::uint64_t>> keys; // by recipient
        for (std::size_t i = 0; i < mail.recipients.size(); ++i)
            if (leaves(mail, mail.recipients[i]))
                keys.emplace_back(i, destination_key(mail.recipients[i]));
        if (keys.empty())
            return;
        CountedMails::here().when_taken(
            mail.id,
            [now, keys = std::move(keys),
             limits = std::array{per_destination_, burst_}](const mail::Mail& taken) {
                for (const auto& [recipient, key] : keys)
                    if (is_passed_on(taken, recipient))
                        for (const auto& limit : limits)
                            limit.add(key, 1, now);
            });
    }
    static bool is_passed_on(const mail::Mail& mail, std::size_t recipient)
    {
        if (recipient >= mail.recipients.size())
            return false;
        const auto action = mail.recipients[recipient].verdict.action;
        return action == mail::Action::deliver || action == mail::Action::tag;
    }
    static std::uint64_t destination_key(const mail::Recipient& recipient)
    {
        return text_key(recipient.address.domain().ascii(), destinations);
    }
    void check(const Limit& limit, double count, const mail::Mail& mail, Findings& findings) const
    {
        if (limit.is_over(count))
            findings.push_back(
                {.name = is_enforced() ? exceeded : would_exceed,
                 .detail = std::string{limit.what},
                 .evidence
                 = evidence(limit, count, "from " + source_text(mail.client.ip, Source::address))});
    }
    /// Of what concerns our own servers, too.
    void check(const Limit& limit, double count, const mail::Recipient& recipient,
               Findings& findings) const
    {
        const auto& domain = recipient.address.domain().ascii();
        if (limit.is_over(count))
            findings.push_back({.name = is_enforced() ? destination : would_exceed,
                                .detail = is_enforced() ? domain : std::string{limit.what},
                                .evidence = evidence(limit, count, "to " + domain)});
    }
    static std::string evidence(const Limit& limit, double count, const std::string& which)
    {
        return std::to_string(static_cast<std::uint64_t>(count)) + " in "
            + duration_text(limit.rate.window) + ", allowed " + real_text(limit.rate.count) + "; "
            + which;
    }

    Services& services_;
    net::Env& env_;
    std::shared_ptr<RateState> state_;
    Limit sessions_, messages_, per_sender_, per_recipient_, per_destination_, burst_;
    std::vector<mail::Network> exempt_;
    bool is_refusing_;
    std::optional<net::Env::Wall> enforced_from_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<RateControl>(settings, services);
}
}

extern const LayerType rate{
    .name = "rate",
    .summary = "Limits sessions and messages per source, sender, recipient and destination; only "
               "says later.",
    .findings = {
        {.name = exceeded,
         .english = "More {} in the window than the rate allows.",
         .japanese = "流量制限を超えました: {}",
         .enhanced = "7.0",
         .refusal = "too much mail at once; try again later"},
        {.name = destination,
         .english = "More goes to {} in the window than the rate allows.",
         .japanese = "期間内の{}宛ての送信が許容量を超えています。",
         .is_spoofing = true,
         .refusal = "too much mail for this destination at once: try again later"},
        {.name = would_exceed,
         .english = "More {} in the window than the rate will allow once it is enforced.",
         .japanese = "流量制限(観察中)を超えました: {}"},
    },
    .settings = R"(# A source is an IPv4 address or an IPv6 /64. 0 switches a limit off.
sessions: 200 per 30 min
messages: 600 per 30 min
# Messages of one envelope sender, messages to one recipient.
sender: 600 per 30 min
recipient: 600 per 30 min
# Recipients in one domain outside that outgoing mail has, whoever sends it. What is more is asked
# to come again, and waits where it comes from (rate.destination).
destination: 10000 per 1 h
destination_burst: 3000 per 10 min
# Never limited, besides inside networks and listed forwarders, but for destinations.
exempt: ["127.0.0.0/8", "::1"]
# auto: only count and propose a limit (`mailweir status`) for `observe_for` after installation,
# then enforce. observe, enforce: always so.
mode: auto
observe_for: 7 days
# Over double the sessions: later (421), or refuse (554) at connect.
over_double: later
)",
    .is_listener_layer = true,
    .make = make,
};
}
