// SPDX-License-Identifier: Apache-2.0
#include "filters/content/look_alike.hpp"

#include "filters/content/url_host.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <unicode/uidna.h>
#include <unicode/uspoof.h>

namespace filters::content {
namespace {
constexpr std::size_t longest = 253, least_letters = 5, letters_of_common = 7;

std::string to_unicode(std::string_view label)
{
    static UIDNA* const idna = [] {
        UErrorCode error = U_ZERO_ERROR;
        return uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_UNICODE, &error);
    }();
    if (!label.starts_with("xn--"))
        return std::string{label};
    std::string out(4 * longest, '\0');
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    const auto length
        = uidna_labelToUnicodeUTF8(idna, label.data(), static_cast<int>(label.size()), out.data(),
                                   static_cast<int>(out.size()), &info, &error);
    if (U_FAILURE(error) || length < 0)
        return std::string{label};
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

/// One letter more, less, other, or two neighbours exchanged.
bool is_one_letter_apart(std::string_view a, std::string_view b)
{
    if (a.size() > b.size())
        std::swap(a, b);
    if (b.size() - a.size() > 1)
        return false;
    const auto start = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    const auto x = a.substr(start), y = b.substr(start);
    if (x.size() < y.size())
        return x == y.substr(1);
    return !x.empty()
        && (x.substr(1) == y.substr(1)
            || (x.size() > 1 && x[0] == y[1] && x[1] == y[0] && x.substr(2) == y.substr(2)));
}

bool has_word(std::string_view label, std::string_view word)
{
    for (auto at = label.find(word); at != label.npos; at = label.find(word, at + 1)) {
        const bool begins = at == 0 || label[at - 1] == '-';
        const auto behind = at + word.size();
        if (begins && (behind == label.size() || label[behind] == '-'))
            return true;
    }
    return false;
}

/// "paypal.com.evil.example", also with dashes for dots.
bool holds_domain(std::string_view host, std::string_view domain)
{
    for (auto at = host.find(domain); at != host.npos; at = host.find(domain, at + 1)) {
        const auto behind = at + domain.size();
        if ((at == 0 || host[at - 1] == '.' || host[at - 1] == '-') && behind < host.size()
            && (host[behind] == '.' || host[behind] == '-'))
            return true;
    }
    return false;
}
}

std::string skeleton(std::string_view utf8)
{
    static USpoofChecker* const checker = [] {
        UErrorCode error = U_ZERO_ERROR;
        return uspoof_open(&error);
    }();
    const auto text = utf8.substr(0, longest);
    std::array<char, 4 * longest> out;
    UErrorCode error = U_ZERO_ERROR;
    const auto length
        = uspoof_getSkeletonUTF8(checker, 0, text.data(), static_cast<int>(text.size()), out.data(),
                                 static_cast<int>(out.size()), &error);
    if (U_FAILURE(error) || length < 0)
        return lower(text);
    return lower({out.data(), static_cast<std::size_t>(length)});
}

ProtectedNames::ProtectedNames(const std::vector<std::string>& domains,
                               const std::vector<std::string>& common)
{
    add(domains, false);
    add(common, true);
}

void ProtectedNames::add(const std::vector<std::string>& domains, bool is_common)
{
    for (const auto& written : domains) {
        const auto host = parse_url_host(written);
        if (!host || host->is_address)
            continue;
        const std::string domain{mail::registrable_domain(host->name)};
        const auto label = domain.substr(0, domain.find('.'));
        if (!label.empty() && std::ranges::find(all_, domain, &Name::domain) == all_.end())
            all_.push_back({domain, label, skeleton(to_unicode(label)), is_common});
    }
}

std::optional<ProtectedNames::Imitation> ProtectedNames::find(const std::string& host) const
{
    const std::string domain{mail::registrable_domain(host)};
    if (domain.empty() || std::ranges::find(all_, domain, &Name::domain) != all_.end())
        return {};
    const auto label = domain.substr(0, domain.find('.'));
    const auto shape = skeleton(to_unicode(label));
    for (const auto& name : all_) {
        if (label != name.label && shape == name.shape)
            return Imitation{name.domain, Trick::same_shape};
        if (holds_domain(host, name.domain))
            return Imitation{name.domain, Trick::embedded};
        if (name.label.size() < least_letters || label == name.label)
            continue;
        const auto enough = name.is_common ? letters_of_common : least_letters;
        if (name.label.size() > enough && is_one_letter_apart(shape, name.shape))
            return Imitation{name.domain, Trick::one_letter};
        if (!name.is_common && has_word(shape, name.shape))
            return Imitation{name.domain, Trick::combined};
    }
    return {};
}
}
