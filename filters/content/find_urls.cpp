// SPDX-License-Identifier: Apache-2.0
#include "filters/content/url.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace filters::content {
namespace {
constexpr std::size_t longest_name = 253, longest_url = 8192;

bool is_host_character(char c)
{
    return mail::is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
}

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) > 0x7F; }

bool is_url_character(char c)
{
    return c > ' ' && c <= '~' && c != '<' && c != '>' && c != '"' && c != '`';
}

/// File names are written like names under these: "readme.md", "setup.sh".
bool is_file_suffix(std::string_view top)
{
    constexpr std::array<std::string_view, 18> all{"ai", "app", "cab", "cc", "cpa", "java",
                                                   "md", "mov", "pl",  "pm", "ps",  "py",
                                                   "rs", "sh",  "so",  "st", "vi",  "zip"};
    return std::ranges::any_of(
        all, [&](std::string_view suffix) { return mail::equals_ignoring_case(top, suffix); });
}

class Finder {
public:
    Finder(std::string_view text, std::size_t limit) : text_{text}, limit_{limit} { }

    std::vector<FoundUrl> find()
    {
        std::size_t at = 0;
        while (at < text_.size() && found_.size() < limit_) {
            if (!mail::is_alphanumeric(text_[at])) {
                ++at;
                continue;
            }
            auto end = at;
            while (end < text_.size() && is_host_character(text_[end]))
                ++end;
            at = take(at, end);
        }
        return std::move(found_);
    }

private:
    std::string_view part(std::size_t from, std::size_t to) const
    {
        return text_.substr(from, to - from);
    }

    /// A run of host characters; returns where to go on.
    std::size_t take(std::size_t begin, std::size_t end)
    {
        if (text_.substr(end).starts_with("://"))
            if (const auto length = scheme_at_end(part(begin, end)); length > 0)
                return take_with_scheme(end - length, end + 3);
        return take_name(begin, end);
    }

    static std::size_t scheme_at_end(std::string_view run)
    {
        for (const std::string_view scheme : {"https", "http", "ftp"})
            if (run.size() >= scheme.size()
                && mail::equals_ignoring_case(run.substr(run.size() - scheme.size()), scheme))
                return scheme.size();
        return 0;
    }

    std::size_t take_with_scheme(std::size_t begin, std::size_t host)
    {
        auto end = host;
        while (end < text_.size() && is_authority_character(text_[end]))
            ++end;
        end = std::min(end, host + longest_name);
        const auto first = static_cast<std::size_t>(
            std::ranges::find_if(part(host, end), is_beyond_ascii) - part(host, end).begin());
        // "http://example.jpを見て": what is behind a name that is complete belongs to the text.
        if (host + first < end && !is_known(part(host, end)))
            end = host + first;
        if (end == host || (end == host + first && first == 0))
            return host;
        return add(begin, with_path(end), "");
    }

    static bool is_authority_character(char c)
    {
        return is_beyond_ascii(c)
            || (is_url_character(c) && c != '/' && c != '?' && c != '#' && c != '\\' && c != ','
                && c != '(' && c != ')' && c != '\'' && c != ';' && c != '|' && c != '{'
                && c != '}');
    }

    /// International names cost most, so only so many of them are looked at closely.
    bool is_known(std::string_view host)
    {
        constexpr std::size_t limit = 200;
        if (!host.contains('.') || ++international_names_ > limit)
            return false;
        const auto url = parse_url("http://" + std::string{host});
        return url && (url->is_address || mail::has_known_suffix(url->host));
    }

    std::size_t with_path(std::size_t end) const
    {
        if (end < text_.size()
            && (text_[end] == '/' || text_[end] == '?' || text_[end] == '#' || text_[end] == '\\'))
            while (end < text_.size() && is_url_character(text_[end]))
                ++end;
        return end;
    }

