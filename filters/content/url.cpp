// SPDX-License-Identifier: Apache-2.0
#include "filters/content/url.hpp"

#include "filters/content/url_host.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace filters::content {
namespace {
struct SpecialScheme {
    std::string_view name;
    std::uint16_t port;
};
constexpr std::array<SpecialScheme, 6> special_schemes{
    {{"http", 80}, {"https", 443}, {"ftp", 21}, {"ws", 80}, {"wss", 443}, {"file", 0}}};

const SpecialScheme* find_special(std::string_view scheme)
{
    const auto* found = std::ranges::find(special_schemes, scheme, &SpecialScheme::name);
    return found == special_schemes.end() ? nullptr : found;
}

/// Without controls and blanks at both ends, without tabs and line ends anywhere.
std::string cleaned(std::string_view written)
{
    const auto is_edge = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    while (!written.empty() && is_edge(written.front()))
        written.remove_prefix(1);
    while (!written.empty() && is_edge(written.back()))
        written.remove_suffix(1);
    std::string out;
    out.reserve(written.size());
    std::ranges::copy_if(written, std::back_inserter(out),
                         [](char c) { return c != '\t' && c != '\n' && c != '\r'; });
    return out;
}

std::string take_scheme(std::string_view& rest)
{
    std::size_t end = 0;
    const auto is_part
        = [](char c) { return mail::is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; };
    while (end < rest.size() && is_part(rest[end]))
        ++end;
    if (end == 0 || end == rest.size() || rest[end] != ':' || mail::is_digit(rest[0])
        || !mail::is_alphanumeric(rest[0]))
        return {};
    std::string scheme;
    std::ranges::transform(rest.substr(0, end), std::back_inserter(scheme), mail::to_lower);
    rest.remove_prefix(end + 1);
    return scheme;
}

/// Percent signs for what WHATWG's sets name (URL §1.3), beside controls and all beyond ASCII.
void append_encoded(std::string& out, std::string_view text, std::string_view set)
{
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c > '~' || static_cast<unsigned char>(c) > 0x7E
            || set.contains(c))
            append_percent(out, c);
        else
            out += c;
}

bool is_dot(std::string_view segment)
{
    return segment == "." || mail::equals_ignoring_case(segment, "%2e");
}

bool is_double_dot(std::string_view segment)
{
    for (const std::string_view form : {"..", ".%2e", "%2e.", "%2e%2e"})
        if (mail::equals_ignoring_case(segment, form))
            return true;
    return false;
}

/// "C:" or "C|" at the head of a file's path.
bool is_drive(std::string_view segment)
{
    return segment.size() == 2 && mail::is_alphanumeric(segment[0]) && !mail::is_digit(segment[0])
        && (segment[1] == ':' || segment[1] == '|');
}

/// Appends the segments of `written` to `path`, which ends before a slash.
void append_path(std::string& path, std::string_view written, bool is_special, bool is_file)
{
    const std::string_view slashes = is_special ? "/\\" : "/";
    while (true) {
        const auto end = written.find_first_of(slashes);
        const auto segment = written.substr(0, end);
        const bool is_last = end == written.npos;
        if (is_double_dot(segment)) {
            const bool keeps_drive = is_file && path.size() == 3 && is_drive(path.substr(1));
            if (!path.empty() && !keeps_drive)
                path.resize(path.rfind('/'));
            if (is_last)
                path += '/';
        } else if (is_dot(segment)) {
            if (is_last)
                path += '/';
        } else if (is_file && path.empty() && is_drive(segment)) {
            ((path += '/') += segment[0]) += ':';
        } else {
            path += '/';
            append_encoded(path, segment, " \"#<>?`{}^");
        }
        if (is_last)
            return;
        written.remove_prefix(end + 1);
    }
}

class UrlParser {
public:
    explicit UrlParser(const Url* base) : base_{base} { }

    std::optional<Url> parse(std::string_view rest)
    {
        url_.scheme = take_scheme(rest);
        if (url_.scheme.empty() && base_ == nullptr)
            return {};
        take_query(rest);
        if (!url_.scheme.empty()) {
            if (!read_absolute(rest))
                return {};
        } else if (!read_relative(rest))
            return {};
        return std::move(url_);
    }

private:
    bool is_file() const { return url_.scheme == "file"; }

    bool is_slash(char c) const { return c == '/' || (special_ != nullptr && c == '\\'); }

    std::size_t slashes(std::string_view rest) const
    {
        std::size_t count = 0;
        while (count < rest.size() && is_slash(rest[count]))
            ++count;
        return count;
    }

    /// Fragment and query are read off the end; they do not depend on what is before.
    void take_query(std::string_view& rest)
    {
        if (const auto hash = rest.find('#'); hash != rest.npos) {
            append_encoded(url_.fragment, rest.substr(hash + 1), " \"<>`");
            rest = rest.substr(0, hash);
        }
        special_ = find_special(url_.scheme.empty() ? base_->scheme : url_.scheme);
        if (const auto mark = rest.find('?'); mark != rest.npos) {
            has_query_ = true;
            append_encoded(url_.query, rest.substr(mark + 1),
                           special_ != nullptr ? " \"#<>'" : " \"#<>");
            rest = rest.substr(0, mark);
        }
    }

