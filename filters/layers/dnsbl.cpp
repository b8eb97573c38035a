// SPDX-License-Identifier: Apache-2.0
#include "filters/dns_list.hpp"
#include "filters/layer.hpp"
#include "filters/originating_client.hpp"
#include "filters/reverse_name.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view listed = "dnsbl.listed";
constexpr std::string_view hit = "dnsbl.hit";
constexpr std::string_view allowed = "dnsbl.allowed";
constexpr std::string_view unavailable = "dnsbl.unavailable";

constexpr DnsListNames names_of_findings{hit, allowed, unavailable};

/// The lists that one mail asks; those that rest say why.
struct Asked {
    std::vector<const DnsList*> lists;
    Findings resting;
};

/// Asks DNS lists about the host that sends, or that first handed the mail to a listed forwarder.
class DnsBlockLists final : public Layer {
public:
    DnsBlockLists(const Settings& settings, Services& services)
        : services_{services}, env_{services.env ? *services.env : net::Env::real()},
          forwarders_{Forwarders::of(services)}, threshold_{settings.real("threshold")}
    {
        const auto states = DnsLists::of(services);
        for (const auto& item : settings.items("lists"))
            lists_.push_back(DnsList::read(item, *states));
    }

    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        if (!concerns(mail) || is_forwarder(mail))
            return Findings{};
        return ask(mail, mail.client.ip);
    }
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (!concerns(mail) || !is_forwarder(mail))
            return Findings{};
        const auto origin = originating_client(mail, *forwarders_);
        if (!origin)
            return Findings{};
        return ask(mail, origin->ip);
    }

private:
    bool concerns(const mail::Mail& mail) const
    {
        return services_.resolver && !lists_.empty() && !mail.client.is_inside;
    }
    bool is_forwarder(const mail::Mail& mail) const
    {
        return mail.client.is_trusted_forwarder || forwarders_->has(mail.listener, mail.client.ip);
    }
    Inspection ask(const mail::Mail& mail, const mail::Ip& ip) const
    {
        if (!is_public(ip))
            return Findings{};
        Asked asked;
        for (const auto& list : lists_)
            if (list.state->may_ask(env_.now()))
                asked.lists.push_back(&list);
            else
                asked.resting.push_back({.name = unavailable,
                                         .detail = list.zone,
                                         .evidence = "not asked: " + list.state->report().problem});
        return auth::looked_up(auth::Answers{services_.resolver, mail},
                               [this, ip, asked = std::move(asked)](auth::Answers& dns) {
                                   return findings(asked, dns, ip);
                               });
    }
    std::optional<Findings> findings(const Asked& asked, auth::Answers& dns,
                                     const mail::Ip& ip) const
    {
        std::vector<std::optional<DnsListing>> readings;
        for (const auto* list : asked.lists)
            readings.push_back(
                list->look(dns, reverse_name(ip, list->zone, list->zone), "1.0.0.127"));
        if (!std::ranges::all_of(readings, &std::optional<DnsListing>::has_value))
            return {};
        Findings all = asked.resting;
        double sum = 0;
        std::string zones;
        for (std::size_t i = 0; i < readings.size(); ++i) {
            auto finding = settled(*asked.lists[i], *readings[i], names_of_findings, ip.to_string(),
                                   env_.now());
            if (finding.name.empty())
                continue;
            sum += finding.weight.value_or(0);
            if (finding.name == hit)
                zones += (zones.empty() ? "" : " ") + finding.detail;
            all.push_back(std::move(finding));
        }
        if (!zones.empty() && sum >= threshold_)
            all.push_back(
                {.name = listed, .detail = zones, .evidence = ip.to_string(), .weight = sum});
        return all;
    }

    Services& services_;
    net::Env& env_;
    std::shared_ptr<Forwarders> forwarders_;
    double threshold_;
    std::vector<DnsList> lists_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<DnsBlockLists>(settings, services);
}
}

extern const LayerType dnsbl{
    .name = "dnsbl",
    .summary = "Asks DNS lists of bad and of good senders about the client's address.",
    .findings = {
        {.name = listed,
         .english = "The sending address is on DNS block lists: {}",
         .japanese = "送信元アドレスがDNSブロックリストに登録されています: {}",
         .refusal = "your address is on a DNS block list"},
        {.name = hit,
         .english = "The DNS list {} has the sending address.",
         .japanese = "DNSリスト{}に送信元アドレスが登録されています。"},
        {.name = allowed,
         .english = "The DNS allow list {} knows the sending address as good.",
         .japanese = "DNS許可リスト{}で送信元アドレスが信頼されています。"},
        {.name = unavailable,
         .english = "The DNS list {} could not say anything about the sending address.",
         .japanese = "DNSリスト{}は送信元アドレスについて回答しませんでした。"},
    },
    .settings = R"(# The lists to ask; none until named here. Mind their terms of use. For each:
#   zone: where to ask
#   weight: what being listed weighs; negative for a list of good senders
#   codes: the answers that count, each with a weight of its own if it differs; without codes all
#     of 127/8 count
#   refusals: answers with which this list refuses us, besides 127.255.255.x and 127.0.0.1
lists: !example
  - { zone: "zen.example", weight: 1.5, codes: ["127.0.0.2-11", "127.0.*.1 = -2"],
      refusals: ["127.0.0.255"] }
# From this sum of weights on the address counts as listed.
threshold: 1.0
)",
    .limit = std::chrono::seconds{8},
    .make = make,
};
}
