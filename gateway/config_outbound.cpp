// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_outbound.hpp"

#include "gateway/config_circle.hpp"
#include "gateway/config_values.hpp"

namespace app {
using filters::Complaints;
using filters::Yaml;

namespace {
void fill_srs(const Yaml& value, smtp::Settings& settings, Complaints& complaints)
{
    const auto text = text_of(value);
    if (text.empty())
        return;
    const auto domain = mail::Domain::parse(text);
    if (!domain || !settings.domains.contains(domain->ascii()))
        complaints.push_back(value.complain("forwarded mail leaves under a domain of \"domains\""));
    else
        settings.srs = *domain;
}
}

void fill_outbound(const Yaml& tree, smtp::Settings& settings, Complaints& complaints)
{
    if (const Yaml relay = tree.at({"outbound", "relay"}))
        settings.outbound = route_of(relay, "outbound", complaints);
    auto& outside = settings.outside;
    const Yaml port = value_of(tree, "outbound.port");
    const auto number = count_of(port);
    if (number < 1 || number > 65'535)
        complaints.push_back(port.complain("a port is a number from 1 to 65535"));
    outside.port = static_cast<std::uint16_t>(number);
    outside.never_to = networks_of(value_of(tree, "outbound.never_to"));
    outside.has_dane = boolean_of(value_of(tree, "outbound.dane"));
    outside.has_sts = boolean_of(value_of(tree, "outbound.mta_sts"));
    outside.own_addresses = machine_addresses();
    settings.account.header = text_of(value_of(tree, "outbound.account_header"));
    settings.account.header_from = networks_of(value_of(tree, "outbound.account_header_from"));
    settings.account.is_envelope = boolean_of(value_of(tree, "outbound.envelope_is_account"));
    fill_srs(value_of(tree, "outbound.srs"), settings, complaints);
}

smtp::AuthUse auth_of(const Yaml& value)
{
    const auto text = text_of(value);
    return text == "required" ? smtp::AuthUse::required
        : text == "offered"   ? smtp::AuthUse::offered
                              : smtp::AuthUse::off;
}

void complain_of_auth(const Yaml& item, const smtp::ListenerSettings& listener,
                      Complaints& complaints)
{
    if (listener.auth == smtp::AuthUse::off)
        return;
    if (listener.role != mail::Direction::outbound)
        complaints.push_back(item.find("auth").complain(
            "people sign in to send: the listener's role must be outbound"));
    if (listener.certificates.empty())
        complaints.push_back(item.find("auth").complain(
            "passwords are not said in the clear: \"tls\" with a certificate is missing here"));
}
}
