// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/answers.hpp"
#include "filters/dns_lists.hpp"
#include "filters/layer.hpp"
#include "filters/originating_client.hpp"
#include "filters/reverse_name.hpp"

#include <fmt/format.h>

#include <cmath>

namespace filters {
namespace {
using net::RecordType;

constexpr std::string_view listed = "dnsbl.listed";
constexpr std::string_view hit = "dnsbl.hit";
constexpr std::string_view allowed = "dnsbl.allowed";
constexpr std::string_view unavailable = "dnsbl.unavailable";

/// One list as configured.
struct DnsList {
    std::string zone;
    double weight = 1;
    ReturnCodes codes, refusals;
    std::shared_ptr<DnsListState> state;
};

std::string octets_text(std::string_view octets)
{
    return fmt::format("{}.{}.{}.{}", static_cast<std::uint8_t>(octets[0]),
                       static_cast<std::uint8_t>(octets[1]), static_cast<std::uint8_t>(octets[2]),
                       static_cast<std::uint8_t>(octets[3]));
}

/// What the answers of one list mean.
struct Reading {
    std::optional<double> weight; ///< none: not listed
    std::string codes; ///< "127.0.0.2, 127.0.0.4"
    std::string refusal; ///< the answer is none: the list refuses us or is dead
    std::string failure; ///< nothing was answered
};

/// 127.255.255.x is how lists say "not to you"; what is not in 127/8 comes from whoever owns the
/// zone now; 127.0.0.1 is what no list may answer (RFC 5782 §2.1, §5) and some say for "no".
bool is_refusal(const DnsList& list, std::string_view octets)
{
    return octets.substr(0, 3) == "\x7f\xff\xff" || octets[0] != '\x7f'
        || list.refusals.find(octets)
        || (octets == std::string_view{"\x7f\0\0\1", 4} && !list.codes.find(octets));
}

Reading read_answer(const DnsList& list, const net::DnsAnswer& answer)
{
    Reading reading;
    for (const auto& record : answer.records) {
        if (is_refusal(list, record.data)) {
            reading.refusal = "answers " + octets_text(record.data);
            return reading;
        }
        const auto* const code = list.codes.find(record.data);
        if (!code && !list.codes.is_empty())
            continue;
        const double weight = code ? code->weight.value_or(list.weight) : list.weight;
        if (!reading.weight || std::abs(weight) > std::abs(*reading.weight))
            reading.weight = weight;
        reading.codes += (reading.codes.empty() ? "" : ", ") + octets_text(record.data);
    }
    return reading;
}

/// One client and one list; nullopt while answers are lacking.
std::optional<Reading> look(const DnsList& list, auth::Answers& dns, const mail::Ip& ip)
{
    const auto answer = dns.get(reverse_name(ip, list.zone, list.zone), RecordType::a);
    if (!answer)
        return {};
    Reading reading;
    if (answer->has_failed()) {
        reading.failure = answer->problem;
        return reading;
    }
    reading = read_answer(list, *answer);
    if (!reading.weight || !reading.refusal.empty())
        return reading;
    const auto nobody = dns.get("1.0.0.127." + list.zone, RecordType::a);
    if (!nobody)
        return {};
    if (nobody->is_found())
        reading.refusal = "lists everybody";
    return reading;
}

/// Tells the list's state, and what counts.
mail::Finding settled(const DnsList& list, const Reading& reading, const mail::Ip& ip,
                      net::Env::Steady now)
{
    mail::Finding finding{.name = unavailable, .detail = list.zone};
    if (!reading.failure.empty()) {
        // What our own resolver suffers from is no fault of the list.
        if (reading.failure == "SERVFAIL" || reading.failure == "timed out")
            list.state->failed(reading.failure, now);
        finding.evidence = reading.failure;
    } else if (!reading.refusal.empty()) {
        list.state->refused(reading.refusal, now);
        finding.evidence = reading.refusal;
    } else {
        list.state->answered(reading.weight.has_value());
        finding.name = !reading.weight ? "" : *reading.weight < 0 ? allowed : hit;
        finding.evidence = ip.to_string() + ": " + reading.codes;
        finding.weight = reading.weight;
    }
    return finding;
}

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
            add(item, *states);
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
    void add(const Settings& item, DnsLists& states)
    {
        DnsList list;
        list.zone = item.text("zone");
        list.weight = item.has("weight") ? item.real("weight") : 1;
        const auto zone = mail::Domain::parse(list.zone);
        if (!zone || zone->is_literal())
            item.complain("zone", "\"" + list.zone + "\" is no domain name");
        else
            list.zone = zone->ascii();
        const auto codes = [&](std::string_view key) {
            auto parsed
                = ReturnCodes::parse(item.has(key) ? item.texts(key) : std::vector<std::string>{});
            if (!parsed)
                item.complain(key, parsed.error());
            return parsed.value_or(ReturnCodes{});
        };
        list.codes = codes("codes");
        list.refusals = codes("refusals");
        if (list.refusals.is_empty() && list.zone.ends_with("dnswl.org"))
            list.refusals = ReturnCodes::parse({"127.0.0.255"}).value();
        list.state = states.state(list.zone);
        lists_.push_back(std::move(list));
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
        std::vector<std::optional<Reading>> readings;
        for (const auto* list : asked.lists)
            readings.push_back(look(*list, dns, ip));
        if (!std::ranges::all_of(readings, &std::optional<Reading>::has_value))
            return {};
        Findings all = asked.resting;
        double sum = 0;
        std::string zones;
        for (std::size_t i = 0; i < readings.size(); ++i) {
            auto finding = settled(*asked.lists[i], *readings[i], ip, env_.now());
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
