// SPDX-License-Identifier: Apache-2.0
#include "filters/content/brands.hpp"

#include "filters/content/brand_table.hpp"
#include "filters/content/look_alike.hpp"
#include "filters/content/text.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

namespace filters::content {
namespace {
using Words = std::vector<std::string_view>;

/// Calls `each` with every piece between separators.
template <typename Each> void split(std::string_view text, char separator, Each each)
{
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        if (end > 0)
            each(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
}

bool is_of_word(char c) { return mail::is_alphanumeric(c) || (c & 0x80) != 0; }

Words words_of(std::string_view text)
{
    Words words;
    for (std::size_t at = 0; at < text.size();) {
        if (!is_of_word(text[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < text.size() && is_of_word(text[end]))
            ++end;
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

/// The table's words in the form in which texts are compared.
class Index {
public:
    enum class Form { folded, shape };

    explicit Index(Form form) : form_{form}
    {
        for (const auto& brand : brand_table)
            split(brand.words, '|', [&](std::string_view written) {
                if (mail::is_ascii(written))
                    needles_.push_back({&brand, normalised(written), {}});
                else
                    scripts_.push_back({&brand, normalised(written), {}});
            });
        for (auto& needle : needles_) {
            needle.words = words_of(needle.text);
            by_first_.emplace(needle.words.front(), &needle);
        }
    }
    std::string normalised(std::string_view utf8) const
    {
        auto text = as_seen(utf8);
        return form_ == Form::shape ? skeleton(text) : text;
    }

    struct Match {
        const Brand* brand = nullptr;
        std::size_t first = 0, words = 0; ///< which words of the text
    };
    /// Calls `each` with every brand named, until it returns true.
    template <typename Each>
    bool matches(std::string_view text, const Words& words, Each each) const
    {
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto [from, to] = by_first_.equal_range(words[i]);
            for (auto at = from; at != to; ++at) {
                const auto& needle = *at->second;
                if (stands_at(needle.words, words, i)
                    && each(Match{needle.brand, i, needle.words.size()}))
                    return true;
            }
        }
        if (mail::is_ascii(text))
            return false;
        return std::ranges::any_of(scripts_, [&](const Needle& needle) {
            return text.find(needle.text) != text.npos && each(Match{needle.brand, 0, 1});
        });
    }

private:
    struct Needle {
        const Brand* brand;
        std::string text;
        Words words; ///< views of `text`
    };
    static bool stands_at(const Words& needle, const Words& words, std::size_t at)
    {
        return at + needle.size() <= words.size()
            && std::equal(needle.begin(), needle.end(),
                          words.begin() + static_cast<std::ptrdiff_t>(at));
    }
    Form form_;
    std::vector<Needle> needles_, scripts_;
    std::unordered_multimap<std::string_view, const Needle*> by_first_;
};

const Index& shapes()
{
    static const Index index{Index::Form::shape};
    return index;
}
const Index& folded()
{
    static const Index index{Index::Form::folded};
    return index;
}

/// Words that stand beside a brand in the name of one of its offices.
bool is_office_word(std::string_view word)
{
    static const std::vector<std::string> all = [] {
        std::vector<std::string> shaped;
        for (const auto* plain :
             {"account",       "accounts",      "alert",    "alerts",   "bank",    "banking",
              "billing",       "card",          "center",   "cloud",    "com",     "customer",
              "delivery",      "express",       "helpdesk", "id",       "inc",     "info",
              "international", "kundenservice", "mail",     "member",   "notice",  "notification",
              "notifications", "online",        "order",    "orders",   "package", "parcel",
              "pay",           "payment",       "post",     "reward",   "rewards", "secure",
              "security",      "service",       "services", "shipping", "store",   "support",
              "survey",        "team",          "the",      "tracking", "update",  "wallet",
              "winner",        "gift",          "gifts",    "card",     "premium", "department"})
            shaped.push_back(skeleton(plain));
        std::ranges::sort(shaped);
        return shaped;
    }();
    return std::ranges::binary_search(all, word);
}

/// "Chase" and "Chase Online Banking", not "Chase Smith".
bool is_whole_name(const Words& words, const Index::Match& match)
{
    for (std::size_t i = 0; i < words.size(); ++i)
        if ((i < match.first || i >= match.first + match.words) && !is_office_word(words[i]))
            return false;
    return true;
}

std::string_view first_label(std::string_view domain) { return domain.substr(0, domain.find('.')); }

/// Brands by their domains and labels. One domain may be of several entries; the first counts.
const std::unordered_map<std::string_view, const Brand*>& by_site()
{
    static const auto all = [] {
        std::unordered_map<std::string_view, const Brand*> made;
        for (const auto& brand : brand_table)
            split(brand.domains, ' ',
                  [&](std::string_view domain) { made.emplace(domain, &brand); });
        return made;
    }();
    return all;
}
}

bool belongs_to(const Brand& brand, std::string_view registrable)
{
    bool does = false;
    split(brand.domains, ' ', [&](std::string_view one) {
        does |= one.contains('.') ? one == registrable : one == first_label(registrable);
    });
    return does;
}

const Brand* brand_of_name(std::string_view utf8)
{
    constexpr std::size_t longest = 500;
    const auto text = shapes().normalised(utf8.substr(0, longest));
    const auto words = words_of(text);
    const Brand* found = nullptr;
    shapes().matches(text, words, [&](const Index::Match& match) {
        if (match.brand->use == Brand::Use::ordinary && !is_whole_name(words, match))
            return false;
        found = match.brand;
        return true;
    });
    return found;
}

const Brand* brand_in_subject(std::string_view utf8)
{
    constexpr std::size_t longest = 500;
    const auto text = shapes().normalised(utf8.substr(0, longest));
    const Brand* found = nullptr;
    shapes().matches(text, words_of(text), [&](const Index::Match& match) {
        if (match.brand->use != Brand::Use::plain)
            return false;
        found = match.brand;
        return true;
    });
    return found;
}

const Brand* brand_of_text(std::string_view utf8)
{
    constexpr std::size_t looked_at = 16U << 10, first_words = 25, enough = 3;
    auto cut = std::min(utf8.size(), looked_at);
    while (cut > 0 && cut < utf8.size() && (static_cast<unsigned char>(utf8[cut]) & 0xC0) == 0x80)
        --cut;
    const auto text = folded().normalised(utf8.substr(0, cut));
    std::unordered_map<const Brand*, std::size_t> counts;
    const Brand* found = nullptr;
    folded().matches(text, words_of(text), [&](const Index::Match& match) {
        if (match.brand->use != Brand::Use::plain)
            return false;
        if (++counts[match.brand] < enough && match.first >= first_words)
            return false;
        found = match.brand;
        return true;
    });
    return found;
}

const Brand* brand_in_foreign_host(std::string_view host, std::string_view registrable)
{
    constexpr std::size_t least = 5;
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto& all = by_site();
    for (auto at = std::ranges::find_if(host, is_letter); at != host.end();) {
        const auto end = std::find_if_not(at, host.end(), is_letter);
        const auto found = all.find(std::string_view{at, end});
        if (found != all.end() && end - at >= std::ptrdiff_t{least}
            && found->second->use == Brand::Use::plain)
            return brand_of_site(registrable) == nullptr ? found->second : nullptr;
        at = std::find_if(end, host.end(), is_letter);
    }
    return nullptr;
}

const Brand* brand_of_site(std::string_view registrable)
{
    const auto& all = by_site();
    if (const auto whole = all.find(registrable); whole != all.end())
        return whole->second;
    const auto label = all.find(first_label(registrable));
    return label == all.end() ? nullptr : label->second;
}

bool is_free_mail(std::string_view registrable)
{
    constexpr std::array<std::string_view, 37> labels{
        "126",    "163",        "aol",      "aim",        "bol",     "freenet", "gmail",
        "gmx",    "googlemail", "hanmail",  "hotmail",    "icloud",  "inbox",   "laposte",
        "libero", "live",       "mail",     "mailfence",  "msn",     "naver",   "onet",
        "orange", "outlook",    "proton",   "protonmail", "qq",      "rambler", "rediffmail",
        "seznam", "t-online",   "tutanota", "uol",        "wanadoo", "yahoo",   "yandex",
        "ymail",  "zoho"};
    return std::ranges::find(labels, first_label(registrable)) != labels.end()
        || registrable == "web.de" || registrable == "sina.com" || registrable == "wp.pl"
        || registrable == "tuta.io" || registrable == "consultant.com";
}
}
