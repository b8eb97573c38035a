// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/text_links.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <algorithm>
#include <optional>

namespace filters::rulebook {
namespace {
constexpr std::size_t longest_link = 8192, longest_host = 255;
constexpr std::string_view ends_of_links = " \t\r\n\v\f\"<>[]{}|`)";
constexpr std::string_view never_last = "-~!@#^&*()_+=:;'?,.";

bool is_octet_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_space(char c) { return std::string_view{" \t\r\n\v\f"}.contains(c); }
bool is_in_name(char c) { return mail::is_alphanumeric(c) || c == '-'; }

bool starts_with(std::string_view text, std::string_view lower)
{
    return text.size() >= lower.size()
        && mail::equals_ignoring_case(text.substr(0, lower.size()), lower);
}

/// Without the punctuation of the sentence around it.
std::string_view without_punctuation(std::string_view link)
{
    return link.substr(0, link.find_last_not_of(never_last) + 1);
}

/// Labels of letters, digits and "-" within, under a top domain that exists.
bool is_host(std::string_view host)
{
    if (host.empty() || host.size() > longest_host || !host.contains('.'))
        return false;
    for (std::string_view rest = host; !rest.empty();) {
        const auto label = rest.substr(0, rest.find('.'));
        if (label.empty() || label.front() == '-' || label.back() == '-'
            || !std::ranges::all_of(
                label, [](char c) { return is_in_name(c) || is_octet_beyond_ascii(c); }))
            return false;
        rest.remove_prefix(std::min(label.size() + 1, rest.size()));
    }
    std::string top{host.substr(host.rfind('.') + 1)};
    std::ranges::transform(top, top.begin(), mail::to_lower);
    return mail::has_known_suffix(top) || mail::Ip::parse(host);
}

/// The host of what stands behind "scheme://", as it would be looked up; `is_word_enough`: programs
/// complete one that is a bare word.
bool has_host(std::string_view link, bool is_word_enough)
{
    auto host = link.substr(0, link.find_first_of("/?#\\"));
    host.remove_prefix(host.rfind('@') == std::string_view::npos ? 0 : host.rfind('@') + 1);
    if (const auto colon = host.find(':'); colon != std::string_view::npos) {
        const auto port = host.substr(colon + 1);
        if (!std::ranges::all_of(port, mail::is_digit))
            return false;
        host = host.substr(0, colon);
    }
    while (host.ends_with('.') || host.ends_with('$') || host.ends_with('%'))
        host.remove_suffix(1);
    const bool is_label = is_word_enough && !host.empty() && std::ranges::all_of(host, is_in_name);
    return is_host(host) || (is_label && !mail::equals_ignoring_case(host, "localhost"));
}

/// One pass; what was taken for a link is not looked at again.
class LinkFinder {
public:
    LinkFinder(std::string_view text, std::size_t limit) : text_{text}, limit_{limit} { }

    std::vector<std::string> run()
    {
        while (at_ < text_.size() && found_.size() < limit_) {
            const bool is_start = at_ == 0 || !is_in_name(text_[at_ - 1]);
            if (!take_scheme() && !(is_start && (take_address() || take_known_name()))
                && !take_host())
                ++at_;
        }
        return std::move(found_);
    }

private:
    std::string_view rest() const { return text_.substr(at_); }
    /// Up to where a link ends in any case.
    std::string_view run_from(std::size_t start) const
    {
        const auto window = text_.substr(start, longest_link);
        auto end = std::min(window.find_first_of(ends_of_links), window.size());
        if (const auto blank = window.substr(0, end).find("\xC2\xA0"); blank != window.npos)
            end = blank;
        return window.substr(0, end);
    }

    bool take_scheme()
    {
        for (const std::string_view scheme : {"http://", "https://", "ftp://"}) {
            if (!starts_with(rest(), scheme))
                continue;
            const auto run = run_from(at_);
            const auto link = without_punctuation(run);
            if (link.size() > scheme.size()
                && has_host(link.substr(scheme.size()), scheme == "http://"))
                found_.emplace_back(link);
            at_ += run.size();
            return true;
        }
        return false;
    }

    /// "www.", "ftp.".
    bool take_known_name()
    {
        const bool is_ftp = starts_with(rest(), "ftp.");
        if ((!is_ftp && !starts_with(rest(), "www.")) || (at_ > 0 && text_[at_ - 1] == '_'))
            return false;
        const auto run = run_from(at_);
        const auto link = without_punctuation(run);
        constexpr std::size_t prefix = 4;
        if (link.size() <= prefix)
            return false;
        if (has_host(link, false))
            found_.push_back((is_ftp ? "ftp://" : "http://") + std::string{link});
        at_ += run.size();
        return true;
    }

