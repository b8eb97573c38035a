// SPDX-License-Identifier: Apache-2.0
// Who may use which route: every route by role.
#include "tests/unit/web/people.hpp"
#include "web/api/secrets.hpp"

#include <array>
#include <map>

using web::Role;

namespace {
constexpr std::array roles{Role::user, Role::helpdesk, Role::domain_administrator, Role::auditor,
                           Role::administrator};
/// One letter a role, in the order of `roles`; '.' for one that may not.
constexpr std::string_view role_letters = "uhdaR";

struct RouteRight {
    std::string_view route, who;
};
/// Every route of the API. One that is missing here fails the test.
constexpr std::array route_rights{
    RouteRight{"GET /api/v1/status", "...aR"},
    RouteRight{"GET /api/v1/health", "...aR"},
    RouteRight{"GET /api/v1/queue", ".hdaR"},
    RouteRight{"POST /api/v1/queue/{action}", "..d.R"},
    RouteRight{"GET /api/v1/quarantine", "uhdaR"},
    RouteRight{"GET /api/v1/quarantine/count", "uhdaR"},
    RouteRight{"POST /api/v1/quarantine/{action}", "uhd.R"},
    RouteRight{"GET /api/v1/messages/{id}", "uhdaR"},
    RouteRight{"GET /api/v1/messages/{id}/content", "u.daR"},
    RouteRight{"GET /api/v1/messages/{id}/preview", "u.daR"},
    RouteRight{"GET /api/v1/messages/{id}/explanation", "uhdaR"},
    RouteRight{"GET /api/v1/statistics", ".hdaR"},
    RouteRight{"GET /api/v1/history", "uhdaR"},
    RouteRight{"GET /api/v1/history/export", "uhdaR"},
    RouteRight{"GET /api/v1/quarantine/export", "uhdaR"},
    RouteRight{"GET /api/v1/domains", "..daR"},
    RouteRight{"POST /api/v1/domains/{name}/test", "..d.R"},
    RouteRight{"GET /api/v1/layers", "...aR"},
    RouteRight{"GET /api/v1/system", "...aR"},
    RouteRight{"GET /api/v1/alerts", "...aR"},
    RouteRight{"POST /api/v1/alerts/test", "....R"},
    RouteRight{"POST /api/v1/alerts/report", "....R"},
    RouteRight{"GET /api/v1/report", "...aR"},
    RouteRight{"GET /api/v1/trace", ".hdaR"},
    RouteRight{"POST /api/v1/trace", ".hdaR"},
    RouteRight{"GET /api/v1/lists", "uhdaR"},
    RouteRight{"POST /api/v1/lists", "uhd.R"},
    RouteRight{"DELETE /api/v1/lists", "uhd.R"},
    RouteRight{"GET /api/v1/lists/test", "uhdaR"},
    RouteRight{"GET /api/v1/lists/preview", "uhdaR"},
    RouteRight{"POST /api/v1/lists/import", "uhd.R"},
    RouteRight{"GET /api/v1/reputation", "...aR"},
    RouteRight{"DELETE /api/v1/reputation", "....R"},
    RouteRight{"GET /api/v1/lessons", "...aR"},
    RouteRight{"POST /api/v1/lessons", "uhd.R"},
    RouteRight{"DELETE /api/v1/lessons/{id}", "....R"},
    RouteRight{"GET /api/v1/accounts", "..daR"},
    RouteRight{"POST /api/v1/accounts/{action}", "..d.R"},
    RouteRight{"GET /api/v1/hygiene", "..daR"},
    RouteRight{"GET /api/v1/domains/{name}/records", "..daR"},
    RouteRight{"POST /api/v1/domains/{name}/records", "..d.R"},
    RouteRight{"POST /api/v1/domains/{name}/lists", "..d.R"},
    RouteRight{"GET /api/v1/dead-addresses", "..daR"},
    RouteRight{"DELETE /api/v1/dead-addresses", "....R"},
    RouteRight{"GET /api/v1/sender-pairs", "..daR"},
    RouteRight{"DELETE /api/v1/sender-pairs", "..d.R"},
    RouteRight{"POST /api/v1/sender-pairs/approve", "..d.R"},
    RouteRight{"GET /api/v1/list-findings", "..daR"},
    RouteRight{"GET /api/v1/reports/dmarc", "..daR"},
    RouteRight{"GET /api/v1/reports/tls", "..daR"},
    RouteRight{"GET /api/v1/reports/abuse", "..daR"},
    RouteRight{"GET /api/v1/reports/received", "..daR"},
    RouteRight{"GET /api/v1/forwarding", "..daR"},
    RouteRight{"GET /api/v1/forwarding/export", "..daR"},
    RouteRight{"GET /api/v1/fingerprints", "...aR"},
    RouteRight{"GET /api/v1/fingerprints/export", "...aR"},
    RouteRight{"POST /api/v1/fingerprints/import", "....R"},
    RouteRight{"GET /api/v1/policy", "...aR"},
    RouteRight{"POST /api/v1/policy/check", "...aR"},
    RouteRight{"POST /api/v1/policy/diff", "...aR"},
    RouteRight{"POST /api/v1/policy/apply", "....R"},
    RouteRight{"POST /api/v1/policy/rollback", "....R"},
    RouteRight{"POST /api/v1/policy/simulate", "....R"},
    RouteRight{"GET /api/v1/policy/revisions", "...aR"},
    RouteRight{"GET /api/v1/policy/revisions/{number}", "...aR"},
    RouteRight{"POST /api/v1/config/reload", "....R"},
    RouteRight{"GET /api/v1/update", "...aR"},
    RouteRight{"POST /api/v1/update", "....R"},
    RouteRight{"POST /api/v1/update/{name}/rollback", "....R"},
    RouteRight{"GET /api/v1/backup", "...aR"},
    RouteRight{"POST /api/v1/backup", "....R"},
    RouteRight{"GET /api/v1/audit", "...aR"},
    RouteRight{"GET /api/v1/site", "uhdaR"},
    RouteRight{"GET /api/v1/session", "uhdaR"},
    RouteRight{"POST /api/v1/session", "uhdaR"},
    RouteRight{"DELETE /api/v1/session", "uhdaR"},
    RouteRight{"POST /api/v1/session/password", "uhdaR"},
    RouteRight{"GET /api/v1/sessions", "uhdaR"},
    RouteRight{"DELETE /api/v1/sessions", "uhdaR"},
    RouteRight{"GET /api/v1/preferences", "uhdaR"},
    RouteRight{"PUT /api/v1/preferences", "uhdaR"},
    RouteRight{"GET /api/v1/digest/action", "uhdaR"},
    RouteRight{"POST /api/v1/digest/action", "uhdaR"},
    RouteRight{"POST /api/v1/digests", "....R"},
    RouteRight{"GET /api/v1/setup", "uhdaR"},
    RouteRight{"POST /api/v1/setup", "uhdaR"},
    RouteRight{"POST /api/v1/setup/link", "....R"},
    RouteRight{"GET /api/v1/users", "..daR"},
    RouteRight{"POST /api/v1/users", "..d.R"},
    RouteRight{"GET /api/v1/users/{name}", "..daR"},
    RouteRight{"PATCH /api/v1/users/{name}", "..d.R"},
    RouteRight{"DELETE /api/v1/users/{name}", "....R"},
    RouteRight{"DELETE /api/v1/users/{name}/sessions", "..d.R"},
    RouteRight{"GET /api/v1/users/{name}/tokens", "...aR"},
    RouteRight{"POST /api/v1/users/{name}/tokens", "....R"},
    RouteRight{"DELETE /api/v1/users/{name}/tokens/{number}", "....R"},
    RouteRight{"GET /api/v1/rules", "...aR"},
    RouteRight{"POST /api/v1/rules/trial", "....R"},
    RouteRight{"GET /api/v1/settings", "....R"},
    RouteRight{"PATCH /api/v1/settings", "....R"},
    RouteRight{"POST /api/v1/settings/next-hop-test", "....R"},
    RouteRight{"GET /api/v1/settings/dns", "....R"},
    RouteRight{"GET /api/v1/certificate", "....R"},
    RouteRight{"POST /api/v1/certificate/check", "....R"},
    RouteRight{"PUT /api/v1/certificate", "....R"},
    RouteRight{"DELETE /api/v1/certificate", "....R"},
    RouteRight{"GET /api/v1/settings/block-lists", "....R"},
    RouteRight{"POST /api/v1/settings/test-message", "....R"},
    RouteRight{"GET /api/v1/jobs/{id}", "uhdaR"},
    RouteRight{"DELETE /api/v1/jobs/{id}", "....R"},
    RouteRight{"GET /api/v1/openapi.json", "uhdaR"},
};

constexpr std::array scopes{web::Scope::read, web::Scope::lists, web::Scope::quarantine,
                            web::Scope::admin};
/// One letter a scope, in the order of `scopes`; '-' for a route that asks nobody who he is.
constexpr std::string_view scope_letters = "rlqa";

struct RouteScope {
    std::string_view route;
    char scope;
};
/// What a program's token must be for; a route that is not here wants one that reads.
constexpr std::array route_scopes{
    RouteScope{"POST /api/v1/queue/{action}", 'q'},
    RouteScope{"POST /api/v1/quarantine/{action}", 'q'},
    RouteScope{"GET /api/v1/messages/{id}/content", 'q'},
    RouteScope{"GET /api/v1/messages/{id}/preview", 'q'},
    RouteScope{"POST /api/v1/domains/{name}/test", 'q'},
    RouteScope{"POST /api/v1/domains/{name}/records", 'q'},
    RouteScope{"POST /api/v1/domains/{name}/lists", 'q'},
    RouteScope{"DELETE /api/v1/dead-addresses", 'a'},
    RouteScope{"DELETE /api/v1/sender-pairs", 'a'},
    RouteScope{"POST /api/v1/sender-pairs/approve", 'a'},
    RouteScope{"POST /api/v1/alerts/test", 'a'},
    RouteScope{"POST /api/v1/alerts/report", 'a'},
    RouteScope{"POST /api/v1/lists", 'l'},
    RouteScope{"DELETE /api/v1/lists", 'l'},
    RouteScope{"POST /api/v1/lists/import", 'l'},
    RouteScope{"DELETE /api/v1/reputation", 'a'},
    RouteScope{"POST /api/v1/lessons", 'q'},
    RouteScope{"DELETE /api/v1/lessons/{id}", 'a'},
    RouteScope{"POST /api/v1/accounts/{action}", 'a'},
    RouteScope{"POST /api/v1/fingerprints/import", 'a'},
    RouteScope{"POST /api/v1/policy/apply", 'a'},
    RouteScope{"POST /api/v1/policy/rollback", 'a'},
    RouteScope{"POST /api/v1/policy/simulate", 'a'},
    RouteScope{"POST /api/v1/config/reload", 'a'},
    RouteScope{"POST /api/v1/update", 'a'},
    RouteScope{"POST /api/v1/update/{name}/rollback", 'a'},
    RouteScope{"POST /api/v1/backup", 'a'},
    RouteScope{"GET /api/v1/site", '-'},
    RouteScope{"POST /api/v1/session", '-'},
    RouteScope{"DELETE /api/v1/sessions", 'a'},
    RouteScope{"PUT /api/v1/preferences", 'l'},
    RouteScope{"GET /api/v1/digest/action", '-'},
    RouteScope{"POST /api/v1/digest/action", '-'},
    RouteScope{"POST /api/v1/digests", 'a'},
    RouteScope{"GET /api/v1/setup", '-'},
    RouteScope{"POST /api/v1/setup", '-'},
    RouteScope{"POST /api/v1/setup/link", 'a'},
    RouteScope{"POST /api/v1/users", 'a'},
    RouteScope{"PATCH /api/v1/users/{name}", 'a'},
    RouteScope{"DELETE /api/v1/users/{name}", 'a'},
    RouteScope{"DELETE /api/v1/users/{name}/sessions", 'a'},
    RouteScope{"POST /api/v1/users/{name}/tokens", 'a'},
    RouteScope{"DELETE /api/v1/users/{name}/tokens/{number}", 'a'},
    RouteScope{"POST /api/v1/rules/trial", 'a'},
    RouteScope{"GET /api/v1/settings", 'a'},
    RouteScope{"PATCH /api/v1/settings", 'a'},
    RouteScope{"POST /api/v1/settings/next-hop-test", 'a'},
    RouteScope{"GET /api/v1/settings/dns", 'a'},
    RouteScope{"GET /api/v1/certificate", 'a'},
    RouteScope{"POST /api/v1/certificate/check", 'a'},
    RouteScope{"PUT /api/v1/certificate", 'a'},
    RouteScope{"DELETE /api/v1/certificate", 'a'},
    RouteScope{"GET /api/v1/settings/block-lists", 'a'},
    RouteScope{"POST /api/v1/settings/test-message", 'a'},
    RouteScope{"DELETE /api/v1/jobs/{id}", 'a'},
};

std::string name_of(const web::Route& route)
{
    return std::string{route.method} + " " + std::string{route.pattern};
}

/// A program's token of an account that may everything.
std::string token_for(test::People& world, const storage::Account& account, web::Scope scope)
{
    const auto secret = web::make_token(world.gateway.env, "t_");
    world.wait(
        world.sign_in.accounts().add(storage::ApiToken{.hash = web::token_hash(secret),
                                                       .account = account.number,
                                                       .name = "a program",
                                                       .scopes = static_cast<unsigned>(scope),
                                                       .created = world.gateway.env.wall_now()}));
    return secret;
}
}