    bool read_absolute(std::string_view rest)
    {
        const std::size_t count = slashes(rest);
        if (is_file())
            return read_file(rest, count);
        if (special_ != nullptr) {
            if (count < 2 && base_ != nullptr && base_->scheme == url_.scheme)
                return read_relative(rest);
            return read_authority(rest.substr(count));
        }
        if (rest.starts_with("//"))
            return read_authority(rest.substr(2));
        if (rest.starts_with('/'))
            append_path(url_.path, rest.substr(1), false, false);
        else
            append_encoded(url_.path, rest, "");
        return true;
    }

    bool read_file(std::string_view rest, std::size_t count)
    {
        url_.has_authority = true;
        if (count < 2) {
            if (base_ != nullptr && base_->scheme == url_.scheme)
                return read_relative(rest);
            append_path(url_.path, rest.substr(count), true, true);
            return true;
        }
        rest.remove_prefix(2);
        const auto end = std::min(rest.find_first_of("/\\"), rest.size());
        if (end > 0 && !is_drive(rest.substr(0, end))) {
            const auto host = parse_url_host(rest.substr(0, end));
            if (!host)
                return false;
            take_host(*host);
            if (url_.host == "localhost")
                url_.host.clear();
            rest.remove_prefix(end);
        }
        append_path(url_.path, rest.substr(std::min<std::size_t>(slashes(rest), 1)), true, true);
        return true;
    }

    bool read_relative(std::string_view rest)
    {
        url_.scheme = base_->scheme;
        special_ = find_special(url_.scheme);
        const std::size_t count = slashes(rest);
        if (count >= 2)
            return is_file() ? read_file(rest, count)
                             : read_authority(rest.substr(special_ != nullptr ? count : 2));
        const bool is_opaque = !base_->has_authority && !base_->path.starts_with('/');
        if (is_opaque && (!rest.empty() || has_query_))
            return false;
        copy_authority();
        if (rest.empty()) {
            url_.path = base_->path;
            if (!has_query_)
                url_.query = base_->query;
            return true;
        }
        if (count == 0)
            url_.path = base_->path.substr(0, base_->path.rfind('/'));
        append_path(url_.path, rest.substr(count), special_ != nullptr, is_file());
        return true;
    }

    void copy_authority()
    {
        url_.has_authority = base_->has_authority;
        url_.has_user_info = base_->has_user_info;
        url_.host = base_->host;
        url_.port = base_->port;
        url_.is_address = base_->is_address;
        url_.is_odd_address = base_->is_odd_address;
        url_.is_punycode = base_->is_punycode;
        url_.is_odd_host = base_->is_odd_host;
    }

    void take_host(const UrlHost& host)
    {
        url_.host = host.name;
        url_.is_address = host.is_address;
        url_.is_odd_address = host.is_odd_address;
        url_.is_odd_host = host.is_odd;
        url_.is_punycode = host.name.starts_with("xn--") || host.name.contains(".xn--");
        if (special_ != nullptr && !host.is_address && url_.host.ends_with('.')
            && !url_.host.ends_with("..") && url_.host.size() > 1)
            url_.host.pop_back();
    }

    bool read_authority(std::string_view rest)
    {
        const auto end
            = std::min(rest.find_first_of(special_ != nullptr ? "/\\" : "/"), rest.size());
        auto authority = rest.substr(0, end);
        rest.remove_prefix(end);
        if (const auto at = authority.rfind('@'); at != authority.npos) {
            url_.has_user_info = at > 0;
            authority.remove_prefix(at + 1);
            if (authority.empty())
                return false;
        }
        const auto bracket = authority.rfind(']');
        const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
        const auto name = authority.substr(0, colon);
        if (colon != authority.npos && (name.empty() || !read_port(authority.substr(colon + 1))))
            return false;
        const auto host = special_ != nullptr ? parse_url_host(name) : parse_opaque_host(name);
        if (!host)
            return false;
        take_host(*host);
        url_.has_authority = true;
        if (!rest.empty() || special_ != nullptr)
            append_path(url_.path, rest.empty() ? rest : rest.substr(1), special_ != nullptr,
                        false);
        return true;
    }

    bool read_port(std::string_view digits)
    {
        if (digits.empty())
            return true;
        const auto [end, error]
            = std::from_chars(digits.data(), digits.data() + digits.size(), url_.port);
        if (error != std::errc{} || end != digits.data() + digits.size())
            return false;
        if (special_ != nullptr && url_.port == special_->port)
            url_.port = 0;
        return true;
    }

    const Url* base_;
    const SpecialScheme* special_ = nullptr;
    bool has_query_ = false;
    Url url_;
};
}

std::string Url::to_string() const
{
    std::string text = scheme + ":";
    if (has_authority) {
        text += "//" + host;
        if (port != 0)
            text += ":" + std::to_string(port);
    } else if (path.starts_with("//"))
        text += "/."; // or the path would be read as a host
    text += path;
    if (!query.empty())
        text += "?" + query;
    if (!fragment.empty())
        text += "#" + fragment;
    return text;
}

std::string Url::registrable() const
{
    if (is_address || host.empty())
        return host;
    const auto found = mail::registrable_domain(host);
    return found.empty() ? host : std::string{found};
}

std::optional<Url> parse_url(std::string_view written, const Url* base)
{
    return UrlParser{base}.parse(cleaned(written));
}
}
