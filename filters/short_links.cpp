// SPDX-License-Identifier: Apache-2.0
#include "filters/short_links.hpp"

#include "filters/auth/mail_dns.hpp"
#include "filters/content/link_signs.hpp"
#include "filters/dns_address.hpp"
#include "filters/originating_client.hpp"
#include "gateway/net/http_head.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <set>

namespace filters {
namespace {
using content::Url;
using net::awaitable;
constexpr std::chrono::hours kept_for{1};
constexpr std::size_t longest_link = 2048;

bool is_short(const Url& url)
{
    const bool is_usual_port = url.port == 0 || url.port == 80 || url.port == 443;
    return (url.scheme == "http" || url.scheme == "https") && !url.is_address && is_usual_port
        && content::is_short_link(url.registrable());
}

/// This machine's own addresses; looked up again now and then, for they may change.
bool is_own_address(const mail::Ip& ip)
{
    ::ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0)
        return true; // nobody knows, so nobody is asked
    const std::unique_ptr<::ifaddrs, decltype(&::freeifaddrs)> owner{all, &::freeifaddrs};
    for (const auto* one = all; one != nullptr; one = one->ifa_next)
        if (one->ifa_addr != nullptr
            && (one->ifa_addr->sa_family == AF_INET || one->ifa_addr->sa_family == AF_INET6)
            && mail::Ip{net::endpoint_of(*one->ifa_addr).bytes} == ip)
            return true;
    return false;
}

awaitable<net::Stream> connect_directly(net::Endpoint peer, std::chrono::milliseconds limit)
{
    return net::Stream::connect(peer, limit);
}

}

bool is_foreign(const mail::Ip& ip)
{
    if (!is_public(ip))
        return false;
    static const std::array others{
        *mail::Network::parse("100.64.0.0/10"),  *mail::Network::parse("192.0.0.0/24"),
        *mail::Network::parse("192.0.2.0/24"),   *mail::Network::parse("192.88.99.0/24"),
        *mail::Network::parse("198.18.0.0/15"),  *mail::Network::parse("198.51.100.0/24"),
        *mail::Network::parse("203.0.113.0/24"), *mail::Network::parse("224.0.0.0/3"),
        *mail::Network::parse("2001::/23"),      *mail::Network::parse("2001:db8::/32"),
        *mail::Network::parse("2002::/16"),      *mail::Network::parse("3fff::/20")};
    static const auto global = *mail::Network::parse("2000::/3");
    const auto holds = [&](const mail::Network& network) { return network.contains(ip); };
    return (ip.is_v4() || global.contains(ip)) && std::ranges::none_of(others, holds)
        && !is_own_address(ip);
}

/// Answers of the last hour, and how much is under way. Shared by all messages.
struct ShortLinks::Memory {
    struct Known {
        std::optional<Url> target;
        net::Env::Steady until;
    };
    std::mutex mutex;
    std::map<std::string, Known, std::less<>> known;
    std::atomic<std::size_t> under_way{0};

    const std::optional<Known> find(const std::string& link, net::Env::Steady now)
    {
        const std::lock_guard lock{mutex};
        const auto found = known.find(link);
        if (found == known.end() || found->second.until < now)
            return {};
        return found->second;
    }
    void keep(const std::string& link, std::optional<Url> target, net::Env::Steady now,
              std::size_t most)
    {
        const std::lock_guard lock{mutex};
        if (known.size() >= most)
            known.clear();
        known.insert_or_assign(link, Known{std::move(target), now + kept_for});
    }
};

ShortLinks::ShortLinks(Limits limits, Services& services)
    : ShortLinks{limits, services, {is_foreign, connect_directly, {}}}
{ }

ShortLinks::ShortLinks(Limits limits, Services& services, Doors doors)
    : limits_{limits}, services_{services}, doors_{std::move(doors)},
      env_{services.env ? *services.env : net::Env::real()}
{
    auto& kept = services.kept("short_links");
    if (!kept)
        kept = std::make_shared<Memory>();
    memory_ = std::static_pointer_cast<Memory>(kept);
    if (doors_.tls)
        tls_ = doors_.tls;
    else if (auto context = net::TlsContext::client(net::Verify::required))
        tls_ = std::move(*context);
}

