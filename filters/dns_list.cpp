// SPDX-License-Identifier: Apache-2.0
#include "filters/dns_list.hpp"

#include <fmt/format.h>

#include <cmath>

namespace filters {
namespace {
using net::RecordType;

std::string octets_text(std::string_view octets)
{
    return fmt::format("{}.{}.{}.{}", static_cast<std::uint8_t>(octets[0]),
                       static_cast<std::uint8_t>(octets[1]), static_cast<std::uint8_t>(octets[2]),
                       static_cast<std::uint8_t>(octets[3]));
}

/// 127.255.255.x is how lists say "not to you"; what is not in 127/8 comes from whoever owns the
/// zone now; 127.0.0.1 is what no list may answer (RFC 5782 §2.1, §5) and some say for "no".
bool is_refusal(const DnsList& list, std::string_view octets)
{
    return octets.substr(0, 3) == "\x7f\xff\xff" || octets[0] != '\x7f'
        || list.refusals.find(octets)
        || (octets == std::string_view{"\x7f\0\0\1", 4} && !list.codes.find(octets));
}

DnsListing read_answer(const DnsList& list, const net::DnsAnswer& answer)
{
    DnsListing reading;
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
}

DnsList DnsList::read(const Settings& item, DnsLists& states)
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
    return list;
}

std::optional<DnsListing> DnsList::look(auth::Answers& dns, const std::string& name,
                                        std::string_view nobody) const
{
    const auto answer = dns.get(name, RecordType::a);
    if (!answer)
        return {};
    DnsListing listing;
    if (answer->has_failed()) {
        listing.failure = answer->problem;
        return listing;
    }
    listing = read_answer(*this, *answer);
    if (!listing.weight || !listing.refusal.empty())
        return listing;
    const auto everybody = dns.get(std::string{nobody} + "." + zone, RecordType::a);
    if (!everybody)
        return {};
    if (everybody->is_found())
        listing.refusal = "lists everybody";
    return listing;
}

mail::Finding settled(const DnsList& list, const DnsListing& listing, const DnsListNames& names,
                      std::string_view subject, net::Env::Steady now)
{
    mail::Finding finding{.name = names.unavailable, .detail = list.zone};
    if (!listing.failure.empty()) {
        // What our own resolver suffers from is no fault of the list.
        if (listing.failure == "SERVFAIL" || listing.failure == "timed out")
            list.state->failed(listing.failure, now);
        finding.evidence = listing.failure;
    } else if (!listing.refusal.empty()) {
        list.state->refused(listing.refusal, now);
        finding.evidence = listing.refusal;
    } else {
        list.state->answered(listing.weight.has_value());
        finding.name = !listing.weight ? "" : *listing.weight < 0 ? names.allowed : names.hit;
        finding.evidence = std::string{subject} + ": " + listing.codes;
        finding.weight = listing.weight;
    }
    return finding;
}
}
