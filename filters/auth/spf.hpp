// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/mail/address.hpp"
#include "gateway/mail/ip.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace filters::auth {
/// RFC 7208 §2.6.
enum class SpfResult { none, neutral, pass, fail, softfail, temperror, permerror };
/// Which identity was checked: MAIL FROM, or HELO where the reverse-path is null (§2.4).
enum class SpfScope { mfrom, helo };

std::string_view to_string(SpfResult result);
std::string_view to_string(SpfScope scope);

/// May this client send for this domain?
struct SpfQuestion {
    mail::Ip ip;
    std::string helo; ///< as the client gave it
    std::string local; ///< of the sender, without quotes; "postmaster" where it has none
    std::string domain = {}; ///< whose record is asked for; nonsense gives `none`
    SpfScope scope = SpfScope::mfrom;
    /// Fetches and expands `exp=` (§6.2) after a fail. Its words are the domain's: for people who
    /// ask, never for the peer.
    bool wants_explanation = false;
    std::string receiver = "unknown"; ///< %{r}
    std::chrono::system_clock::time_point now = {}; ///< %{t}
};
/// The question about a reverse-path; about HELO where it is null.
SpfQuestion spf_question(const mail::Ip& ip, std::string helo, const mail::ReversePath& sender);
/// The same for text that need not be an address: "user@domain", "@domain", or "" for null.
SpfQuestion spf_question(const mail::Ip& ip, std::string helo, std::string_view sender);

struct SpfAnswer {
    SpfResult result = SpfResult::none;
    std::string domain; ///< as asked
    SpfScope scope = SpfScope::mfrom;
    std::string mechanism = {}; ///< the term that decided, as published; "" if none did
    std::string explanation = {}; ///< printable ASCII; "" where the domain gives none
    std::string problem = {}; ///< why temperror or permerror, or why there is nothing to check
};

/// Limits of §4.6.4. What exceeds them is a permerror.
struct SpfLimits {
    static constexpr unsigned lookup_terms = 10; ///< include, a, mx, ptr, exists, redirect
    static constexpr unsigned void_lookups = 2;
    static constexpr std::size_t mx_names = 10;
    static constexpr std::size_t ptr_names = 10; ///< further ones are not looked at
};

/// check_host() of RFC 7208 §4. Never throws for what the DNS says.
net::awaitable<SpfAnswer> check_spf(SpfQuestion question, Dns& dns);
}
