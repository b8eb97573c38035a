// SPDX-License-Identifier: Apache-2.0
#include "filters/reputation.hpp"

#include "filters/layer.hpp"
#include "storage/ledger.hpp"

namespace filters {
namespace {
constexpr std::string_view bad = "reputation.bad";
constexpr std::string_view good = "reputation.good";

/// How those who sent this behaved before. A domain that DKIM vouches for says more than an
/// address, and an address more than its network.
class ReputationFacts final : public Layer {
public:
    ReputationFacts(const Settings& settings, Services& services)
        : services_{services}, threshold_{settings.real("threshold")}
    {
        if (!(threshold_ > 0 && threshold_ < 1))
            settings.complain("threshold", "\"threshold\" is a number between 0 and 1");
    }

    /// Already at MAIL, so that greylisting may know whom it doubts.
    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        Findings findings;
        if (is_judged(mail) && !mail.client.is_trusted_forwarder)
            for (const auto& key : reputation_keys(mail)) // no DKIM yet: address, then network
                if (findings.empty() && !key.starts_with("domain "))
                    add(findings, key, mail.received_at);
        return findings;
    }
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        Findings findings;
        if (is_judged(mail))
            for (const auto& key : reputation_keys(mail))
                if (findings.empty() && key.starts_with("domain "))
                    add(findings, key, mail.received_at);
        return findings;
    }

private:
    bool is_judged(const mail::Mail& mail) const
    {
        return services_.ledgers && !mail.client.is_inside
            && mail.direction == mail::Direction::inbound;
    }
    void add(Findings& findings, const std::string& key, net::Env::Wall now) const
    {
        const Reputation reputation{services_.ledgers->reputation};
        const auto standing = reputation.standing(key, now);
        const double score = standing ? standing->score() : 0;
        if (std::abs(score) < threshold_)
            return;
        findings.push_back({.name = score < 0 ? bad : good,
                            .detail = key.substr(key.find(' ') + 1),
                            .evidence = standing->to_string(),
                            .weight = std::abs(score)});
    }

    Services& services_;
    double threshold_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<ReputationFacts>(settings, services);
}
}

extern const LayerType reputation{
    .name = "reputation",
    .summary = "Remembers how addresses, networks and signing domains behaved here before.",
    .findings = {
        {.name = bad,
         .english = "Mail from {} was mostly spam here before.",
         .japanese = "{}からのメールは過去に迷惑メールと判定されることが多くありました。"},
        {.name = good,
         .english = "Mail from {} was mostly wanted here before.",
         .japanese = "{}からのメールは過去に正常と判定されることが多くありました。"},
    },
    .settings = R"(# How clear a past must be to count:
# between 0 (always) and 1 (never). Its clearness
# is the fact's weight: 0.5 is five messages of one kind and none of the other, 0.8 is twenty.
# Counts halve in a week.
threshold: 0.5
)",
    .after = {"dkim"},
    .make = make,
};
}
