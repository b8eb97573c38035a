// SPDX-License-Identifier: Apache-2.0
#include "filters/content/delivery_report.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::content {
namespace {
constexpr std::size_t most_failures = 50, longest_value = 400, longest_line = 2000;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (is_blank(text.front()) || text.front() == '>'))
        text.remove_prefix(1); // quoted originals begin lines with '>'
    while (!text.empty() && (is_blank(text.back()) || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// What stands behind "NAME:" at the front of a line.
bool is_field(std::string_view line, std::string_view name, std::string_view& value)
{
    if (line.size() <= name.size() || line[name.size()] != ':'
        || !mail::equals_ignoring_case(line.substr(0, name.size()), name))
        return false;
    value = trimmed(line.substr(name.size() + 1)).substr(0, longest_value);
    return true;
}

/// "rfc822; ann@a.example" → "ann@a.example".
std::string address_in(std::string_view value)
{
    value = trimmed(value.substr(value.find(';') == value.npos ? 0 : value.find(';') + 1));
    if (value.starts_with('<') && value.ends_with('>') && value.size() > 2)
        value = value.substr(1, value.size() - 2);
    return value.find('@') == value.npos || value.find(' ') != value.npos ? std::string{}
                                                                          : std::string{value};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "5.1.1" somewhere in a text; "" where there is none.
std::string status_in(std::string_view text)
{
    for (std::size_t at = 0; at + 4 < text.size(); ++at) {
        const bool begins = (text[at] == '5' || text[at] == '4') && text[at + 1] == '.'
            && is_digit(text[at + 2]) && (at == 0 || !is_digit(text[at - 1]));
        if (!begins)
            continue;
        const auto end = std::min(text.find_first_not_of("0123456789.", at), text.size());
        auto status = text.substr(at, end - at);
        while (status.ends_with('.'))
            status.remove_suffix(1);
        if (std::ranges::count(status, '.') == 2 && status.size() <= 9)
            return std::string{status};
    }
    return {};
}

/// Free forms: "<ann@a.example>: host mx said: 550 …" (Postfix, qmail), "  ann@a.example" on a line
/// of its own with the reason on the next (Exim).
std::string address_at_front(std::string_view line)
{
    if (line.starts_with('<')) {
        const auto end = line.find('>');
        if (end == line.npos || end + 1 >= line.size() || line[end + 1] != ':')
            return {};
        return address_in(line.substr(0, end + 1));
    }
    return {};
}

/// One reading, line by line.
class Reader {
public:
    void take(std::string_view line)
    {
        std::string_view value;
        if (is_field(line, "Final-Recipient", value)
            || is_field(line, "Original-Recipient", value)) {
            begin(address_in(value));
        } else if (is_field(line, "Action", value)) {
            is_delay_ = mail::equals_ignoring_case(value, "delayed")
                || mail::equals_ignoring_case(value, "relayed")
                || mail::equals_ignoring_case(value, "delivered");
        } else if (is_field(line, "Status", value)) {
            status_ = status_in(value);
        } else if (is_field(line, "Diagnostic-Code", value)) {
            text_ = value;
        } else if (is_field(line, "X-Failed-Recipients", value)) {
            begin(address_in(value));
        } else if (is_field(line, "Message-ID", value)) {
            note_id(value);
        } else if (line.empty()) {
            end_group();
        } else if (auto address = address_at_front(line); !address.empty()) {
            free_form(std::move(address), line);
        }
    }
    DeliveryReport finish()
    {
        end_group();
        return std::move(report_);
    }

private:
    /// Original-Recipient and Final-Recipient of one group: either may be whom we wrote to.
    void begin(std::string address)
    {
        (recipient_.empty() ? recipient_ : other_) = std::move(address);
    }
    void note_id(std::string_view value)
    {
        if (value.starts_with('<') && value.ends_with('>') && value.size() > 2)
            value = value.substr(1, value.size() - 2);
        if (report_.message_id.empty() && value.find(' ') == value.npos)
            report_.message_id = value;
    }
    void end_group()
    {
        const bool is_failure = !recipient_.empty() && !is_delay_ && !status_.starts_with('4')
            && !status_.starts_with('2');
        const auto status = status_.empty() ? status_in(text_) : status_;
        for (const auto& recipient : {recipient_, other_})
            if (is_failure && !recipient.empty())
                add(recipient, status, text_);
        if (!recipient_.empty() || is_delay_) {
            recipient_.clear();
            other_.clear();
            status_.clear();
            text_.clear();
            is_delay_ = false;
        }
    }
    void free_form(std::string address, std::string_view line)
    {
        if (auto status = status_in(line); !status.starts_with('4'))
            add(address, status, line);
    }
    void add(const std::string& recipient, const std::string& status, std::string_view text)
    {
        auto& all = report_.failures;
        const auto known = std::ranges::find(all, recipient, &DeliveryReport::Failure::recipient);
        if (known == all.end() && all.size() < most_failures)
            all.push_back({recipient, status, std::string{text.substr(0, longest_value)}});
        else if (known != all.end() && known->status.empty())
            known->status = status;
    }

    DeliveryReport report_;
    std::string recipient_, other_, status_, text_;
    bool is_delay_ = false;
};
}

DeliveryReport read_delivery_report(std::string_view body)
{
    Reader reader;
    while (!body.empty()) {
        const auto end = std::min(body.find('\n'), body.size());
        reader.take(trimmed(body.substr(0, std::min(end, longest_line))));
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return reader.finish();
}
}
