// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sts_policy.hpp"

#include "gateway/mail/address.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace smtp {
namespace {
constexpr std::size_t longest_file = 64 * 1024, most_servers = 200, longest_id = 32;
constexpr std::int64_t longest_age = 31'557'600; // RFC 8461 §3.2

std::string_view trimmed(std::string_view text)
{
    const auto first = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(first);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Takes what stands before the first `end` off the front.
std::string_view take_to(std::string_view& text, char end)
{
    const auto at = std::min(text.find(end), text.size());
    const auto piece = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return piece;
}

bool is_id(std::string_view text)
{
    return !text.empty() && text.size() <= longest_id
        && std::ranges::all_of(text, mail::is_alphanumeric);
}

bool is_sts_record(std::string_view text)
{
    constexpr std::string_view version = "v=STSv1";
    return text.starts_with(version) && trimmed(text.substr(version.size())).substr(0, 1) == ";";
}

/// "mx1.example.org" or "*.example.org"; nullopt: neither.
std::optional<std::string> pattern_of(std::string_view text)
{
    const bool is_wild = text.starts_with("*.");
    const auto name = mail::Domain::parse(is_wild ? text.substr(2) : text);
    if (!name || name->is_literal())
        return {};
    return (is_wild ? "*." : "") + name->ascii();
}

/// What was read so far; the first of equal keys counts (§3.2).
struct Fields {
    std::string_view version, mode, age;
    std::vector<std::string> mx;
    std::string wrong;

    void take(std::string_view key, std::string_view value)
    {
        const auto first = [&](std::string_view& field) {
            if (field.empty())
                field = value;
        };
        if (key == "version")
            first(version);
        else if (key == "mode")
            first(mode);
        else if (key == "max_age")
            first(age);
        else if (key == "mx")
            add(value);
    }
    void add(std::string_view value)
    {
        auto pattern = pattern_of(value);
        if (!pattern || mx.size() >= most_servers)
            wrong = pattern ? "too many servers" : "an mx that is no name";
        else
            mx.push_back(std::move(*pattern));
    }
};

std::expected<StsPolicy, std::string> policy_of(Fields fields)
{
    StsPolicy policy{.mx = std::move(fields.mx)};
    std::int64_t age = -1;
    const auto* end = fields.age.data() + fields.age.size();
    const auto [rest, error] = std::from_chars(fields.age.data(), end, age);
    if (!fields.wrong.empty())
        return std::unexpected{fields.wrong};
    if (fields.version != "STSv1")
        return std::unexpected{std::string{"the version is not STSv1"}};
    if (error != std::errc{} || rest != end || age < 0)
        return std::unexpected{std::string{"max_age is no number"}};
    policy.max_age = std::chrono::seconds{std::min(age, longest_age)};
    if (fields.mode == "enforce")
        policy.mode = StsPolicy::Mode::enforce;
    else if (fields.mode == "testing")
        policy.mode = StsPolicy::Mode::testing;
    else if (fields.mode != "none")
        return std::unexpected{std::string{"mode is none of enforce, testing, none"}};
    if (policy.mode != StsPolicy::Mode::none && policy.mx.empty())
        return std::unexpected{std::string{"no mx is named"}};
    return policy;
}
}

bool StsPolicy::allows(std::string_view host) const
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    const auto dot = std::min(host.find('.'), host.size());
    return std::ranges::any_of(mx, [&](const std::string& pattern) {
        if (pattern.starts_with("*."))
            return dot > 0
                && mail::equals_ignoring_case(host.substr(dot),
                                              std::string_view{pattern}.substr(1));
        return mail::equals_ignoring_case(host, pattern);
    });
}

std::optional<std::string> sts_id(const net::DnsAnswer& answer)
{
    std::optional<std::string> id;
    std::size_t count = 0;
    for (const auto& record : answer.records) {
        if (!is_sts_record(record.data) || ++count > 1)
            continue;
        std::string_view rest = record.data;
        take_to(rest, ';');
        while (!rest.empty()) {
            const auto field = trimmed(take_to(rest, ';'));
            if (field.starts_with("id=") && is_id(field.substr(3)) && !id)
                id = field.substr(3);
        }
    }
    return count == 1 ? id : std::nullopt;
}

std::expected<StsPolicy, std::string> parse_sts_policy(std::string_view text)
{
    if (text.size() > longest_file)
        return std::unexpected{std::string{"it is too long"}};
    Fields fields;
    while (!text.empty()) {
        auto line = take_to(text, '\n');
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        const auto key = trimmed(take_to(line, ':'));
        fields.take(key, trimmed(line));
    }
    return policy_of(std::move(fields));
}
}
