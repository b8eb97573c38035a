// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/body_addresses.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_linked = 20, most_offered = 40, longest_local = 64, longest_host = 255;

bool is_in_host(char c) { return mail::is_alphanumeric(c) || c == '-' || c == '.'; }
bool is_in_local(char c)
{
    return mail::is_alphanumeric(c) || std::string_view{"!#$%&'*+/=?^_`{|}~-."}.contains(c);
}

bool is_hexadecimal(std::string_view text)
{
    return std::ranges::all_of(text,
                               [](char c) { return mail::is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

/// Up to the last top domain that exists.
std::string_view host_of(std::string_view run)
{
    while (!run.empty()) {
        while (!run.empty() && !mail::is_alphanumeric(run.back()))
            run.remove_suffix(1);
        const auto dot = run.rfind('.');
        if (dot == std::string_view::npos)
            return {};
        if (mail::has_known_suffix(lower(run.substr(dot + 1))) && !run.contains(".."))
            return run;
        run = run.substr(0, dot);
    }
    return {};
}

/// "> " or "wrote:" behind an address: it is whose words these are. "fax:" and such are not.
bool is_quoted(std::string_view behind)
{
    if (behind.starts_with('>'))
        return true;
    const auto word = behind.find_first_not_of(" \t\n");
    if (word == 0 || word == std::string_view::npos || word > 10)
        return false;
    const auto rest = behind.substr(word, 20);
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos || colon < 2 || colon > 11)
        return false;
    const auto name = lower(rest.substr(0, colon));
    constexpr std::array<std::string_view, 8> offers{"fax",  "facsi", "tel",    "phone",
                                                     "mail", "email", "e-mail", "-mail"};
    return std::ranges::all_of(name, [](char c) { return c >= 'a' && c <= 'z'; })
        && std::ranges::none_of(offers, [&](auto offer) { return name.starts_with(offer); });
}

bool is_in_link(std::string_view before)
{
    const auto run = before.substr(before.find_last_of(" \t\n") + 1);
    return run.contains("http://") || run.contains("https://");
}

/// Calls `found(address)` for each that a line offers.
template <class Found> void each_offered(std::string_view line, Found&& found)
{
    for (auto at = line.find('@'); at != line.npos; at = line.find('@', at + 1)) {
        auto start = at;
        while (start > 0 && at - start < longest_local && is_in_local(line[start - 1]))
            --start;
        while (start < at && line[start] == '.')
            ++start;
        auto end = at + 1;
        while (end < line.size() && end - at <= longest_host && is_in_host(line[end]))
            ++end;
        const auto host = host_of(line.substr(at + 1, end - at - 1));
        if (start == at || line[at - 1] == '.' || host.empty()
            || !mail::is_alphanumeric(host.front()))
            continue;
        const auto behind = line.substr(at + 1 + host.size());
        if (!is_quoted(behind) && !is_in_link(line.substr(0, at)))
            found(lower(line.substr(start, at + 1 + host.size() - start)));
    }
}
}

std::vector<std::string> offered_addresses(const MessageView& view)
{
    constexpr std::string_view scheme = "mailto:";
    std::vector<std::string> all;
    const auto add = [&](std::string address) {
        if (all.size() < most_offered && std::ranges::find(all, address) == all.end())
            all.push_back(std::move(address));
    };
    for (const auto& part : view.parts())
        if (part.html)
            for (const auto& uri : part.html->uris)
                if (uri.tag == "a" && all.size() < most_linked
                    && lower(std::string_view{uri.target}.substr(0, scheme.size())) == scheme)
                    each_offered(std::string_view{uri.target}.substr(scheme.size()), add);
    for (const auto& line : view.body())
        each_offered(line, add);
    return all;
}

bool is_role_mailbox(std::string_view local)
{
    constexpr std::array<std::string_view, 10> roles{
        "abuse",   "support", "sales",      "info",       "helpdesk",
        "contact", "kontakt", "postmaster", "hostmaster", "domainmaster"};
    if (std::ranges::find(roles, local) != roles.end() || local.starts_with("undisclosed")
        || local.starts_with("bounce-") || local.starts_with("bounced-"))
        return true;
    constexpr std::string_view request = "request-";
    constexpr std::size_t digits = 16, half = 8, longest = 36;
    if (local.starts_with(request) && local.size() == request.size() + digits)
        return is_hexadecimal(local.substr(request.size()));
    if (local.size() == digits + 1 && local[half] == '.')
        return is_hexadecimal(local.substr(0, half)) && is_hexadecimal(local.substr(half + 1));
    if (local.size() == longest && std::ranges::count(local, '-') == 4 && local[half] == '-')
        return std::ranges::all_of(local,
                                   [](char c) { return c == '-' || is_hexadecimal({&c, 1}); });
    const auto first = local.find('=', 1);
    const auto second = first == local.npos ? first : local.find('=', first + 2);
    return second != local.npos && second + 1 < local.size();
}

bool is_bulk_sender(std::string_view envelope)
{
    const auto local = envelope.substr(0, envelope.find('@'));
    for (const std::string_view whole :
         {"postmaster", "hostmaster", "domainmaster", "double-bounce"})
        if (local == whole)
            return true;
    for (const std::string_view start :
         {"sentto-", "owner-", "return-", "bounce-", "bounced-", "grbounce-", "grbounced-"})
        if (local.starts_with(start) && local.size() > start.size())
            return true;
    for (const std::string_view end : {"-request", "-bounce", "-bounces", "-admin", "-owner"})
        if (local.ends_with(end))
            return true;
    for (const std::string_view end : {"reply", "replies"})
        if (local.ends_with(end)) {
            auto before = local.substr(0, local.size() - end.size());
            if (!before.empty() && std::string_view{"._-"}.contains(before.back()))
                before.remove_suffix(1);
            if (before.ends_with("no")
                && (before.size() == 2 || !mail::is_alphanumeric(before[before.size() - 3])
                    || before.ends_with("dono")))
                return true;
        }
    const auto equals = local.find('=', 1);
    return equals != local.npos && equals + 1 < local.size();
}
}
