// SPDX-License-Identifier: Apache-2.0
#include "web/api/trace_query.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace web {
namespace {
constexpr std::size_t most = 20, longest = 1U << 20, id_length = 13;

/// gateway/mail/id.hpp: the upper 42 bits are milliseconds since 2020-01-01.
bool is_plausible(mail::MailId id, std::chrono::system_clock::time_point now)
{
    using namespace std::chrono;
    constexpr sys_days epoch = 2020y / January / 1;
    const auto time = epoch + milliseconds{id.value() >> 22};
    return id.value() >> 22 != 0 && time <= now + days{1};
}

void add_ids(std::string_view text, std::chrono::system_clock::time_point now, TraceQuery& query)
{
    for (std::size_t at = 0; at < text.size() && query.ids.size() < most;) {
        if (!mail::is_alphanumeric(text[at])) {
            ++at;
            continue;
        }
        const auto end = static_cast<std::size_t>(
            std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                             mail::is_alphanumeric)
            - text.begin());
        const auto id = end - at == id_length ? mail::MailId::parse(text.substr(at, id_length))
                                              : std::nullopt;
        if (id && is_plausible(*id, now) && std::ranges::find(query.ids, *id) == query.ids.end())
            query.ids.push_back(*id);
        at = end;
    }
}

void add_message_id(std::string_view id, TraceQuery& query)
{
    const bool has_form = id.size() > 4 && id.size() <= 998 && id.find('@') != id.npos
        && id.find_first_of(" \t\r\n") == id.npos;
    if (has_form && query.message_ids.size() < most
        && std::ranges::find(query.message_ids, id) == query.message_ids.end())
        query.message_ids.emplace_back(id);
}
}

TraceQuery parse_trace_query(std::string_view text, std::chrono::system_clock::time_point now)
{
    TraceQuery query;
    text = text.substr(0, longest);
    add_ids(text, now, query);
    for (auto open = text.find('<'); open != text.npos; open = text.find('<', open + 1)) {
        const auto close = text.find_first_of("<>", open + 1);
        if (close != text.npos && text[close] == '>')
            add_message_id(text.substr(open, close - open + 1), query);
    }
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto last = text.find_last_not_of(" \t\r\n");
    if (first != text.npos && text[first] != '<')
        add_message_id("<" + std::string{text.substr(first, last - first + 1)} + ">", query);
    return query;
}
}
