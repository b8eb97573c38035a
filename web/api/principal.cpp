// SPDX-License-Identifier: Apache-2.0
#include "web/api/principal.hpp"

#include <algorithm>
#include <array>

namespace web {
namespace {
constexpr std::array<std::string_view, 5> role_names{"user", "helpdesk", "domain", "auditor",
                                                     "administrator"};
constexpr std::array<std::string_view, 4> scope_names{"read", "lists", "quarantine", "admin"};
}

std::string_view to_string(Role role) { return role_names[static_cast<std::size_t>(role)]; }

std::optional<Role> parse_role(std::string_view text)
{
    const auto found = std::ranges::find(role_names, text);
    if (found == role_names.end())
        return {};
    return static_cast<Role>(found - role_names.begin());
}

std::optional<unsigned> parse_scopes(std::string_view words)
{
    unsigned scopes = 0;
    while (!words.empty()) {
        const auto word = words.substr(0, std::min(words.find(' '), words.size()));
        words.remove_prefix(std::min(word.size() + 1, words.size()));
        if (word.empty())
            continue;
        const auto found = std::ranges::find(scope_names, word);
        if (found == scope_names.end())
            return {};
        scopes |= 1U << (found - scope_names.begin());
    }
    return scopes;
}

std::string scopes_text(unsigned scopes)
{
    std::string text;
    for (std::size_t i = 0; i < scope_names.size(); ++i)
        if ((scopes >> i & 1U) != 0)
            text += (text.empty() ? "" : " ") + std::string{scope_names[i]};
    return text;
}

storage::Reach Principal::reach_of(const storage::Account& account)
{
    switch (account.role) {
    case Role::auditor:
    case Role::administrator:
        return storage::Reach::everything();
    case Role::helpdesk:
    case Role::domain_administrator:
        return storage::Reach::only(account.domains, account.addresses);
    case Role::user:
        break;
    }
    return storage::Reach::only({}, account.addresses);
}

Principal Principal::administrator(std::string name)
{
    Principal principal;
    principal.name = std::move(name);
    principal.role = Role::administrator;
    principal.reach = storage::Reach::everything();
    principal.scopes = all_scopes;
    return principal;
}
}
