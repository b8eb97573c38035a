// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/url.hpp"
#include "filters/services.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/tls.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace filters {
/// True for what may be connected to on a stranger's account: an address of the whole Internet,
/// none of this machine's own, none that carries another inside (6to4, Teredo, NAT64).
bool is_foreign(const mail::Ip& ip);

/// Where short links lead, asked by HEAD. Only services known to shorten links are ever spoken to,
/// never where the link leads in the end; and only by an address that was looked at before.
class ShortLinks {
public:
    struct Limits {
        std::size_t links = 5; ///< of one message
        unsigned hops = 3; ///< from one service to the next
        std::chrono::milliseconds step{2000}; ///< to connect, for TLS and for the answer, each
        std::chrono::milliseconds all{5000}; ///< for all links of one message
        std::size_t under_way = 50; ///< of all messages at once
        std::size_t kept = 10'000; ///< answers, for an hour
    };
    /// How it reaches others; a test has doors of its own.
    struct Doors {
        bool (*is_open)(const mail::Ip&) = is_foreign;
        net::awaitable<net::Stream> (*connect)(net::Endpoint, std::chrono::milliseconds) = nullptr;
        std::shared_ptr<const net::TlsContext> tls = {}; ///< none: the system's authorities
    };
    struct Target {
        std::string from; ///< the short link, "https://bit.ly/x"
        content::Url url; ///< where it leads
    };
    /// `services` outlives it.
    ShortLinks(Limits limits, Services& services);
    ShortLinks(Limits limits, Services& services, Doors doors);
    /// Where those of `links` lead that are short ones; each once, those that do not say left out.
    /// DNS queries are on the account of `mail`, which outlives the wait. On a loop.
    net::awaitable<std::vector<Target>> resolve(std::vector<content::Url> links,
                                                const mail::Mail& mail) const;

private:
    struct Memory;
    net::awaitable<void> resolve_one(const content::Url& link, const mail::Mail& mail,
                                     std::optional<content::Url>& into) const;
    net::awaitable<std::optional<content::Url>> step(const content::Url& link,
                                                     const mail::Mail& mail) const;
    net::awaitable<std::optional<mail::Ip>> address_of(std::string host,
                                                       const mail::Mail& mail) const;
    Limits limits_;
    Services& services_;
    Doors doors_;
    net::Env& env_;
    std::shared_ptr<const net::TlsContext> tls_;
    std::shared_ptr<Memory> memory_;
};
}
