// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/uri_list.hpp"

#include "filters/content/url.hpp"
#include "filters/content/url_host.hpp"
#include "filters/rules/text_links.hpp"
#include "gateway/mail/address.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <unordered_set>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_uris = 3000, most_found = 1000, longest_uri = 8192;
constexpr std::size_t most_octets = 256U << 10; ///< of all together
constexpr std::size_t most_targets = 20; ///< of one link and scheme

int digit(char c)
{
    if (mail::is_digit(c))
        return c - '0';
    const char lower = mail::to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// "%41" → "A", for characters that need no percent sign.
std::string without_percents(std::string_view uri)
{
    std::string out;
    for (std::size_t i = 0; i < uri.size(); ++i) {
        const int high = uri[i] == '%' && i + 2 < uri.size() ? digit(uri[i + 1]) : -1;
        const int low = high >= 0 ? digit(uri[i + 2]) : -1;
        const int value = high * 16 + low;
        if (low >= 0 && value > 32 && value < 127) {
            out += static_cast<char>(value);
            i += 2;
        } else
            out += uri[i];
    }
    return out;
}

bool has_scheme(std::string_view uri)
{
    const auto colon = uri.find(':');
    return colon != std::string_view::npos && colon > 0
        && std::ranges::all_of(uri.substr(0, colon), [](char c) {
               return mail::is_alphanumeric(c) || c == '+' || c == '-' || c == '.';
           });
}

std::size_t begins_with_scheme(std::string_view uri)
{
    for (const std::string_view scheme : {"http:", "https:", "ftp:"})
        if (uri.size() >= scheme.size()
            && mail::equals_ignoring_case(uri.substr(0, scheme.size()), scheme))
            return scheme.size();
    return 0;
}

/// "http:" and one or two slashes of either kind, or blanks, or nothing, as "http://".
std::string with_two_slashes(std::string uri)
{
    const auto scheme = begins_with_scheme(uri);
    if (scheme == 0)
        return uri;
    std::ranges::replace(uri, '\\', '/');
    const auto host = std::min(uri.find_first_not_of("/ ", scheme), uri.size());
    const auto slashes = std::ranges::count(uri.substr(scheme, host - scheme), '/');
    return slashes > 2 ? uri : uri.substr(0, scheme) + "//" + uri.substr(host);
}

/// The host as programs would look it up: no dot at the end, numbers of any kind as an address, a
/// bare word of "http:" completed, beyond ASCII as A-labels.
std::string usual_host(std::string host, bool is_http)
{
    while (host.ends_with('.'))
        host.pop_back();
    if (host.empty() || mail::equals_ignoring_case(host, "localhost"))
        return host;
    if (!mail::is_ascii(host)) {
        const auto domain = mail::Domain::parse(host);
        return domain ? domain->ascii() : host;
    }
    if (mail::is_digit(host.front()))
        if (const auto parsed = content::parse_url_host(host); parsed && parsed->is_address)
            return parsed->name;
    const bool is_word
        = !std::ranges::all_of(host, mail::is_digit) && std::ranges::all_of(host, [](char c) {
              return mail::is_alphanumeric(c) || c == '-' || c == '_';
          });
    return is_word && is_http ? "www." + host + ".com" : host;
}

/// As programs would ask for it: the usual port left out, a slash before the query.
std::string usual_form(const std::string& uri)
{
    auto whole = with_two_slashes(uri);
    const auto scheme = begins_with_scheme(whole);
    if (scheme == 0 || whole.substr(scheme).starts_with("///"))
        return uri;
    const auto start = scheme + 2;
    const auto end = std::min(whole.find_first_of("/?#", start), whole.size());
    auto authority = whole.substr(start, end - start);
    const auto at = authority.rfind('@');
    const auto user = at == std::string::npos ? std::string{} : authority.substr(0, at + 1);
    authority.erase(0, user.size());
    const auto colon = authority.rfind(':');
    auto port = colon == std::string::npos ? std::string{} : authority.substr(colon);
    const auto lower = mail::to_lower(whole[4]); // "http:", "https:"
    const auto host = usual_host(authority.substr(0, authority.size() - port.size()), lower == ':');
    if ((lower == ':' && port == ":80") || (lower == 's' && port == ":443"))
        port.clear();
    const bool has_slash = end == whole.size() || whole[end] == '/';
    return whole.substr(0, start) + user + host + port + (has_slash ? "" : "/") + whole.substr(end);
}
}

void UriList::add(std::string uri)
{
    if (uris_.size() >= most_uris || uri.size() > most_octets - octets_)
        return;
    octets_ += uri.size();
    uris_.push_back(std::move(uri));
}

void UriList::add_targets(std::string_view uri)
{
    for (const std::string_view scheme : {"http:", "https:"}) {
        std::size_t count = 0;
        for (auto at = uri.find(scheme, 7); at != std::string_view::npos && count < most_targets;
             at = uri.find(scheme, at + 1), ++count) {
            const auto target = uri.substr(at, uri.find('&', at) - at);
            add(with_two_slashes(std::string{target}));
        }
    }
}

void UriList::add_with_forms(std::string uri)
{
    if (uri.size() > longest_uri)
        uri.resize(longest_uri);
    // Programs leave line ends inside of a link out.
    std::erase_if(uri, [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
    add(uri);
    if (uri.size() > 7 && mail::equals_ignoring_case(uri.substr(0, 7), "mailto:"))
        return add(uri.substr(0, uri.find_first_of("?&")));
    const auto plain = without_percents(uri);
    add_targets(plain);
    add(plain);
    add(usual_form(plain));
}

void UriList::add_html(const HtmlText& html)
{
    const auto base = content::parse_url(html.base);
    for (const auto& found : html.uris) {
        add_with_forms(found.target);
        if (found.target.empty() || has_scheme(found.target) || found.target.starts_with('#'))
            continue;
        if (base)
            if (const auto full = content::parse_url(found.target, &*base))
                add_with_forms(full->to_string());
        if (found.target.starts_with("//"))
            add_with_forms("http:" + found.target);
        else if (found.tag == "a" && !found.target.starts_with('/') && found.target.contains('.')
                 && !found.target.contains('@'))
            add_with_forms("http://" + found.target);
    }
}

void UriList::add_text(std::string_view text)
{
    for (auto& link : find_text_links(text, most_found))
        add_with_forms(std::move(link));
}

std::vector<std::string> UriList::take()
{
    std::unordered_set<std::string_view> seen;
    std::vector<std::string> once;
    once.reserve(uris_.size());
    for (auto& uri : uris_)
        if (!seen.contains(uri)) {
            once.push_back(uri);
            seen.insert(once.back());
        }
    return once;
}
}
