// SPDX-License-Identifier: Apache-2.0
#include "web/front/visitor.hpp"

#include "gateway/mail/ascii.hpp"
#include "web/front/text.hpp"

#include <algorithm>

namespace front {
namespace {
constexpr std::string_view secure_cookie = "__Host-mailweir", plain_cookie = "mailweir";
constexpr std::string_view language_name = "mailweir-language", setup_name = "mailweir-setup";
constexpr std::size_t longest_token = 200;
constexpr int most_hops = 20;

bool is_token(std::string_view text)
{
    return !text.empty() && text.size() <= longest_token && std::ranges::all_of(text, [](char c) {
        return mail::is_alphanumeric(c) || c == '-' || c == '_';
    });
}

/// "192.0.2.1", "192.0.2.1:4711", "[2001:db8::1]:4711".
std::optional<mail::Ip> address_in(std::string_view text)
{
    text = trimmed(text);
    if (text.starts_with('['))
        return mail::Ip::parse(text.substr(1, std::min(text.find(']'), text.size()) - 1));
    if (std::ranges::count(text, ':') == 1)
        text = text.substr(0, text.find(':'));
    return mail::Ip::parse(text);
}

mail::Ip client_behind(mail::Ip ip, std::string_view forwarded, const Settings& settings)
{
    for (int hop = 0; hop < most_hops && is_among(settings.proxies, ip); ++hop) {
        const auto comma = forwarded.rfind(',');
        const auto next
            = address_in(comma == forwarded.npos ? forwarded : forwarded.substr(comma + 1));
        if (!next)
            break;
        ip = *next;
        if (comma == forwarded.npos)
            break;
        forwarded = forwarded.substr(0, comma);
    }
    return ip;
}

std::optional<Language> language_named(std::string_view code)
{
    if (code == "en")
        return Language::english;
    if (code == "ja")
        return Language::japanese;
    return {};
}

/// The language of ours with the highest weight (RFC 9110 §12.5.4); the first of equals.
Language preferred(std::string_view accepted)
{
    auto best = Language::english;
    int most = 0;
    while (!accepted.empty()) {
        const auto [item, rest] = cut(accepted, ',');
        const auto [range, parameters] = cut(item, ';');
        accepted = rest;
        const auto language = language_named(lower_case(cut(trimmed(range), '-').first));
        int weight = 1000;
        if (const auto q = trimmed(parameters); q.starts_with("q=")) {
            weight = q.substr(2).starts_with('1') ? 1000 : 0;
            int unit = 100;
            for (const char c : q.substr(std::min<std::size_t>(q.size(), 4))) {
                if (c < '0' || c > '9' || unit == 0 || weight == 1000)
                    break;
                weight += (c - '0') * unit;
                unit /= 10;
            }
        }
        if (language && weight > most) {
            best = *language;
            most = weight;
        }
    }
    return best;
}

void choose_language(const net::HttpRequest& request, Visitor& visitor)
{
    const auto query = parse_fields(target_of(request.target).query);
    if (const auto wanted = language_named(field(query, "lang"))) {
        visitor.language = *wanted;
        visitor.has_chosen_language = true;
        return;
    }
    const auto kept = cookie(header(request, "cookie"), language_name);
    const auto language = language_named(kept.value_or(""));
    visitor.language = language ? *language : preferred(header(request, "accept-language"));
}

std::string attributes(const Visitor& visitor)
{
    return std::string{"; Path=/; HttpOnly; SameSite=Lax"} + (visitor.is_secure ? "; Secure" : "");
}
}

bool is_among(const std::vector<mail::Network>& networks, const mail::Ip& ip)
{
    return std::ranges::any_of(networks, [&](const auto& network) { return network.contains(ip); });
}

std::string_view code_of(Language language) { return language == Language::japanese ? "ja" : "en"; }

std::string_view header(const net::HttpRequest& request, std::string_view name)
{
    const auto found = request.headers.find(std::string{name});
    return found == request.headers.end() ? std::string_view{} : found->second;
}

Visitor visitor_of(const net::HttpRequest& request, const Settings& settings)
{
    const mail::Ip peer{request.peer.bytes};
    Visitor visitor{.ip = client_behind(peer, header(request, "x-forwarded-for"), settings),
                    .is_secure = request.is_tls};
    if (is_among(settings.proxies, peer)) {
        const auto protocols = header(request, "x-forwarded-proto");
        const auto comma = protocols.rfind(',');
        const auto last = comma == protocols.npos ? protocols : protocols.substr(comma + 1);
        if (!trimmed(last).empty())
            visitor.is_secure = lower_case(trimmed(last)) == "https";
    }
    choose_language(request, visitor);
    const auto token
        = cookie(header(request, "cookie"), visitor.is_secure ? secure_cookie : plain_cookie);
    if (token && is_token(*token))
        visitor.session = *token;
    return visitor;
}

std::string session_cookie(const Visitor& visitor, const std::string& token)
{
    std::string text{visitor.is_secure ? secure_cookie : plain_cookie};
    text += "=" + (is_token(token) ? token : std::string{}) + attributes(visitor);
    return is_token(token) ? text : text + "; Max-Age=0";
}

std::string language_cookie(const Visitor& visitor)
{
    return std::string{language_name} + "=" + std::string{code_of(visitor.language)}
    + attributes(visitor) + "; Max-Age=31536000";
}

std::string setup_reached(const net::HttpRequest& request)
{
    return cookie(header(request, "cookie"), setup_name).value_or("");
}

std::string setup_cookie(const Visitor& visitor, std::string_view step)
{
    return std::string{setup_name} + "=" + std::string{step} + attributes(visitor);
}

bool is_safe(std::string_view method)
{
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool is_foreign(const net::HttpRequest& request)
{
    if (is_safe(request.method))
        return false;
    if (const auto site = header(request, "sec-fetch-site"); !site.empty())
        return site != "same-origin" && site != "none";
    const auto origin = header(request, "origin");
    if (origin.empty())
        return false;
    const auto scheme = origin.find("://");
    return scheme == origin.npos
        || lower_case(origin.substr(scheme + 3)) != lower_case(header(request, "host"));
}
}
