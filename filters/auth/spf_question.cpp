// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/spf_record.hpp"
#include "gateway/mail/ascii.hpp"

#include <array>

namespace filters::auth {
bool can_have_spf(std::string_view domain)
{
    if (domain.ends_with('.'))
        domain.remove_suffix(1);
    if (domain.size() > 253 || !domain.contains('.'))
        return false;
    std::size_t label = 0;
    for (const char c : domain) {
        if (c != '.' && c != '-' && c != '_' && !mail::is_alphanumeric(c))
            return false;
        if (c == '.' && label == 0)
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0;
}

std::string_view to_string(SpfResult result)
{
    constexpr std::array<std::string_view, 7> texts{"none",     "neutral",   "pass",     "fail",
                                                    "softfail", "temperror", "permerror"};
    return texts[static_cast<std::size_t>(result)];
}

std::string_view to_string(SpfScope scope) { return scope == SpfScope::mfrom ? "mfrom" : "helo"; }

SpfQuestion spf_question(const mail::Ip& ip, std::string helo, const mail::ReversePath& sender)
{
    if (sender)
        return {.ip = ip,
                .helo = std::move(helo),
                .local = sender->local(),
                .domain = sender->domain().ascii()};
    return spf_question(ip, std::move(helo), std::string_view{});
}

SpfQuestion spf_question(const mail::Ip& ip, std::string helo, std::string_view sender)
{
    SpfQuestion question{.ip = ip, .helo = std::move(helo), .local = "postmaster"};
    if (sender.empty()) {
        question.domain = question.helo;
        question.scope = SpfScope::helo;
        return question;
    }
    const auto at = sender.rfind('@');
    if (at != sender.npos && at > 0)
        question.local = sender.substr(0, at);
    question.domain = at == sender.npos ? sender : sender.substr(at + 1);
    return question;
}
}
