// SPDX-License-Identifier: Apache-2.0
// Accounts as those see them who look after them.
#include "storage/sqlite/account_tables.hpp"
#include "storage/sqlite/reach_terms.hpp"
#include "storage/sqlite/texts.hpp"

namespace storage::sqlite {
namespace {
/// Roles below domain administrator, with something in the domains of ?5 and nothing elsewhere.
constexpr std::string_view within
    = "(?4 OR (role <= 1"
      " AND (EXISTS(SELECT 1 FROM addresses a WHERE a.account = number)"
      " OR EXISTS(SELECT 1 FROM domains m WHERE m.account = number))"
      " AND NOT EXISTS(SELECT 1 FROM addresses a WHERE a.account = number AND NOT EXISTS("
      "SELECT 1 FROM json_each(?5) d"
      " WHERE substr(a.address, -length(d.value) - 1) = '@' || d.value))"
      " AND NOT EXISTS(SELECT 1 FROM domains m WHERE m.account = number"
      " AND m.domain NOT IN (SELECT value FROM json_each(?5)))))";
static_assert(static_cast<int>(Role::user) < 2 && static_cast<int>(Role::helpdesk) < 2);
}

std::optional<Account> AccountTables::find_within(const std::string& name, const Reach& reach)
{
    Statement row{database_,
                  std::string{select_account} + "WHERE name = ?1 AND " + std::string{within}};
    const auto domains = json_list(reach.domains());
    row.bind(1, name);
    row.bind(4, reach.is_everything());
    row.bind(5, domains);
    if (!row.next())
        return {};
    return read(row);
}

bool AccountTables::is_within(std::int64_t account, const Reach& reach)
{
    Statement row{database_, "SELECT 1 FROM accounts WHERE number = ?1 AND " + std::string{within}};
    const auto domains = json_list(reach.domains());
    row.bind(1, account);
    row.bind(4, reach.is_everything());
    row.bind(5, domains);
    return row.next();
}

std::vector<Account> AccountTables::list(const std::string& text, const std::string& after,
                                         std::size_t limit, const Reach& reach)
{
    Statement rows{database_,
                   std::string{select_account}
                       + "WHERE name > ?1 AND (?2 = '%%' OR name LIKE ?2 ESCAPE '\\' OR EXISTS("
                         "SELECT 1 FROM addresses WHERE account = number"
                         " AND address LIKE ?2 ESCAPE '\\')) AND "
                       + std::string{within} + " ORDER BY name LIMIT ?3"};
    const auto pattern = like_pattern(text), domains = json_list(reach.domains());
    std::vector<Account> accounts;
    for (rows.start(after, pattern, limit, reach.is_everything(), domains); rows.next();)
        accounts.push_back(read(rows));
    return accounts;
}
}
