// SPDX-License-Identifier: Apache-2.0
#include "filters/originating_client.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr int most_hops = 10;

/// "[192.0.2.1]", "[IPv6:2001:db8::1]", "192.0.2.1".
std::optional<mail::Ip> address_of(std::string_view word)
{
    if (word.starts_with('[') && word.ends_with(']'))
        word = word.substr(1, word.size() - 2);
    if (word.size() > 5 && mail::equals_ignoring_case(word.substr(0, 5), "ipv6:"))
        word.remove_prefix(5);
    return mail::Ip::parse(word);
}

/// The next word of a comment; blanks and brackets around divide.
std::string_view next_word(std::string_view& text)
{
    const auto from = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(from);
    const auto size = std::min(text.find_first_of(" \t"), text.size());
    const auto word = text.substr(0, size);
    text.remove_prefix(size);
    return word;
}

/// The address in a comment that is not part of what the host said of itself: Exim's "helo=…",
/// qmail's "HELO …".
std::optional<mail::Ip> address_in_comment(std::string_view comment)
{
    if (comment.starts_with("HELO ") || comment.starts_with("EHLO "))
        return {};
    while (!comment.empty()) {
        auto word = next_word(comment);
        if (const auto own = address_of(word))
            return own;
        // Exchange: "[192.0.2.1:port]" or "user@192.0.2.1"; sendmail: "name[192.0.2.1]".
        const auto open = word.find('[');
        if (word.contains('=') || open == word.npos || open == 0)
            continue;
        if (const auto inner = address_of(word.substr(open)))
            return inner;
    }
    return {};
}
}

bool is_public(const mail::Ip& ip)
{
    static const auto special = [] {
        std::vector<mail::Network> list;
        for (const auto text : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
                                "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
                                "::/127", "fc00::/7", "fe80::/10", "ff00::/8"})
            list.push_back(mail::Network::parse(text).value());
        return list;
    }();
    return std::ranges::none_of(special, [&](const auto& one) { return one.contains(ip); });
}

ReceivedFrom read_received(std::string_view value)
{
    ReceivedFrom from;
    value = mail::trimmed(value);
    if (value.size() < 5 || !mail::equals_ignoring_case(value.substr(0, 5), "from "))
        return from;
    value.remove_prefix(5);
    const auto by = std::min(value.find(" by "), value.size());
    value = value.substr(0, by);
    auto rest = value.substr(std::min(value.find_first_of(" \t("), value.size()));
    from.helo = value.substr(0, value.size() - rest.size());
    while (!from.ip) {
        const auto open = rest.find('(');
        const auto close = rest.find(')', open);
        if (open == rest.npos || close == rest.npos)
            break;
        from.ip = address_in_comment(rest.substr(open + 1, close - open - 1));
        rest.remove_prefix(close + 1);
    }
    // Exim writes the address in the name's place where the host has no name.
    if (!from.ip && from.helo.starts_with('['))
        from.ip = address_of(from.helo);
    return from;
}

std::shared_ptr<Forwarders> Forwarders::of(Services& services)
{
    auto& kept = services.kept("forwarders");
    if (!kept)
        kept = std::make_shared<Forwarders>();
    return std::static_pointer_cast<Forwarders>(kept);
}

void Forwarders::replace(ByListener networks)
{
    networks_ = std::make_shared<const ByListener>(std::move(networks));
}

bool Forwarders::has(std::string_view listener, const mail::Ip& ip) const
{
    const auto networks = networks_.load();
    const auto found = networks->find(listener);
    return found != networks->end()
        && std::ranges::any_of(found->second,
                               [&](const mail::Network& network) { return network.contains(ip); });
}

std::optional<Origin> originating_client(const mail::Mail& mail, const Forwarders& forwarders)
{
    Origin origin{mail.client.ip, mail.client.helo, true};
    const auto is_trusted = [&](const mail::Ip& ip) { return forwarders.has(mail.listener, ip); };
    if (!mail.client.is_trusted_forwarder && !is_trusted(origin.ip))
        return origin;
    int hops = 0;
    for (const auto& field : mail.message.header().fields()) {
        if (!field.is("Received"))
            continue;
        auto from = read_received(mail::unfold(field.value.substr(0, 2048)));
        if (!from.ip || ++hops > most_hops)
            return {};
        if (is_public(*from.ip) && !is_trusted(*from.ip))
            return Origin{*from.ip, std::move(from.helo), false};
    }
    return {};
}
}
