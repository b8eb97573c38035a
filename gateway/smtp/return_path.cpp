// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/return_path.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/path_code.hpp"

#include <fmt/format.h>

#include <charconv>

namespace smtp {
namespace {
constexpr std::string_view scheme = "prvs=";
constexpr std::size_t code_length = 10; // K, the last day, 24 bits
constexpr std::size_t longest_local = 64; // RFC 5321 §4.5.3.1.1: bounces must be able to come back
constexpr unsigned days_of_stamp = 1000, good_for = 7;

unsigned day_of(ReturnPaths::Time time)
{
    const auto days = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
    return static_cast<unsigned>(days % days_of_stamp);
}

/// Behind the scheme, the code and its '='.
constexpr std::size_t begin_of_local = scheme.size() + code_length + 1;
}

/// K is the number of our key, of which there is one.
std::string ReturnPaths::code(unsigned last_day, std::string_view address) const
{
    const auto stamp = fmt::format("0{:03}", last_day);
    return fmt::format("{}{:06x}", stamp, path_code(key_, stamp + std::string{address}) >> 16);
}

bool ReturnPaths::is_signed(const mail::Mailbox& address)
{
    const std::string_view local = address.local();
    return local.size() > begin_of_local && local[begin_of_local - 1] == '='
        && mail::equals_ignoring_case(local.substr(0, scheme.size()), scheme);
}

std::optional<mail::Mailbox> ReturnPaths::sign(const mail::Mailbox& sender, Time now) const
{
    if (begin_of_local + sender.local().size() > longest_local)
        return {};
    const auto last_day = (day_of(now) + good_for) % days_of_stamp;
    auto made = mail::Mailbox::parse(
        fmt::format("{}{}={}", scheme, code(last_day, sender.to_string()), sender.to_string()));
    return made ? std::optional{*std::move(made)} : std::nullopt;
}

std::optional<mail::Mailbox> ReturnPaths::verify(const mail::Mailbox& address, Time now) const
{
    if (!is_signed(address))
        return {};
    const auto said = std::string_view{address.local()}.substr(scheme.size(), code_length);
    const auto meant = mail::Mailbox::parse(address.to_string().substr(begin_of_local));
    unsigned last_day = 0;
    const auto [end, error] = std::from_chars(said.data() + 1, said.data() + 4, last_day);
    if (!meant || meant->has_trick() || error != std::errc{} || end != said.data() + 4
        || (last_day + days_of_stamp - day_of(now)) % days_of_stamp > good_for
        || !mail::equals_ignoring_case(said, code(last_day, meant->to_string())))
        return {};
    return *meant;
}
}
