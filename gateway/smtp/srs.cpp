// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/srs.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/path_code.hpp"

namespace smtp {
namespace {
constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t hash_letters = 8; // 40 bits
constexpr unsigned days_of_stamp = 1024, good_for = 21;
constexpr std::string_view separators = "=+-"; // behind SRS0 and SRS1 (others write all of them)

unsigned day_of(Srs::Time time)
{
    const auto days = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
    return static_cast<unsigned>(days % days_of_stamp);
}

std::string stamp_of(unsigned day) { return {base32[day / 32], base32[day % 32]}; }

std::optional<unsigned> read_stamp(std::string_view text)
{
    const auto upper = in_upper_case(text);
    if (upper.size() != 2)
        return {};
    const auto high = base32.find(upper[0]), low = base32.find(upper[1]);
    if (high == base32.npos || low == base32.npos)
        return {};
    return static_cast<unsigned>(high * 32 + low);
}

/// What stands behind "SRS0=" or "SRS1="; nullopt: it is no such address.
std::optional<std::string_view> behind(std::string_view scheme, std::string_view local)
{
    if (local.size() <= scheme.size()
        || !mail::equals_ignoring_case(local.substr(0, scheme.size()), scheme)
        || separators.find(local[scheme.size()]) == separators.npos)
        return {};
    return local.substr(scheme.size() + 1);
}

/// Takes what stands before the next '=' off the front, with it; nullopt: there is none.
std::optional<std::string_view> next_part(std::string_view& rest)
{
    const auto end = rest.find('=');
    if (end == rest.npos)
        return {};
    const auto part = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return part;
}

std::optional<mail::Mailbox> mailbox_of(std::string_view local, std::string_view domain)
{
    auto address = mail::Mailbox::parse(std::string{local} + "@" + std::string{domain});
    return address ? std::optional{*std::move(address)} : std::nullopt;
}
}

std::string Srs::hash(std::string_view text) const
{
    const auto bits = path_code(key_, text);
    std::string letters;
    for (std::size_t i = 0; i < hash_letters; ++i)
        letters += base32[bits >> (35 - 5 * i) & 31];
    return letters;
}

std::optional<mail::Mailbox> Srs::forward(const mail::Mailbox& sender, Time now) const
{
    const auto& local = sender.local();
    if (sender.domain().is_literal() || sender.has_trick())
        return {};
    std::string rest;
    if (const auto first = behind("SRS0", local)) {
        rest = sender.domain().ascii() + "==" + std::string{*first};
    } else if (auto further = behind("SRS1", local)) {
        auto parts = *further;
        if (!next_part(parts)) // the hash of whoever forwarded it before us
            return {};
        rest = parts;
    } else {
        rest = stamp_of(day_of(now)) + "=" + sender.domain().ascii() + "=" + local;
        return mailbox_of("SRS0=" + hash(rest) + "=" + rest, domain_.ascii());
    }
    return mailbox_of("SRS1=" + hash(rest) + "=" + rest, domain_.ascii());
}

bool Srs::is_meant(const mail::Mailbox& address) const
{
    return address.domain() == domain_
        && (behind("SRS0", address.local()) || behind("SRS1", address.local()));
}

std::optional<mail::Mailbox> Srs::reverse(const mail::Mailbox& address, Time now) const
{
    if (!is_meant(address))
        return {};
    const auto first = behind("SRS0", address.local());
    auto rest = first ? *first : *behind("SRS1", address.local());
    const auto said = next_part(rest);
    if (!said || in_upper_case(*said) != hash(rest))
        return {};
    auto found = first ? first_hop(rest, now) : further_hop(rest);
    return found && !found->has_trick() ? found : std::nullopt;
}

/// "TT=far.example=ann".
std::optional<mail::Mailbox> Srs::first_hop(std::string_view rest, Time now) const
{
    const auto stamp = next_part(rest);
    const auto day = stamp ? read_stamp(*stamp) : std::nullopt;
    const auto domain = next_part(rest);
    if (!day || !domain || (day_of(now) + days_of_stamp - *day) % days_of_stamp > good_for)
        return {};
    return mailbox_of(rest, *domain);
}

/// "far.example==HASH=TT=…": back to whoever forwarded it first.
std::optional<mail::Mailbox> Srs::further_hop(std::string_view rest) const
{
    const auto domain = next_part(rest);
    if (!domain || rest.empty() || separators.find(rest.front()) == separators.npos)
        return {};
    return mailbox_of("SRS0" + std::string{rest}, *domain);
}
}
