// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/answers.hpp"
#include "filters/layer.hpp"
#include "filters/originating_client.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view own_name = "helo.own_name";
constexpr std::string_view localhost = "helo.localhost";
constexpr std::string_view wrong_literal = "helo.wrong_literal";
constexpr std::string_view not_qualified = "helo.not_qualified";
constexpr std::string_view invalid = "helo.invalid";
constexpr std::string_view unknown = "helo.unknown";
constexpr std::string_view mismatch = "helo.mismatch";

std::string lower(std::string_view text)
{
    std::string out{text.substr(0, 255)};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

bool has_address(const net::DnsAnswer& answer, const mail::Ip& ip)
{
    const auto& bytes = ip.bytes();
    const std::string own{bytes.begin() + (ip.is_v4() ? 12 : 0), bytes.end()};
    return std::ranges::any_of(answer.records,
                               [&](const net::DnsRecord& record) { return record.data == own; });
}

/// Whether the name exists and leads to the client. A look-up that fails proves nothing.
std::optional<Findings> look(auth::Answers& dns, const mail::Ip& ip, const std::string& name)
{
    using net::RecordType;
    bool exists = false;
    for (const auto type : {ip.is_v4() ? RecordType::a : RecordType::aaaa,
                            ip.is_v4() ? RecordType::aaaa : RecordType::a, RecordType::mx}) {
        if (exists)
            break;
        const auto answer = dns.get(name, type);
        if (!answer)
            return {};
        if (answer->has_failed() || has_address(*answer, ip))
            return Findings{};
        exists = answer->is_found();
    }
    return Findings{{.name = exists ? mismatch : unknown,
                     .detail = name,
                     .evidence = "from " + ip.to_string()}};
}

/// What a client calls itself, compared with what is known, then with the DNS.
class Helo final : public Layer {
public:
    Helo(const Settings& settings, Services& services)
        : services_{services}, own_names_{settings.texts("own_names")},
          uses_dns_{settings.boolean("dns")}
    {
        for (auto& name : own_names_)
            name = lower(name);
    }

    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        const auto& client = mail.client;
        if (client.helo.empty() || client.is_inside)
            return Findings{};
        if (const auto name = fact(client); !name.empty())
            return Findings{{.name = name,
                             .detail = lower(client.helo),
                             .evidence = "from " + client.ip.to_string()}};
        const auto domain = mail::Domain::parse(lower(client.helo));
        if (!services_.resolver || !uses_dns_ || !domain || domain->is_literal()
            || !is_public(client.ip) || domain->ascii() == client.reverse_name)
            return Findings{};
        return auth::looked_up(auth::Answers{services_.resolver, mail},
                               [ip = client.ip, name = domain->ascii()](auth::Answers& dns) {
                                   return look(dns, ip, name);
                               });
    }

private:
    std::string_view fact(const mail::Client& client) const
    {
        const std::string name = lower(client.helo);
        // RFC 5321 §4.1.3 wants brackets; bare addresses are as common and as telling.
        if (const auto ip = literal(name))
            return *ip == client.ip ? (name.front() == '[' ? "" : not_qualified) : wrong_literal;
        const auto domain = mail::Domain::parse(name);
        if (!domain || domain->is_literal())
            return invalid;
        const std::string& ascii = domain->ascii();
        if (ascii == "localhost" || ascii.starts_with("localhost.")
            || ascii.ends_with(".localdomain"))
            return localhost;
        if (std::find(own_names_.begin(), own_names_.end(), ascii) != own_names_.end()
            || (services_.is_own_domain && services_.is_own_domain(*domain)))
            return own_name;
        return ascii.find('.') == std::string::npos ? not_qualified : std::string_view{};
    }
    static std::optional<mail::Ip> literal(std::string_view name)
    {
        if (name.starts_with('[') && name.ends_with(']'))
            name = name.substr(1, name.size() - 2);
        if (name.starts_with("ipv6:"))
            name.remove_prefix(5);
        return mail::Ip::parse(name);
    }

    Services& services_;
    std::vector<std::string> own_names_;
    bool uses_dns_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Helo>(settings, services);
}
}

extern const LayerType helo{
    .name = "helo",
    .summary = "Compares what a client calls itself with what is known of it.",
    .findings = {
        {.name = own_name,
         .english = "The client introduced itself with a name of ours: {}",
         .japanese = "クライアントが当方の名前を名乗りました: {}",
         .refusal = "you greeted us with our own name"},
        {.name = localhost,
         .english = "The client introduced itself as this very machine: {}",
         .japanese = "クライアントがlocalhostを名乗りました: {}"},
        {.name = wrong_literal,
         .english = "The client introduced itself with an address that is not its own: {}",
         .japanese = "クライアントが自分のものでないアドレスを名乗りました: {}"},
        {.name = not_qualified,
         .english = "The client's name is not fully qualified: {}",
         .japanese = "クライアントの名前が完全修飾名ではありません: {}"},
        {.name = invalid,
         .english = "The client's name is no name at all: {}",
         .japanese = "クライアントの名前が名前として正しくありません: {}"},
        {.name = unknown,
         .english = "The client introduced itself with a name that does not exist: {}",
         .japanese = "クライアントが名乗った名前はDNSに存在しません: {}"},
        {.name = mismatch,
         .english = "The client introduced itself with a name that leads elsewhere: {}",
         .japanese = "クライアントが名乗った名前は別のアドレスを指しています: {}"},
    },
    .settings = R"(# Names that nobody outside may use. The hostname is one unless others are
# named here; the domains always are.
own_names: []
# Ask the DNS whether the name exists and leads to the client.
dns: true
)",
    .after = {"reverse"},
    .limit = std::chrono::seconds{8},
    .make = make,
};
}
