// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/answers.hpp"
#include "filters/generic_name.hpp"
#include "filters/layer.hpp"
#include "filters/originating_client.hpp"
#include "filters/reverse_name.hpp"

#include <algorithm>

namespace filters {
namespace {
using net::RecordType;

constexpr std::string_view confirmed = "reverse.confirmed";
constexpr std::string_view none = "reverse.none";
constexpr std::string_view unconfirmed = "reverse.unconfirmed";
constexpr std::string_view generic = "reverse.generic";
constexpr std::string_view temperror = "reverse.temperror";
constexpr std::size_t most_names = 5;

std::string octets_of(const mail::Ip& ip)
{
    const auto& bytes = ip.bytes();
    return {bytes.begin() + (ip.is_v4() ? 12 : 0), bytes.end()};
}

bool has_address(const net::DnsAnswer& addresses, const mail::Ip& ip)
{
    const auto own = octets_of(ip);
    return std::ranges::any_of(addresses.records,
                               [&](const net::DnsRecord& record) { return record.data == own; });
}

Findings found(const mail::Ip& ip, std::string_view name, std::string detail, std::string evidence)
{
    Findings findings;
    const bool is_generic = is_generic_name(detail, ip);
    findings.push_back({.name = name, .detail = detail, .evidence = std::move(evidence)});
    if (is_generic)
        findings.push_back({.name = generic, .detail = std::move(detail)});
    return findings;
}

/// What the names of the client's address say. Only a name whose own addresses include the client's
/// is the client's: the owner of an address block may write any name into it.
std::optional<Findings> look(auth::Answers& dns, const mail::Ip& ip)
{
    const auto names = dns.get(reverse_name(ip, "in-addr.arpa", "ip6.arpa"), RecordType::ptr);
    if (!names)
        return {};
    if (names->has_failed())
        return found(ip, temperror, {}, names->problem);
    if (!names->is_found())
        return found(ip, none, {}, {});
    std::string problem;
    for (std::size_t i = 0; i < std::min(names->records.size(), most_names); ++i) {
        const std::string& name = names->records[i].data;
        const auto addresses = dns.get(name, ip.is_v4() ? RecordType::a : RecordType::aaaa);
        if (!addresses)
            return {};
        if (addresses->has_failed())
            problem = name + ": " + addresses->problem;
        if (has_address(*addresses, ip))
            return found(ip, confirmed, name, {});
    }
    if (!problem.empty())
        return found(ip, temperror, {}, problem);
    return found(ip, unconfirmed, names->records.front().data, {});
}

/// The client's name by the DNS, and whether it looks like a subscriber's.
class Reverse final : public Layer {
public:
    explicit Reverse(Services& services) : services_{services} { }

    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        // A name that is known already came from a trusted proxy.
        const auto& client = mail.client;
        if (!services_.resolver || client.is_inside || !client.reverse_name.empty()
            || !is_public(client.ip) || !services_.resolver->has_servers())
            return Findings{};
        return auth::looked_up(auth::Answers{services_.resolver, mail},
                               [ip = client.ip](auth::Answers& dns) { return look(dns, ip); });
    }

private:
    Services& services_;
};

std::unique_ptr<Layer> make(const Settings&, Services& services)
{
    return std::make_unique<Reverse>(services);
}
}

extern const LayerType reverse{
    .name = "reverse",
    .summary = "Looks up the client's name and whether that name leads back to it.",
    .findings = {
        {.name = confirmed,
         .english = "The client's address has a name that leads back to it: {}",
         .japanese = "クライアントの逆引き名は正引きで確認されました: {}"},
        {.name = none,
         .english = "The client's address has no name.",
         .japanese = "クライアントのアドレスに逆引き名がありません。"},
        {.name = unconfirmed,
         .english = "The client's address claims a name that does not lead back to it: {}",
         .japanese = "クライアントの逆引き名が正引きと一致しません: {}"},
        {.name = generic,
         .english = "The client's name looks like that of a subscriber's line: {}",
         .japanese = "クライアントの名前が動的割り当てのもののようです: {}"},
        {.name = temperror,
         .english = "The client's name could not be looked up.",
         .japanese = "クライアントの逆引きができませんでした。"},
    },
    .settings = "",
    .limit = std::chrono::seconds{8},
    .make = make,
};
}