/// The address to connect to: none where any is not open, for then the name is a trick.
awaitable<std::optional<mail::Ip>> ShortLinks::address_of(std::string host,
                                                          const mail::Mail& mail) const
{
    auth::MailDns dns{services_.resolver, mail};
    std::optional<mail::Ip> chosen;
    for (const auto type : {net::RecordType::a, net::RecordType::aaaa}) {
        const auto answer = co_await dns.ask(host, type);
        for (const auto& record : answer->records) {
            const auto ip = filters::address_of(record);
            if (!ip || !doors_.is_open(*ip))
                co_return std::nullopt;
            if (!chosen)
                chosen = ip;
        }
        if (chosen)
            break;
    }
    co_return chosen;
}

awaitable<std::optional<Url>> ShortLinks::step(const Url& link, const mail::Mail& mail) const
{
    const auto ip = co_await address_of(link.host, mail);
    const bool is_https = link.scheme == "https";
    if (!ip || (is_https && !tls_))
        co_return std::nullopt;
    net::Endpoint peer;
    peer.bytes = ip->bytes();
    peer.port = link.port != 0 ? link.port : is_https ? 443 : 80;
    auto stream = co_await doors_.connect(peer, limits_.step);
    stream.expires_after(limits_.step);
    if (is_https)
        co_await stream.start_tls(tls_, link.host);
    std::string target = link.path.empty() ? "/" : link.path;
    if (!link.query.empty())
        target += "?" + link.query;
    stream.expires_after(limits_.step);
    const auto head = co_await net::http_head(std::move(stream), link.host, std::move(target));
    if (head.status < 300 || head.status > 399 || head.location.empty()
        || head.location.size() > longest_link)
        co_return std::nullopt;
    co_return content::parse_url(head.location, &link);
}

awaitable<void> ShortLinks::resolve_one(const Url& link, const mail::Mail& mail,
                                        std::optional<Url>& into) const
{
    struct Count {
        std::atomic<std::size_t>& of;
        ~Count() { --of; }
    };
    const std::size_t others = memory_->under_way++;
    const Count count{memory_->under_way};
    if (others >= limits_.under_way)
        co_return;
    auto at = link;
    try {
        for (unsigned hop = 0; hop < limits_.hops && is_short(at); ++hop) {
            auto next = co_await step(at, mail);
            if (!next)
                break;
            at = std::move(*next);
        }
    } catch (const net::TimedOut&) {
        // Where it got to so far is known.
    } catch (const std::exception& error) {
        // The same: what one link's service does must not cost the facts of all others.
        spdlog::debug("short link {}: {}", link.host, error.what());
    }
    if (at.to_string() != link.to_string())
        into = std::move(at);
}

awaitable<std::vector<ShortLinks::Target>> ShortLinks::resolve(std::vector<Url> links,
                                                               const mail::Mail& mail) const
{
    struct One {
        Url link;
        std::string written;
        std::optional<Url> target;
        bool is_known = false;
    };
    std::vector<One> all;
    std::set<std::string> seen;
    for (auto& link : links)
        if (all.size() < limits_.links && is_short(link))
            if (auto written = link.to_string();
                written.size() <= longest_link && seen.insert(written).second)
                all.push_back({std::move(link), std::move(written), {}, false});
    std::vector<awaitable<void>> work;
    for (auto& one : all)
        if (auto known = memory_->find(one.written, env_.now())) {
            one.target = std::move(known->target);
            one.is_known = true;
        } else
            work.push_back(resolve_one(one.link, mail, one.target));
    bool is_whole = true;
    if (!work.empty() && services_.resolver) {
        try {
            co_await net::with_deadline(net::all(std::move(work)), limits_.all);
        } catch (const net::TimedOut&) {
            is_whole = false;
        }
    }
    std::vector<Target> targets;
    for (auto& one : all) {
        if (!one.is_known && (is_whole || one.target))
            memory_->keep(one.written, one.target, env_.now(), limits_.kept);
        if (one.target)
            targets.push_back({std::move(one.written), std::move(*one.target)});
    }
    co_return targets;
}
}
