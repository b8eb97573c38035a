// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/trace.hpp"

#include "gateway/mail/ascii.hpp"

#include <array>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <iterator>

namespace mail {
namespace {
constexpr std::size_t longest_name = 255;

// Domains and literals as they are; whatever else becomes '?', so that no HELO ends a comment or a
// line.
std::string harmless(std::string_view text, std::string_view also_allowed)
{
    std::string name{text.substr(0, longest_name)};
    for (char& c : name)
        if (!is_alphanumeric(c) && !also_allowed.contains(c))
            c = '?';
    return name;
}

std::string address_literal(const Ip& ip)
{
    return (ip.is_v4() ? "[" : "[IPv6:") + ip.to_string() + ']';
}
}

std::string date_rfc5322(std::chrono::system_clock::time_point time)
{
    using namespace std::chrono;
    constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    return fmt::format(FMT_COMPILE("{}, {} {} {:04} {:02}:{:02}:{:02} +0000"),
                       weekdays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                       months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

std::string_view transmission_type(const Client& client, const MailParameters& parameters)
{
    const bool is_encrypted = !client.tls.empty();
    if (!client.is_esmtp)
        return "SMTP";
    if (parameters.is_smtputf8)
        return is_encrypted ? "UTF8SMTPS" : "UTF8SMTP";
    return is_encrypted ? "ESMTPS" : "ESMTP";
}

std::string received_line(const Mail& mail, std::string_view hostname, std::string_view id)
{
    const Client& client = mail.client;
    std::string line;
    line.reserve(320);
    const auto out = std::back_inserter(line);
    const std::string helo = harmless(client.helo, "-._:[]");
    fmt::format_to(out, FMT_COMPILE("Received: from {} ("), helo.empty() ? "unknown" : helo);
    if (!client.reverse_name.empty())
        fmt::format_to(out, FMT_COMPILE("{} "), harmless(client.reverse_name, "-._"));
    fmt::format_to(out, FMT_COMPILE("{})\r\n\tby {} with {} id {}"), address_literal(client.ip),
                   hostname, transmission_type(client, mail.parameters), id);
    if (!client.tls.empty())
        fmt::format_to(out, FMT_COMPILE("\r\n\t({})"), harmless(client.tls, "-._ "));
    fmt::format_to(out, FMT_COMPILE(";\r\n\t{}\r\n"), date_rfc5322(mail.received_at));
    return line;
}
}
