// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sts_fetch.hpp"

#include "gateway/net/https_get.hpp"
#include "gateway/smtp/mx.hpp"

#include <algorithm>
#include <string>

namespace smtp {
namespace {
using Text = std::expected<std::string, std::string>;

net::awaitable<Text> fetch(Context* context, std::string domain)
{
    constexpr net::FetchLimits limits{
        .body = 64 * 1024, .connect = std::chrono::seconds{4}, .all = std::chrono::seconds{6}};
    const auto snapshot = context->snapshot();
    const auto address
        = net::parse_https_address("https://mta-sts." + domain + "/.well-known/mta-sts.txt");
    if (!address)
        co_return std::unexpected{std::string{"its name makes no address"}};
    DeliveryDns dns{*context->resolver};
    auto found = co_await host_addresses(dns, address->host, address->port);
    std::erase_if(found.addresses, [&](const net::Endpoint& one) {
        return std::ranges::any_of(
            snapshot->settings.outside.never_to,
            [&](const mail::Network& network) { return network.contains(mail::Ip{one.bytes}); });
    });
    if (found.addresses.size() > 2)
        found.addresses.resize(2);
    auto answer = co_await net::https_send(std::move(found.addresses), *address, {.method = "GET"},
                                           snapshot->client_tls_verified, limits);
    if (!answer)
        co_return std::unexpected{std::move(answer.error())};
    if (answer->status != 200)
        co_return std::unexpected{"the server answered " + std::to_string(answer->status)};
    co_return std::move(answer->body);
}
}

StsCache::Fetch sts_fetch(Context& context)
{
    return [for_all = &context](std::string domain) { return fetch(for_all, std::move(domain)); };
}
}