    static bool is_in_local_part(char c)
    {
        return mail::is_alphanumeric(c) || std::string_view{"!#$%&*+-;=^_~.:\\"}.contains(c);
    }

    /// "name@host", "mailto:name@host?subject=…".
    bool take_address()
    {
        constexpr std::string_view no_start = ")?@/";
        if (at_ < tried_to_ || !is_in_local_part(text_[at_]) || text_[at_] == ':')
            return false;
        if (at_ > 0 && (is_in_local_part(text_[at_ - 1]) || no_start.contains(text_[at_ - 1]))
            && text_[at_ - 1] != ':')
            return false;
        auto at = at_;
        while (at < text_.size() && at - at_ < longest_host && is_in_local_part(text_[at]))
            ++at;
        if (at == text_.size() || text_[at] != '@') {
            // No place before the end of these characters begins an address.
            tried_to_ = at;
            return false;
        }
        const auto run = address_run(at + 1);
        const auto rest = without_punctuation(run);
        const auto host = rest.substr(0, rest.find_first_of("?&"));
        if (is_host(host) && !mail::Ip::parse(host)) {
            const auto written = text_.substr(at_, at - at_ + 1 + rest.size());
            found_.push_back((starts_with(written, "mailto:") ? "" : "mailto:")
                             + std::string{written});
        }
        at_ = at + 1 + run.size();
        return true;
    }

    std::string_view address_run(std::size_t start) const
    {
        const auto run = run_from(start);
        const auto beyond = std::ranges::find_if(run, [](char c) {
            return c == '(' || c == '\'' || c == ',' || is_octet_beyond_ascii(c);
        });
        return {run.begin(), beyond};
    }

    /// Whether a bare host may begin at `at_`.
    bool is_host_start() const
    {
        if (!mail::is_alphanumeric(text_[at_]))
            return false;
        if (at_ == 0)
            return true;
        const char before = text_[at_ - 1];
        if (before == '@')
            return at_ == 1 || is_space(text_[at_ - 2]);
        const bool is_blank_before = text_.substr(0, at_).ends_with("\xC2\xA0");
        return is_blank_before
            || (!is_in_name(before) && !is_octet_beyond_ascii(before)
                && !std::string_view{"._%"}.contains(before));
    }

    /// "example.com", "example.com:80", "example.com/path".
    bool take_host()
    {
        if (!is_host_start())
            return false;
        auto end = at_;
        while (end < text_.size() && (is_in_name(text_[end]) || text_[end] == '.'))
            ++end;
        const auto name = text_.substr(at_, end - at_);
        const bool has_dot = name.ends_with('.');
        const auto host = has_dot ? name.substr(0, name.size() - 1) : name;
        const bool is_link = is_host(host) && !mail::Ip::parse(host);
        const auto tail = is_link ? tail_from(end) : std::nullopt;
        if (tail) {
            const auto behind = text_.substr(end, *tail);
            found_.push_back("http://" + std::string{behind.empty() ? host : name}
                             + std::string{without_punctuation(behind)});
            end += behind.size();
        }
        at_ = end;
        return true;
    }

    /// How much of a port and a path stands behind a host; nothing if it is none after all.
    std::optional<std::size_t> tail_from(std::size_t end) const
    {
        auto at = end;
        if (at + 1 < text_.size() && text_[at] == ':' && mail::is_digit(text_[at + 1])) {
            constexpr std::size_t longest_port = 5;
            ++at;
            while (at < text_.size() && at - end <= longest_port && mail::is_digit(text_[at]))
                ++at;
        }
        if (at < text_.size() && text_[at] == '/') {
            const auto path = run_from(at);
            return path.size() > 1 ? std::optional{at - end + path.size()} : std::nullopt;
        }
        constexpr std::string_view ends = " \t\r\n\v\f\"<>[]{}|`";
        const bool is_end = at == text_.size() || ends.contains(text_[at])
            || text_.substr(at).starts_with("\xC2\xA0");
        return is_end ? std::optional{at - end} : std::nullopt;
    }

    std::string_view text_;
    std::size_t limit_;
    std::size_t at_ = 0, tried_to_ = 0;
    std::vector<std::string> found_;
};
}

std::vector<std::string> find_text_links(std::string_view text, std::size_t limit)
{
    return LinkFinder{text, limit}.run();
}
}
