// SPDX-License-Identifier: Apache-2.0
#include "web/api/web_hook.hpp"

#include "filters/feeds/file_text.hpp"
#include "filters/short_links.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/tls.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <ranges>

namespace web {
using namespace std::chrono_literals;

namespace {
constexpr std::chrono::seconds first_pause{5}, longest_pause{3600};
/// A new notice is tried at once unless another was so lately.
constexpr std::chrono::seconds least_pause{60};
constexpr auto given_up_after = std::chrono::hours{24};
constexpr net::FetchLimits limits{.body = 64 * 1024, .connect = 10s, .all = 30s};

/// What a notice needs besides its text.
struct Means {
    std::shared_ptr<const net::TlsContext> tls;
    std::string secret;
};

/// Read anew each time, so that a new secret counts at once.
std::expected<Means, std::string> means_of(const HookSettings& settings)
{
    auto text = filters::feeds::file_text(settings.secret_file);
    if (!text)
        return std::unexpected{"the secret cannot be read: " + settings.secret_file};
    Means means;
    means.secret = text->substr(0, text->find_first_of("\r\n"));
    if (means.secret.empty())
        return std::unexpected{"the secret is empty: " + settings.secret_file};
    auto tls = net::TlsContext::client(net::Verify::required, settings.ca_file);
    if (!tls)
        return std::unexpected{tls.error()};
    means.tls = std::move(*tls);
    return means;
}

/// An address that stands in the configuration is meant; one that a name leads to must not lead
/// inside unless the configuration says so.
bool may_reach(const HookSettings& settings, const std::string& host, const net::Endpoint& server)
{
    const mail::Ip ip{server.bytes};
    return mail::Ip::parse(host) == ip || filters::is_foreign(ip)
        || std::ranges::any_of(settings.networks,
                               [&](const mail::Network& network) { return network.contains(ip); });
}
}

std::string hook_name(std::string_view url)
{
    const auto scheme = url.find("://");
    const auto host = scheme == url.npos ? 0 : scheme + 3;
    const auto end = std::min(url.find_first_of("/?#", host), url.size());
    const auto begin = std::min(url.find_last_of('@', end) + 1, end); // without a password
    return std::string{url.substr(0, host)}
    + std::string{url.substr(begin > host ? begin : host, end - (begin > host ? begin : host))}
    + (end + 1 < url.size() ? "/…" : "");
}

std::string hook_signature(std::string_view secret, std::int64_t time, std::string_view body)
{
    const auto text = fmt::format("{}.{}", time, body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    ::HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data(), &size);
    std::string out = fmt::format("t={},v1=", time);
    for (unsigned i = 0; i < size; ++i)
        out += fmt::format("{:02x}", hash[i]);
    return out;
}

void WebHook::add(std::string id, std::string body)
{
    if (queue_.size() >= most) {
        spdlog::error("web-hook: {} notices wait, the oldest is dropped", queue_.size());
        queue_.pop_front();
        ++counts_.dropped;
    }
    queue_.push_back({{std::move(id), std::move(body), env_.wall_now()}});
    if (env_.now() - tried_ >= least_pause)
        queue_.front().next = env_.now();
}

std::vector<WebHook::Owed> WebHook::owed() const { return {queue_.begin(), queue_.end()}; }

void WebHook::restore(std::vector<Owed> notices)
{
    for (auto& notice : notices | std::views::reverse)
        if (queue_.size() < most)
            queue_.push_front({std::move(notice)});
}

awaitable<std::string> WebHook::send(HookSettings settings, std::string id, std::string body)
{
    co_return (co_await send_one(std::move(settings), std::move(id), std::move(body))).problem;
}

awaitable<WebHook::Outcome> WebHook::send_one(HookSettings settings, std::string id,
                                              std::string body)
{
    const auto address = net::parse_https_address(settings.url);
    if (!address)
        co_return Outcome{"its address is no https:// address"};
    auto means = co_await pool_.run([&settings] { return means_of(settings); });
    if (!means)
        co_return Outcome{means.error()};
    const auto now = std::chrono::floor<std::chrono::seconds>(env_.wall_now());
    net::HttpRequest request{
        .method = "POST",
        .headers = {{"content-type", "application/json"},
                    {"mailweir-delivery", std::move(id)},
                    {"mailweir-signature",
                     hook_signature(means->secret, now.time_since_epoch().count(), body)}},
        .body = std::move(body)};
    const auto answer = co_await net::https_send(
        resolver_, *address, std::move(request), means->tls, limits,
        [&](const net::Endpoint& server) { return may_reach(settings, address->host, server); });
    if (!answer)
        co_return Outcome{answer.error()};
    if (answer->status / 100 == 2)
        co_return Outcome{};
    constexpr std::array<unsigned, 4> of_the_text{400, 413, 415, 422};
    const bool is_final = std::ranges::find(of_the_text, answer->status) != of_the_text.end();
    co_return Outcome{fmt::format("the server answered {}", answer->status), is_final};
}

void WebHook::put_off(const std::string& id, Outcome outcome)
{
    ++counts_.failed;
    problem_ = std::move(outcome.problem);
    // It may have been dropped meanwhile.
    if (queue_.empty() || queue_.front().id != id)
        return;
    auto& notice = queue_.front();
    const auto pause
        = std::min(first_pause * (1U << std::min(notice.attempts, 10U)), longest_pause);
    ++notice.attempts;
    notice.next = env_.now() + pause;
    spdlog::warn("web-hook: notice {} was not taken: {}; again in {} s", id, problem_,
                 pause.count());
    if (!outcome.is_final && env_.wall_now() - notice.made < given_up_after)
        return;
    spdlog::error("web-hook: notice {} is given up", id);
    ++counts_.dropped;
    queue_.pop_front();
}

awaitable<void> WebHook::deliver(HookSettings settings)
{
    if (std::exchange(is_busy_, true))
        co_return;
    while (!queue_.empty() && queue_.front().next <= env_.now()) {
        const auto id = queue_.front().id;
        auto body = queue_.front().body;
        tried_ = env_.now();
        Outcome outcome;
        try {
            outcome = co_await send_one(settings, id, std::move(body));
        } catch (const std::exception& error) {
            outcome.problem = error.what();
        }
        if (!outcome.problem.empty()) {
            const bool is_final = outcome.is_final;
            put_off(id, std::move(outcome));
            if (is_final)
                continue;
            break;
        }
        ++counts_.sent;
        problem_.clear();
        if (!queue_.empty() && queue_.front().id == id)
            queue_.pop_front();
    }
    is_busy_ = false;
}
}
