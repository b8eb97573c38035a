// SPDX-License-Identifier: Apache-2.0
#include "filters/departure.hpp"

#include "filters/findings_json.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
constexpr std::string_view owner = "owner-";
constexpr std::array<std::string_view, 6> ends{"-bounces", "-owner",   "-admin",
                                               "-request", "-confirm", "-moderators"};

bool has_left(const storage::HistoryRow& row)
{
    return row.direction == mail::Direction::outbound && row.action != mail::Action::reject
        && row.action != mail::Action::discard && row.action != mail::Action::defer;
}

std::string key_of(std::string_view text)
{
    const auto address = mail::Mailbox::parse(text);
    return address ? address->key() : std::string{};
}

Departure departure_in(const storage::HistoryRow& row)
{
    Departure one;
    const auto facts = parse_findings_json(row.findings);
    for (const auto& fact : facts ? *facts : std::vector<StoredFact>{}) {
        if (fact.name == "auth.account")
            one.account = fact.detail;
        if (fact.name == "forward.known")
            one.alias = key_of(fact.detail);
        if (fact.name == "rosters.list")
            one.list = key_of(fact.detail);
    }
    const auto sender = mail::Mailbox::parse(row.sender);
    if (one.list.empty() && sender && is_of_list(*sender))
        one.list = list_name_in(*sender);
    if (one.alias == one.list)
        one.alias.clear();
    return one;
}

std::string local_part(const mail::Mailbox& address)
{
    const auto key = address.key();
    return key.substr(0, key.rfind('@'));
}
}

Departure departure_in(std::span<const storage::HistoryRow> rows,
                       std::span<const std::string> recipients, bool strict)
{
    const storage::HistoryRow* any = nullptr;
    for (const auto& row : rows) {
        if (!has_left(row))
            continue;
        if (std::ranges::find(recipients, key_of(row.recipient)) != recipients.end())
            return departure_in(row);
        if (!any)
            any = &row;
    }
    return any && !strict ? departure_in(*any) : Departure{};
}

std::string list_name_in(const mail::Mailbox& address)
{
    auto name = local_part(address);
    name = name.substr(0, name.find('+'));
    if (name.starts_with(owner) && name.size() > owner.size())
        name.erase(0, owner.size());
    for (const auto end : ends)
        if (name.ends_with(end) && name.size() > end.size())
            name.resize(name.size() - end.size());
    return name + "@" + address.domain().ascii();
}

bool is_of_list(const mail::Mailbox& address)
{
    const auto whole = local_part(address);
    const std::string_view name = std::string_view{whole}.substr(0, whole.find('+'));
    const bool names_a_member
        = whole.size() > name.size() && whole.find('=', name.size()) != whole.npos;
    return names_a_member || (name.starts_with(owner) && name.size() > owner.size())
        || std::ranges::any_of(ends, [&](std::string_view end) {
               return name.ends_with(end) && name.size() > end.size();
           });
}
}
