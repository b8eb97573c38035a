// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/spf_record.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::auth {
namespace {
using mail::Problem;
using Mechanism = SpfTerm::Mechanism;

constexpr std::string_view version = "v=spf1";

std::unexpected<Problem> wrong(std::string_view term, std::string_view why)
{
    std::string shown;
    for (const char c : term.substr(0, 80))
        shown += mail::is_printable(c) ? c : '?';
    return std::unexpected{Problem{"\"" + shown + "\": " + std::string{why}}};
}

/// "0" to `widest`, no leading zero; nullopt otherwise.
std::optional<unsigned> prefix_of(std::string_view digits, unsigned widest)
{
    if (digits.empty() || digits.size() > 3 || !std::ranges::all_of(digits, mail::is_digit)
        || (digits.size() > 1 && digits.front() == '0'))
        return {};
    unsigned value = 0;
    for (const char c : digits)
        value = value * 10 + static_cast<unsigned>(c - '0');
    return value <= widest ? std::optional{value} : std::nullopt;
}

/// The digits behind the last slash, if there is nothing else behind it.
std::optional<std::string_view> digits_behind_slash(std::string_view text)
{
    const auto slash = text.rfind('/');
    if (slash == text.npos || slash + 1 == text.size()
        || !std::ranges::all_of(text.substr(slash + 1), mail::is_digit))
        return {};
    return text.substr(slash + 1);
}

/// Reads dual-cidr-length off the end of `argument`; false: it is there and wrong.
bool take_prefixes(SpfTerm& term, std::string_view& argument)
{
    auto digits = digits_behind_slash(argument);
    if (!digits)
        return true;
    auto before = argument.substr(0, argument.size() - digits->size() - 1);
    if (before.ends_with('/')) {
        const auto prefix = prefix_of(*digits, 128);
        if (!prefix)
            return false;
        term.prefix6 = *prefix;
        argument = before.substr(0, before.size() - 1);
        digits = digits_behind_slash(argument);
        if (!digits)
            return true;
        before = argument.substr(0, argument.size() - digits->size() - 1);
    }
    const auto prefix = prefix_of(*digits, 32);
    if (!prefix)
        return false;
    term.prefix4 = *prefix;
    argument = before;
    return true;
}

/// Counts bits in all 128, whatever the families.
bool same_bits(const mail::Ip& one, const mail::Ip& other, unsigned bits)
{
    const auto &a = one.bytes(), &b = other.bytes();
    const auto whole = static_cast<std::ptrdiff_t>(bits / 8);
    if (!std::equal(a.begin(), a.begin() + whole, b.begin()))
        return false;
    if (bits % 8 == 0)
        return true;
    const auto at = static_cast<std::size_t>(whole);
    return ((a[at] ^ b[at]) >> (8 - bits % 8)) == 0;
}

struct Syntax {
    std::string_view name;
    Mechanism mechanism;
    enum { nothing, maybe_domain, domain, network } argument;
    bool takes_prefixes = false;
};
constexpr std::array<Syntax, 8> mechanisms{{
    {"all", Mechanism::all, Syntax::nothing},
    {"include", Mechanism::include, Syntax::domain},
    {"a", Mechanism::a, Syntax::maybe_domain, true},
    {"mx", Mechanism::mx, Syntax::maybe_domain, true},
    {"ptr", Mechanism::ptr, Syntax::maybe_domain},
    {"ip4", Mechanism::ip4, Syntax::network},
    {"ip6", Mechanism::ip6, Syntax::network},
    {"exists", Mechanism::exists, Syntax::domain},
}};

/// "192.0.2.0/24" behind "ip4:", and the like for ip6.
bool read_network(SpfTerm& term, std::string_view text)
{
    const bool is_v4 = term.mechanism == Mechanism::ip4;
    const auto slash = text.find('/');
    if (slash != text.npos) {
        const auto prefix = prefix_of(text.substr(slash + 1), is_v4 ? 32 : 128);
        if (!prefix)
            return false;
        (is_v4 ? term.prefix4 : term.prefix6) = *prefix;
        text = text.substr(0, slash);
    }
    const auto ip = mail::Ip::parse(text);
    if (!ip || text.contains(':') == is_v4)
        return false;
    term.network = *ip;
    return true;
}

/// `argument` begins with ':' or '/', or is empty.
std::expected<SpfTerm, Problem> read_argument(SpfTerm term, const Syntax& syntax,
                                              std::string_view argument)
{
    if (syntax.takes_prefixes && !take_prefixes(term, argument))
        return wrong(term.text, "a prefix length that cannot be");
    const bool has_argument = argument.starts_with(':');
    if (!argument.empty() && !has_argument)
        return wrong(term.text, "this mechanism takes no prefix length");
    if (has_argument)
        argument.remove_prefix(1);
    if (has_argument && syntax.argument == Syntax::nothing)
        return wrong(term.text, "this mechanism takes no argument");
    if (!has_argument && (syntax.argument == Syntax::domain || syntax.argument == Syntax::network))
        return wrong(term.text, "this mechanism wants an argument");
    if (syntax.argument == Syntax::network) {
        if (!read_network(term, argument))
            return wrong(term.text, "no network of that kind");
        return term;
    }
    if (has_argument) {
        auto domain = SpfMacroString::parse_domain(argument);
        if (!domain)
            return wrong(term.text, domain.error().text);
        term.domain = std::move(*domain);
    }
    return term;
}

std::expected<SpfTerm, Problem> read_directive(std::string_view text)
{
    constexpr std::string_view qualifiers = "+-~?";
    constexpr std::array meanings{SpfResult::pass, SpfResult::fail, SpfResult::softfail,
                                  SpfResult::neutral};
    SpfTerm term{.text = std::string{text}};
    auto rest = text;
    if (const auto at = qualifiers.find(rest.front()); at != qualifiers.npos) {
        term.qualifier = meanings[at];
        rest.remove_prefix(1);
    }
    const auto end = std::min(rest.find_first_of(":/"), rest.size());
    for (const auto& syntax : mechanisms)
        if (mail::equals_ignoring_case(rest.substr(0, end), syntax.name)) {
            term.mechanism = syntax.mechanism;
            return read_argument(std::move(term), syntax, rest.substr(end));
        }
    return wrong(text, "an unknown mechanism");
}

/// The name before '=', or "" where the term is no modifier.
std::string_view modifier_name(std::string_view term)
{
    const auto fits
        = [](char c) { return mail::is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(term, fits) - term.begin());
    const bool is_modifier = end > 0 && end < term.size() && term[end] == '='
        && mail::is_alphanumeric(term.front()) && !mail::is_digit(term.front());
    return is_modifier ? term.substr(0, end) : std::string_view{};
}

std::optional<Problem> read_modifier(SpfRecord& record, std::string_view term,
                                     std::string_view name)
{
    const auto value = term.substr(name.size() + 1);
    const bool is_redirect = mail::equals_ignoring_case(name, "redirect");
    if (!is_redirect && !mail::equals_ignoring_case(name, "exp")) {
        const auto text = SpfMacroString::parse(value);
        return text ? std::nullopt : std::optional{wrong(term, text.error().text).error()};
    }
    auto& modifier = is_redirect ? record.redirect : record.explanation;
    if (modifier)
        return wrong(term, "this modifier stands twice").error();
    auto domain = SpfMacroString::parse_domain(value);
    if (!domain)
        return wrong(term, domain.error().text).error();
    modifier = std::move(*domain);
    if (is_redirect)
        record.redirect_text = term;
    return {};
}
}

