// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dmarc_record.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace filters::auth {
namespace {
using mail::Problem;

struct Tag {
    std::string_view name, value;
};

/// Takes one tag off the front; a part without '=' has no name.
Tag take_tag(std::string_view& text)
{
    const auto part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto equals = part.find('=');
    if (equals == part.npos)
        return {};
    return {mail::trimmed(part.substr(0, equals)), mail::trimmed(part.substr(equals + 1))};
}

std::optional<DmarcPolicy> policy_of(std::string_view value)
{
    for (const auto policy : {DmarcPolicy::none, DmarcPolicy::quarantine, DmarcPolicy::reject})
        if (mail::equals_ignoring_case(value, to_string(policy)))
            return policy;
    return {};
}

/// At least one of the addresses has the shape of a URI.
bool has_report_address(std::string_view value)
{
    while (!value.empty()) {
        const auto uri = mail::trimmed(value.substr(0, value.find(',')));
        value.remove_prefix(std::min(value.find(','), value.size() - 1) + 1);
        const auto colon = uri.find(':');
        if (colon != uri.npos && colon > 0 && colon + 1 < uri.size()
            && std::ranges::all_of(uri.substr(0, colon), mail::is_alphanumeric))
            return true;
    }
    return false;
}

/// Reads the tags into a record and remembers what was wrong.
class Reader {
public:
    std::optional<Problem> read(std::string_view name, std::string_view value)
    {
        constexpr std::array<std::string_view, 9> names{"p",   "sp",  "np", "adkim", "aspf",
                                                        "pct", "psd", "t",  "rua"};
        const auto found = std::ranges::find_if(
            names, [&](auto known) { return mail::equals_ignoring_case(known, name); });
        if (found == names.end())
            return {};
        auto& is_seen = seen_[static_cast<std::size_t>(found - names.begin())];
        if (is_seen)
            return Problem{"the tag " + std::string{*found} + " stands twice"};
        is_seen = true;
        if (found->ends_with('p'))
            read_policy(*found, value);
        else
            read_other(*found, value);
        return {};
    }
    std::expected<DmarcRecord, Problem> finish(DmarcStandard standard)
    {
        const bool lacks_policy = !seen_[0] && standard == DmarcStandard::rfc7489;
        if (!has_wrong_policy_ && !lacks_policy)
            return std::move(record_);
        if (!has_report_address(record_.reports))
            return std::unexpected{Problem{lacks_policy ? "no policy (p=)" : "a policy unknown"}};
        record_.policy = DmarcPolicy::none;
        record_.subdomains = record_.nonexistent = {};
        return std::move(record_);
    }

private:
    void read_policy(std::string_view name, std::string_view value)
    {
        const auto policy = policy_of(value);
        has_wrong_policy_ |= !policy;
        if (!policy)
            return;
        if (name == "p")
            record_.policy = *policy;
        else
            (name == "sp" ? record_.subdomains : record_.nonexistent) = policy;
    }
    void read_other(std::string_view name, std::string_view value)
    {
        const auto is
            = [&](std::string_view word) { return mail::equals_ignoring_case(value, word); };
        if (name == "adkim")
            record_.is_dkim_strict = is("s");
        else if (name == "aspf")
            record_.is_spf_strict = is("s");
        else if (name == "psd" && (is("y") || is("n")))
            record_.public_suffix = is("y") ? DmarcRecord::Suffix::yes : DmarcRecord::Suffix::no;
        else if (name == "t")
            record_.is_testing = is("y");
        else if (name == "rua")
            record_.reports = value;
        else if (name == "pct")
            read_percent(value);
    }
    void read_percent(std::string_view value)
    {
        unsigned percent = 0;
        const auto [end, error]
            = std::from_chars(value.data(), value.data() + value.size(), percent);
        if (error == std::errc{} && end == value.data() + value.size() && percent <= 100)
            record_.percent = percent;
    }

    DmarcRecord record_;
    std::array<bool, 9> seen_{};
    bool has_wrong_policy_ = false;
};
}

std::string_view to_string(DmarcPolicy policy)
{
    constexpr std::array<std::string_view, 3> texts{"none", "quarantine", "reject"};
    return texts[static_cast<std::size_t>(policy)];
}

bool is_dmarc(std::string_view txt)
{
    const auto tag = take_tag(txt);
    return mail::equals_ignoring_case(tag.name, "v") && tag.value == "DMARC1";
}

std::expected<DmarcRecord, Problem> DmarcRecord::parse(std::string_view text,
                                                       DmarcStandard standard)
{
    Reader reader;
    take_tag(text);
    for (std::size_t count = 0; !text.empty(); ++count) {
        if (count == most_tags)
            return std::unexpected{Problem{"too many tags"}};
        const auto tag = take_tag(text);
        if (auto problem = reader.read(tag.name, tag.value))
            return std::unexpected{std::move(*problem)};
    }
    return reader.finish(standard);
}
}
