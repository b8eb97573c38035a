// SPDX-License-Identifier: Apache-2.0
#include "filters/content/link_signs.hpp"

#include "filters/content/url_host.hpp"
#include "gateway/mail/ip.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unicode/uidna.h>
#include <unicode/uspoof.h>

namespace filters::content {
namespace {
using Kind = LinkSign::Kind;

/// The site that a text names, if it is one that a reader takes for the target.
std::optional<Url> named_site(std::string_view text)
{
    constexpr std::size_t longest = 300;
    if (text.size() > longest)
        return {};
    const auto found = find_urls(text, 2);
    return found.size() == 1 ? parse_url(found.front().written) : std::nullopt;
}

/// A label of it mixes scripts as no language does.
bool mixes_scripts(const std::string& host)
{
    static USpoofChecker* const checker = [] {
        UErrorCode error = U_ZERO_ERROR;
        auto* const made = uspoof_open(&error);
        uspoof_setRestrictionLevel(made, USPOOF_HIGHLY_RESTRICTIVE);
        uspoof_setChecks(made, USPOOF_RESTRICTION_LEVEL, &error);
        return made;
    }();
    static UIDNA* const idna = [] {
        UErrorCode error = U_ZERO_ERROR;
        return uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_UNICODE, &error);
    }();
    std::array<char, 1024> unicode;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    const auto length
        = uidna_nameToUnicodeUTF8(idna, host.data(), static_cast<int>(host.size()), unicode.data(),
                                  static_cast<int>(unicode.size()), &info, &error);
    if (U_FAILURE(error) || length <= 0 || length > static_cast<int>(unicode.size()))
        return false;
    std::string_view rest{unicode.data(), static_cast<std::size_t>(length)};
    while (!rest.empty()) {
        const auto label = rest.substr(0, rest.find('.'));
        if (uspoof_checkUTF8(checker, label.data(), static_cast<int>(label.size()), nullptr, &error)
            != 0)
            return true;
        rest.remove_prefix(std::min(rest.size(), label.size() + 1));
    }
    return false;
}

/// Another site's address inside of the query or path: "?to=https%3A%2F%2Fevil.example".
std::optional<Url> inner_link(const Url& url)
{
    constexpr std::size_t looked_at = 2048;
    const auto plain = percent_decoded(url.query.substr(0, looked_at));
    const auto at = plain.find("://");
    if (at == plain.npos || at < 4)
        return {};
    const auto start = plain.rfind("http", at);
    if (start == plain.npos || at - start > 5)
        return {};
    auto inner = plain.substr(start);
    inner.resize(std::min(inner.find('&'), inner.size()));
    return parse_url(inner);
}

class Signs {
public:
    Signs(const ProtectedNames& names, std::size_t limit) : names_{names}, limit_{limit} { }

    void look(const Link& link)
    {
        const auto& url = link.url;
        const bool is_followed = link.kind == HtmlLink::Kind::anchor
            || link.kind == HtmlLink::Kind::form || link.kind == HtmlLink::Kind::frame
            || link.kind == HtmlLink::Kind::refresh;
        if (url.scheme == "data") {
            if (is_followed)
                add(Kind::data_page, "data:", link);
            return;
        }
        if (url.scheme == "javascript" || url.scheme == "vbscript") {
            add(Kind::script, url.scheme, link);
            return;
        }
        if (url.host.empty()
            || (url.scheme != "http" && url.scheme != "https" && url.scheme != "ftp"))
            return;
        look_at_host(link);
        if (is_followed)
            look_at_target(link);
    }

    std::vector<LinkSign> take() { return std::move(signs_); }

private:
    void look_at_host(const Link& link)
    {
        const auto& url = link.url;
        if (url.is_odd_address)
            add(Kind::odd_address, url.host, link);
        else if (url.is_address)
            add(Kind::bare_address, url.host, link);
        if (url.has_user_info)
            add(Kind::user_info, url.host, link);
        if (url.is_odd_host)
            add(Kind::odd_host, url.host, link);
        if (url.is_punycode && mixes_scripts(url.host))
            add(Kind::punycode_mix, url.host, link);
        if (!looked_up_.insert(url.host).second)
            return;
        if (const auto imitated = names_.find(url.host))
            add(Kind::look_alike, url.host + " (" + imitated->domain + ")", link);
    }

    void look_at_target(const Link& link)
    {
        const auto& url = link.url;
        const auto domain = url.registrable();
        constexpr std::array<std::uint16_t, 5> usual{0, 80, 443, 8080, 8443};
        if (std::ranges::find(usual, url.port) == usual.end())
            add(Kind::odd_port, url.host + ":" + std::to_string(url.port), link);
        if (is_short_link(domain))
            add(Kind::short_link, domain, link);
        if (link.source == Link::Source::picture_code)
            add(Kind::code, url.host, link);
        if (link.kind == HtmlLink::Kind::refresh)
            add(Kind::refresh, url.host, link);
        if (const auto site = named_site(link.text); site && site->registrable() != domain)
            add(Kind::other_site, site->registrable() + " (" + domain + ")", link);
        if (const auto inner = inner_link(url); inner && inner->registrable() != domain)
            add(Kind::redirect, inner->host, link);
    }

    void add(Kind kind, std::string detail, const Link& link)
    {
        constexpr std::size_t longest = 200;
        if (signs_.size() >= limit_ || !seen_.emplace(kind, detail).second)
            return;
        auto evidence = link.written.substr(0, longest);
        while (link.written.size() > longest && !evidence.empty()
               && (static_cast<unsigned char>(evidence.back()) & 0x80) != 0)
            evidence.pop_back();
        signs_.push_back({kind, std::move(detail), std::move(evidence)});
    }

    const ProtectedNames& names_;
    std::size_t limit_;
    std::set<std::pair<Kind, std::string>> seen_;
    std::set<std::string> looked_up_; ///< hosts that were compared with names
    std::vector<LinkSign> signs_;
};
}

bool is_short_link(std::string_view domain)
{
    constexpr std::array<std::string_view, 41> all{
        "adf.ly",  "bit.ly",  "bitly.com",  "bl.ink",  "buff.ly",     "clck.ru",     "cutt.ly",
        "db.tt",   "dlvr.it", "fb.me",      "goo.gl",  "goo.su",      "han.gl",      "ift.tt",
        "is.gd",   "j.mp",    "lnkd.in",    "me2.do",  "n9.cl",       "ow.ly",       "qr.ae",
        "qrco.de", "rb.gy",   "rebrand.ly", "s.id",    "shorturl.at", "soo.gd",      "spoo.me",
        "surl.li", "t.co",    "t.ly",       "t2m.io",  "tiny.cc",     "tinyurl.com", "tr.im",
        "trib.al", "u.nu",    "u.to",       "urlz.fr", "v.gd",        "x.gd"};
    return std::ranges::binary_search(all, domain);
}

std::vector<LinkSign> link_signs(const std::vector<Link>& links, const ProtectedNames& names,
                                 std::size_t limit)
{
    Signs signs{names, limit};
    for (const auto& link : links)
        signs.look(link);
    return signs.take();
}
}