    std::size_t take_name(std::size_t begin, std::size_t end)
    {
        auto name = part(begin, end);
        name = name.substr(0, name.find_last_not_of(".-_") + 1);
        const bool is_address
            = (begin > 0 && text_[begin - 1] == '@') || (end < text_.size() && text_[end] == '@');
        if (name.size() > longest_name || !name.contains('.') || is_address)
            return end;
        const bool has_www
            = name.size() > 4 && mail::equals_ignoring_case(name.substr(0, 4), "www.");
        const auto behind = begin + name.size();
        const bool has_path = behind < text_.size() && text_[behind] == '/';
        if (!has_known_top(name) || (!has_www && !is_typed_name(begin, name, has_path)))
            return end;
        const auto port = behind == end ? behind_port(behind) : behind;
        return std::max(end, add(begin, with_path(port), "http://"));
    }

    /// Neighbours are often alike.
    bool has_known_top(std::string_view name)
    {
        const auto top = name.substr(name.rfind('.') + 1);
        if (top != last_top_) {
            last_top_ = top;
            is_last_known_ = mail::has_known_suffix(lower(top));
        }
        return is_last_known_;
    }

    static std::string lower(std::string_view name)
    {
        std::string out{name};
        std::ranges::transform(out, out.begin(), mail::to_lower);
        return out;
    }

    /// People would type it as a link: not "end.In" between sentences, not "notes.md", not a path.
    bool is_typed_name(std::size_t begin, std::string_view name, bool has_path) const
    {
        constexpr std::string_view never_before = "/\\=&%#~+$:@";
        if (begin > 0 && never_before.contains(text_[begin - 1]))
            return false;
        const auto top = name.substr(name.rfind('.') + 1);
        const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
        const bool has_upper = std::ranges::any_of(top, is_upper);
        if (has_upper && !std::ranges::none_of(name, [](char c) { return c >= 'a' && c <= 'z'; }))
            return false;
        return !name.contains("..") && !name.contains("_.") && (has_path || !is_file_suffix(top));
    }

    std::size_t behind_port(std::size_t at) const
    {
        auto end = at;
        if (end < text_.size() && text_[end] == ':')
            for (++end; end < text_.size() && mail::is_digit(text_[end]) && end < at + 6;)
                ++end;
        return end > at + 1 ? end : at;
    }

    /// Punctuation and brackets that nothing in the URL opens do not belong to it.
    static std::string_view trimmed(std::string_view url)
    {
        std::array<std::pair<char, std::size_t>, 3> closing{{{')', 0}, {']', 0}, {'}', 0}}};
        constexpr std::string_view opening = "([{";
        for (std::size_t i = 0; i < closing.size(); ++i)
            closing[i].second = static_cast<std::size_t>(std::ranges::count(url, closing[i].first))
                - std::min(static_cast<std::size_t>(std::ranges::count(url, closing[i].first)),
                           static_cast<std::size_t>(std::ranges::count(url, opening[i])));
        while (!url.empty()) {
            const auto pair
                = std::ranges::find(closing, url.back(), &std::pair<char, std::size_t>::first);
            if (pair != closing.end() ? pair->second == 0
                                      : !std::string_view{".,;:!?'*_~|\\^"}.contains(url.back()))
                break;
            if (pair != closing.end())
                --pair->second;
            url.remove_suffix(1);
        }
        return url;
    }

    std::size_t add(std::size_t begin, std::size_t end, std::string_view prefix)
    {
        const auto url = trimmed(part(begin, std::min(end, begin + longest_url)));
        if (!url.empty() && known_.insert(url).second)
            found_.push_back({begin, url.size(), std::string{prefix} + std::string{url}});
        return end;
    }

    std::string_view text_;
    std::size_t limit_, international_names_ = 0;
    std::string_view last_top_;
    bool is_last_known_ = false;
    std::vector<FoundUrl> found_;
    std::set<std::string_view> known_; // ordered: nobody can make its look-ups slow
};
}

std::vector<FoundUrl> find_urls(std::string_view utf8, std::size_t limit)
{
    return Finder{utf8, limit}.find();
}
}