bool is_spf(std::string_view txt)
{
    return mail::equals_ignoring_case(txt.substr(0, version.size()), version)
        && (txt.size() == version.size() || txt[version.size()] == ' ');
}

std::expected<SpfRecord, Problem> SpfRecord::parse(std::string_view text)
{
    SpfRecord record;
    text.remove_prefix(version.size());
    std::size_t count = 0;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        if (text.empty())
            return record;
        if (++count > most_terms)
            return std::unexpected{Problem{"too many terms"}};
        const auto term = text.substr(0, text.find(' '));
        text.remove_prefix(term.size());
        if (const auto name = modifier_name(term); !name.empty()) {
            if (auto problem = read_modifier(record, term, name))
                return std::unexpected{std::move(*problem)};
            continue;
        }
        auto directive = read_directive(term);
        if (!directive)
            return std::unexpected{std::move(directive.error())};
        record.terms.push_back(std::move(*directive));
    }
}

bool are_near(const SpfTerm& term, const mail::Ip& one, const mail::Ip& other)
{
    return one.is_v4() == other.is_v4()
        && same_bits(one, other, one.is_v4() ? term.prefix4 + 96 : term.prefix6);
}

bool has_address(const SpfTerm& term, const mail::Ip& ip)
{
    const bool is_v4 = term.mechanism == Mechanism::ip4;
    return ip.is_v4() == is_v4
        && same_bits(ip, term.network, is_v4 ? term.prefix4 + 96 : term.prefix6);
}
}
