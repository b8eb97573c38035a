// SPDX-License-Identifier: Apache-2.0
#include "web/api/list_scope.hpp"

#include "gateway/mail/address.hpp"
#include "gateway/mail/ascii.hpp"
#include "web/api/request.hpp"

#include <algorithm>
#include <array>

namespace web {
std::expected<std::string, mail::Problem> parse_scope(std::string_view text)
{
    if (text.empty() || text == "global")
        return "";
    if (text.starts_with("domain:")) {
        auto domain = mail::Domain::parse(text.substr(7));
        if (!domain)
            return std::unexpected{domain.error()};
        return domain->ascii();
    }
    if (text.starts_with("user:")) {
        auto user = mail::Mailbox::parse(text.substr(5));
        if (!user)
            return std::unexpected{user.error()};
        return user->key();
    }
    return std::unexpected{mail::Problem{"a scope is global, domain:NAME or user:ADDRESS"}};
}

std::string scope_text(std::string_view scope)
{
    if (scope.empty())
        return "global";
    return (scope.find('@') == scope.npos ? "domain:" : "user:") + std::string{scope};
}

namespace {
constexpr std::array<std::string_view, 6> column_names{"list", "entry", "scope",
                                                       "user", "note",  "expires"};
constexpr std::size_t most_lines = 100'000;
using Fields = std::vector<std::string>;

/// One record off the front; a quoted field may span lines. `lines` counts the lines it took.
Fields take_record(std::string_view& csv, char separator, int& lines)
{
    Fields fields{""};
    bool is_quoted = false;
    lines = 1;
    std::size_t at = 0;
    for (; at < csv.size(); ++at) {
        const char c = csv[at];
        if (is_quoted) {
            lines += c == '\n' ? 1 : 0;
            if (c != '"')
                fields.back() += c;
            else if (at + 1 < csv.size() && csv[at + 1] == '"')
                fields.back() += csv[++at];
            else
                is_quoted = false;
        } else if (c == '"' && fields.back().empty()) {
            is_quoted = true;
        } else if (c == separator) {
            fields.emplace_back();
        } else if (c == '\n') {
            break;
        } else if (c != '\r') {
            fields.back() += c;
        }
    }
    csv.remove_prefix(std::min(at + 1, csv.size()));
    for (auto& field : fields) {
        const auto first = field.find_first_not_of(" \t"), last = field.find_last_not_of(" \t");
        field = first == field.npos ? "" : field.substr(first, last - first + 1);
    }
    return fields;
}

char separator_of(std::string_view csv)
{
    const auto line = csv.substr(0, csv.find('\n'));
    for (const char c : {',', ';', '\t'})
        if (line.find(c) != line.npos)
            return c;
    return ',';
}

std::string lower(std::string text)
{
    std::ranges::transform(text, text.begin(), mail::to_lower);
    return text;
}

/// The columns named by a head line, or nothing when it is none.
std::vector<std::string_view> columns_of(const Fields& fields)
{
    std::vector<std::string_view> columns;
    for (const auto& field : fields) {
        const auto name = lower(field);
        const auto known
            = std::ranges::find(column_names, name == "effect" || name == "action" ? "list" : name);
        if (known == column_names.end())
            return {};
        columns.push_back(*known);
    }
    return columns;
}

class LineReader {
public:
    LineReader(const std::vector<std::string_view>& columns, const Fields& fields)
        : columns_{columns}, fields_{fields}
    { }
    std::string of(std::string_view column) const
    {
        const auto at = std::ranges::find(columns_, column);
        const auto index = static_cast<std::size_t>(at - columns_.begin());
        return at == columns_.end() || index >= fields_.size() ? "" : fields_[index];
    }

private:
    const std::vector<std::string_view>& columns_;
    const Fields& fields_;
};

ImportLine read_line(const LineReader& line, const std::string& scope, storage::WallTime now)
{
    ImportLine result;
    auto entry = storage::parse_list_entry(line.of("entry"));
    if (!entry) {
        result.problem = entry.error().text;
        return result;
    }
    result.entry = std::move(*entry);
    const auto list = lower(line.of("list"));
    if (list != "allow" && list != "block") {
        result.problem = "the list is allow or block";
        return result;
    }
    result.entry.effect
        = list == "allow" ? storage::ListEntry::Effect::allow : storage::ListEntry::Effect::block;
    const auto user = line.of("user"), own = line.of("scope");
    const auto parsed = !user.empty() ? parse_scope("user:" + user)
        : !own.empty()                ? parse_scope(own)
                                      : std::expected<std::string, mail::Problem>{scope};
    if (!parsed) {
        result.problem = parsed.error().text;
        return result;
    }
    result.entry.scope = *parsed;
    result.entry.note = line.of("note").substr(0, 512);
    if (const auto expires = line.of("expires"); !expires.empty()) {
        result.entry.expires = parse_moment(expires, now);
        if (!result.entry.expires)
            result.problem = "expires is a date such as 2027-01-31";
    }
    return result;
}
}

std::vector<ImportLine> parse_list_csv(std::string_view csv, const std::string& scope,
                                       std::chrono::system_clock::time_point now)
{
    if (csv.starts_with("\xEF\xBB\xBF"))
        csv.remove_prefix(3);
    const char separator = separator_of(csv);
    std::vector<std::string_view> columns{"list", "entry", "scope", "note"};
    std::vector<ImportLine> lines;
    bool is_first = true;
    for (int number = 1, taken = 0; !csv.empty(); number += taken) {
        const auto fields = take_record(csv, separator, taken);
        if (fields.size() == 1 && (fields[0].empty() || fields[0].starts_with('#')))
            continue;
        const auto named
            = std::exchange(is_first, false) ? columns_of(fields) : std::vector<std::string_view>{};
        if (!named.empty()) {
            columns = named;
            continue;
        }
        lines.push_back(read_line(LineReader{columns, fields}, scope, now));
        lines.back().line = number;
        if (lines.size() == most_lines)
            break;
    }
    return lines;
}
}
