// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/address.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/mail/utf8.hpp"

#include <array>
#include <memory>
#include <optional>
#include <unicode/uidna.h>

namespace mail {
namespace {
constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

bool is_label(std::string_view label)
{
    if (label.empty() || label.size() > longest_label || label.starts_with('-')
        || label.ends_with('-'))
        return false;
    return std::ranges::all_of(label,
                               [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

// Letters, digits, hyphens and underscores in labels; the last label has something besides digits,
// so that no bare IPv4 address passes for a name.
bool is_name(std::string_view text)
{
    if (text.empty() || text.size() > longest_name)
        return false;
    for (std::size_t start = 0;;) {
        const auto dot = text.find('.', start);
        const std::string_view label = text.substr(start, dot - start);
        if (!is_label(label))
            return false;
        if (dot == std::string_view::npos)
            return !std::ranges::all_of(label, is_digit);
        start = dot + 1;
    }
}

std::string in_lower_case(std::string_view text)
{
    std::string lower{text};
    for (char& c : lower)
        c = to_lower(c);
    return lower;
}

// UTS-46 non-transitional processing. The object is costly to open and safe to share.
std::optional<std::string> to_a_labels(std::string_view text)
{
    static const UIDNA* const uidna = [] {
        UErrorCode status = U_ZERO_ERROR;
        const UIDNA* opened = uidna_openUTS46(
            UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ
                | UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
            &status);
        return U_SUCCESS(status) ? opened : nullptr;
    }();
    constexpr std::size_t longest_input = 4 * longest_name;
    if (!uidna || text.size() > longest_input || !is_utf8(text))
        return std::nullopt;
    std::array<char, 512> name;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;
    const auto length = uidna_nameToASCII_UTF8(
        uidna, text.data(), static_cast<std::int32_t>(text.size()), name.data(),
        static_cast<std::int32_t>(name.size()), &info, &status);
    if (U_FAILURE(status) || info.errors != 0 || length < 0
        || static_cast<std::size_t>(length) > name.size())
        return std::nullopt;
    return std::string{name.data(), static_cast<std::size_t>(length)};
}

std::optional<std::string> literal(std::string_view text)
{
    if (!text.starts_with('[') || !text.ends_with(']'))
        return std::nullopt;
    std::string_view inside = text.substr(1, text.size() - 2);
    constexpr std::string_view tag = "IPv6:";
    const bool is_v6 = equals_ignoring_case(inside.substr(0, tag.size()), tag);
    if (is_v6)
        inside.remove_prefix(tag.size());
    const auto ip = Ip::parse(inside);
    if (!ip || is_v6 != inside.contains(':'))
        return std::nullopt;
    return '[' + std::string{ip->is_v4() ? "" : tag} + ip->to_string() + ']';
}
}

std::expected<Domain, Problem> Domain::parse(std::string_view text)
{
    Domain domain;
    if (text.starts_with('[')) {
        auto found = literal(text);
        if (!found)
            return std::unexpected{Problem{"not an address literal"}};
        domain.ascii_ = *std::move(found);
        return domain;
    }
    std::optional<std::string> labels;
    if (!is_ascii(text)) {
        labels = to_a_labels(text);
        if (!labels)
            return std::unexpected{Problem{"not an internationalised domain name"}};
        text = *labels;
    }
    if (text.ends_with('.'))
        text.remove_suffix(1);
    if (!is_name(text))
        return std::unexpected{Problem{"not a domain name"}};
    domain.ascii_ = in_lower_case(text);
    return domain;
}

bool Domain::is_within(const Domain& parent) const
{
    const std::string_view name = ascii_;
    const std::string_view above = parent.ascii_;
    if (!name.ends_with(above) || above.empty())
        return false;
    if (name.size() == above.size())
        return true;
    return !is_literal() && !parent.is_literal() && name[name.size() - above.size() - 1] == '.';
}
}