TEST_CASE("every route names who may use it, and everybody else is refused before it runs")
{
    test::People world;
    std::map<Role, std::string> tokens;
    for (const auto role : roles)
        tokens[role] = world.token_of(world.add(std::string{web::to_string(role)}, role));
    std::map<std::string, std::string_view, std::less<>> rights;
    for (const auto& right : route_rights)
        rights.emplace(right.route, right.who);
    for (const auto& route : web::routes()) {
        const auto name = name_of(route);
        INFO(name);
        REQUIRE(rights.contains(name));
        const auto who = rights.find(name)->second;
        for (std::size_t i = 0; i < roles.size(); ++i) {
            INFO(web::to_string(roles[i]));
            const bool may = who[i] == role_letters[i];
            CHECK(route.need.roles.has(roles[i]) == may);
            if (!may)
                CHECK(world
                          .ask(std::string{route.method}, std::string{route.pattern},
                               tokens[roles[i]])
                          .status
                      == 403);
        }
        rights.erase(name);
    }
    CHECK(rights.empty());
}

TEST_CASE("every route names what a program's token must be for, and no other token opens it")
{
    test::People world;
    const auto root = world.add("root", Role::administrator);
    const auto auditor = world.add("auditor", Role::auditor);
    std::map<std::string, char, std::less<>> wanted;
    for (const auto& one : route_scopes)
        wanted.emplace(one.route, one.scope);
    for (const auto& route : web::routes()) {
        const auto known = wanted.extract(name_of(route));
        const char letter = known ? known.mapped() : 'r';
        INFO(name_of(route));
        CHECK(route.need.is_open == (letter == '-'));
        if (route.need.is_open)
            continue;
        const auto& account = route.need.roles.has(Role::administrator) ? root : auditor;
        for (std::size_t i = 0; i < scopes.size(); ++i) {
            INFO(web::scopes_text(static_cast<unsigned>(scopes[i])));
            const bool may = letter == scope_letters[i];
            CHECK((route.need.scope == scopes[i]) == may);
            if (may)
                continue;
            const auto answer = world.ask(std::string{route.method}, std::string{route.pattern},
                                          token_for(world, account, scopes[i]));
            CHECK(answer.status == 403);
            CHECK(web::text_member(answer.body, "detail") == "this token was not made for that");
        }
    }
    CHECK(wanted.empty());
}
