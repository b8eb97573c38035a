// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/uri_list.hpp"

#include "filters/content/url.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_uris = 3000, most_found = 1000, longest_uri = 8192;

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

bool is_name_character(char c)
{
    return mail::is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '+';
}

/// A name with dots under a known top domain, as it stands in running text: "example.com".
/// Sentences without a blank between them ("monthly.My") are such names, too.
std::vector<std::string_view> bare_hosts(std::string_view text)
{
    std::vector<std::string_view> found;
    const auto is_of_host = [](char c) { return mail::is_alphanumeric(c) || c == '-' || c == '.'; };
    for (std::size_t i = 0; i < text.size() && found.size() < most_found;) {
        if (!is_of_host(text[i])) {
            ++i;
            continue;
        }
        const auto start = i;
        while (i < text.size() && is_of_host(text[i]))
            ++i;
        auto host = text.substr(start, i - start);
        while (host.ends_with('.') || host.ends_with('-'))
            host.remove_suffix(1);
        // Within addresses, paths and file names they are something else.
        constexpr std::string_view before = "@/\\_=:%&?#$~+", after = "@_=:\\(";
        const bool is_inside = (start > 0 && before.contains(text[start - 1]))
            || (i < text.size() && after.contains(text[i]));
        const auto dot = host.rfind('.');
        constexpr std::size_t longest = 100, longest_top = 6;
        if (is_inside || dot == std::string_view::npos || host.starts_with('.')
            || host.size() > longest || host.contains("..") || host.size() - dot > longest_top + 1)
            continue;
        std::string lower{host};
        std::ranges::transform(lower, lower.begin(), mail::to_lower);
        const auto top = std::string_view{lower}.substr(dot + 1);
        if (std::ranges::none_of(top, mail::is_digit) && mail::has_known_suffix(lower))
            found.push_back(host);
    }
    return found;
}

/// Whether an address stands around the "@" at `at`; then from where to where.
bool find_address(std::string_view text, std::size_t at, std::size_t& start, std::size_t& end)
{
    constexpr std::size_t longest = 64;
    start = at;
    while (start > 0 && at - start < longest && is_name_character(text[start - 1]))
        --start;
    end = at + 1;
    while (end < text.size() && end - at < 4 * longest
           && (mail::is_alphanumeric(text[end]) || text[end] == '.' || text[end] == '-'))
        ++end;
    while (end > at && (text[end - 1] == '.' || text[end - 1] == '-'))
        --end;
    // Names of messages look like addresses, too: many digits.
    constexpr auto most_digits = 7;
    const auto name = text.substr(start, at - start);
    return start < at && std::ranges::count_if(name, mail::is_digit) <= most_digits
        && text.substr(at, end - at).contains('.')
        && mail::has_known_suffix(text.substr(at + 1, end - at - 1));
}
}

void UriList::add(std::string uri)
{
    if (uris_.size() < most_uris)
        uris_.push_back(std::move(uri));
}

void UriList::add_with_forms(std::string uri)
{
    if (uri.size() > longest_uri)
        uri.resize(longest_uri);
    // Programs leave line ends inside of a link out.
    std::erase_if(uri, [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
    const auto plain = without_percents(uri);
    if (plain != uri)
        add(plain);
    if (uri.size() > 7 && mail::equals_ignoring_case(uri.substr(0, 7), "mailto:")
        && uri.contains('?'))
        add(uri.substr(0, uri.find('?')));
    // What a redirector leads to.
    for (const auto& form : {uri, plain})
        for (const std::string_view scheme : {"http:/", "https:/"})
            if (const auto at = form.find(scheme, 7); at != std::string::npos) {
                auto target = form.substr(at);
                if (!target.substr(scheme.size()).starts_with('/'))
                    target.insert(scheme.size(), "/");
                add(std::move(target));
            }
    add(std::move(uri));
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
        else if (found.tag == "a" && !found.target.starts_with('/'))
            add_with_forms("http://" + found.target);
    }
}

void UriList::add_text(std::string_view text)
{
    for (auto& found : content::find_urls(text, most_found)) {
        const bool is_bare
            = !has_scheme(found.written) || found.written.find("://") == std::string::npos;
        add_with_forms(is_bare && !found.written.starts_with("mailto:") ? "http://" + found.written
                                                                        : found.written);
    }
    for (const auto host : bare_hosts(text))
        add("http://" + std::string{host});
    std::size_t count = 0;
    for (auto at = text.find('@'); at != std::string_view::npos && count < most_found;
         at = text.find('@', at + 1), ++count) {
        std::size_t start = 0, end = 0;
        if (find_address(text, at, start, end))
            add("mailto:" + std::string{text.substr(start, end - start)});
    }
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
