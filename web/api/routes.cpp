// SPDX-License-Identifier: Apache-2.0
#include "web/api/routes.hpp"

#include "web/api/alert_routes.hpp"
#include "web/api/backup.hpp"
#include "web/api/certificate.hpp"
#include "web/api/json.hpp"
#include "web/api/outbound_routes.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/policy_routes.hpp"
#include "web/api/session.hpp"
#include "web/api/site_routes.hpp"

#include <spdlog/spdlog.h>

#include <array>

namespace web {
namespace {
constexpr Roles everyone = only(Role::user) | only(Role::helpdesk)
    | only(Role::domain_administrator) | only(Role::auditor) | only(Role::administrator);
constexpr Roles overseers = only(Role::auditor) | only(Role::administrator);

constexpr Roles staff = only(Role::helpdesk) | only(Role::domain_administrator) | overseers;
constexpr Roles domain_staff = only(Role::domain_administrator) | only(Role::administrator);
/// All but auditors, who change nothing.
constexpr Roles actors = only(Role::user) | only(Role::helpdesk) | only(Role::domain_administrator)
    | only(Role::administrator);
/// All but the helpdesk, which sees headers alone.
constexpr Roles readers_of_bodies = only(Role::user) | only(Role::domain_administrator) | overseers;

constexpr Need open{everyone, Scope::read, true};
/// What everybody may do with the own session.
constexpr Need own_session{everyone, Scope::read};
constexpr Need ending_sessions{everyone, Scope::admin};
constexpr Need reading{everyone, Scope::read};
constexpr Need reading_bodies{readers_of_bodies, Scope::quarantine};
constexpr Need reading_of_staff{staff, Scope::read};
constexpr Need reading_of_domain{domain_staff | overseers, Scope::read};
constexpr Need acting_on_quarantine{actors, Scope::quarantine};
constexpr Need acting_on_queue{domain_staff, Scope::quarantine};
constexpr Need acting_on_lists{actors, Scope::lists};
constexpr Need oversight{overseers, Scope::read};
constexpr Need reading_of_accounts{only(Role::domain_administrator) | overseers, Scope::read};
constexpr Need acting_on_accounts{domain_staff, Scope::admin};
constexpr Need setting_preferences{everyone, Scope::lists};
constexpr Need administration{};

constexpr std::string_view history_filters
    = "text recipient sender recipient_domain sender_domain client message_id action direction "
      "layer finding rule score_min:number score_max:number id since until mine:boolean after "
      "limit:integer";

constexpr std::array table{
    Route{"GET", "/api/v1/status", get_status, "Whether all is well, in numbers", "", "", "Status",
          oversight},
    Route{"GET", "/api/v1/health", get_health, "200 when mail flows, 503 with reasons when not", "",
          "", "Health", oversight},
    Route{"GET", "/api/v1/queue", get_queue, "Rows that wait for delivery, newest first",
          "recipient domain text after limit:integer", "", "RowPage", reading_of_staff},
    Route{"POST", "/api/v1/queue/{action}", post_queue_action,
          "retry, hold, release or delete rows", "recipient domain text", "Choice", "Changed",
          acting_on_queue},
    Route{"GET", "/api/v1/quarantine", get_quarantine, "Held rows, newest first",
          "recipient domain text mine:boolean after limit:integer", "", "RowPage", reading},
    Route{"GET", "/api/v1/quarantine/export", get_quarantine_export, "The same as CSV",
          "recipient domain text mine:boolean limit:integer", "", "text/csv", reading},
    Route{"GET", "/api/v1/quarantine/count", get_quarantine_count, "How many are held",
          "mine:boolean", "", "HeldCount", reading},
    Route{"POST", "/api/v1/quarantine/{action}", post_quarantine_action,
          "release, delete or restore held rows, or say that they are spam or ham",
          "recipient domain text mine:boolean", "Choice", "Changed", acting_on_quarantine},
    Route{"GET", "/api/v1/messages/{id}", get_message, "Stored rows of one message", "", "", "Rows",
          reading},
    Route{"GET", "/api/v1/messages/{id}/content", get_content, "The message as received", "", "",
          "message/rfc822", reading_bodies},
    Route{"GET", "/api/v1/messages/{id}/preview", get_preview, "The message as text", "", "",
          "MessageText", reading_bodies},
    Route{"GET", "/api/v1/messages/{id}/explanation", get_explanation, "Why it got its verdict", "",
          "", "Explanations", reading},
    Route{"GET", "/api/v1/history", get_history, "What happened, newest first", history_filters, "",
          "HistoryPage", reading},
    Route{"GET", "/api/v1/history/export", get_history_export, "The same as CSV", history_filters,
          "", "text/csv", reading},
    Route{"GET", "/api/v1/trace", get_trace, "All about an id, a bounce text or a Message-ID",
          "query", "", "Trace", reading_of_staff},
    Route{"POST", "/api/v1/trace", get_trace, "The same for a long text in the body", "",
          "text/plain", "Trace", reading_of_staff},
    Route{"GET", "/api/v1/lists", get_lists, "Allow and block entries; of all scopes newest first",
          "scope list text whose live:boolean mine:boolean after limit:integer", "", "Entries",
          reading},
    Route{"POST", "/api/v1/lists", post_list_entry, "Adds or replaces an entry", "", "NewEntry",
          "Entry", acting_on_lists},
    Route{"DELETE", "/api/v1/lists", delete_list_entry, "Removes an entry", "scope list entry", "",
          "Removed", acting_on_lists},
    Route{"GET", "/api/v1/lists/test", get_list_test,
          "Which entries fit a sender, the deciding one first", "sender client recipient", "",
          "Matches", reading},
    Route{"GET", "/api/v1/lists/preview", get_list_preview, "How much mail an entry would have hit",
          "entry scope mine:boolean", "", "Preview", reading},
    Route{"POST", "/api/v1/lists/import", post_list_import, "Entries from CSV, or a rehearsal",
          "scope dry_run:boolean", "text/csv", "Import", acting_on_lists},
    Route{"GET", "/api/v1/reputation", get_reputation, "How a sender behaved here before", "of", "",
          "Standings", oversight},
    Route{"DELETE", "/api/v1/reputation", delete_reputation, "Forgets it", "of", "", "Forgotten"},
    Route{"GET", "/api/v1/lessons", get_lessons, "How much the classifier was taught", "", "",
          "Lessons", oversight},
    Route{"POST", "/api/v1/lessons", post_lesson, "Teaches a message, or recent mail by its id",
          "label of user", "message/rfc822", "Lesson", acting_on_quarantine},
    Route{"DELETE", "/api/v1/lessons/{id}", delete_lesson, "Takes a lesson back", "user", "",
          "Lesson"},
    Route{"GET", "/api/v1/rules", get_rules,
          "Rules of the layers words and rules: what they say, their hits, what they cost",
          "text layer limit:integer after", "", "RuleTable", oversight},
    Route{"POST", "/api/v1/rules/trial", post_rule_trial,
          "Tries rules on a message, or as a job on held mail and history", "", "RuleTrial",
          "RuleTrialResult"},
    Route{"GET", "/api/v1/accounts", get_accounts,
          "Accounts that send beyond their habits, or all that sent",
          "all:boolean after limit:integer", "", "AccountPage", oversight},
    Route{"POST", "/api/v1/accounts/{action}", post_account_action,
          "release, lock or exempt an account that sends", "account for", "", "AccountDone"},
    Route{"GET", "/api/v1/forwarding", get_forwarding,
          "Addresses whose mail goes on to others outside", "after limit:integer", "",
          "ForwardingPage", reading_of_domain},
    Route{"GET", "/api/v1/forwarding/export", get_forwarding_export, "The same as CSV", "", "",
          "text/csv", reading_of_domain},
    Route{"GET", "/api/v1/fingerprints", get_fingerprints,
          "How many fingerprints of spam are known", "", "", "FingerprintCounts", oversight},
    Route{"GET", "/api/v1/fingerprints/export", get_fingerprints_export,
          "Those that were reported here, for other nodes", "", "", "application/octet-stream",
          oversight},
    Route{"POST", "/api/v1/fingerprints/import", post_fingerprints_import,
          "Those of another node, in place of what came from there before", "from",
          "application/octet-stream", "ImportedFingerprints"},
    Route{"GET", "/api/v1/policy", get_policy, "The policy document in force", "", "", "Policy",
          oversight},
    Route{"POST", "/api/v1/policy/check", post_policy_check, "What is wrong with a document", "",
          "PolicyDocument", "PolicyCheck", oversight},
    Route{"POST", "/api/v1/policy/diff", post_policy_diff,
          "How a document differs from the one in force, or from a revision", "", "PolicyDocument",
          "PolicyDiff", oversight},
    Route{"POST", "/api/v1/policy/apply", post_policy_apply,
          "Puts a document in force, whole or not at all", "", "PolicyDocument", "PolicyApplied"},
    Route{"POST", "/api/v1/policy/rollback", post_policy_rollback,
          "Puts the document of an earlier revision in force", "", "PolicyRollback",
          "PolicyApplied"},
    Route{"POST", "/api/v1/policy/simulate", post_policy_simulation,
          "What a document would have done to the mail of the last days, as a job", "",
          "SimulationOrder", "Started"},
    Route{"GET", "/api/v1/policy/revisions", get_policy_revisions,
          "Documents that were put in force, newest first", "after limit:integer", "",
          "PolicyRevisions", oversight},
    Route{"GET", "/api/v1/policy/revisions/{number}", get_policy_revision, "One of them", "", "",
          "PolicyRevision", oversight},
    Route{"POST", "/api/v1/config/reload", post_reload,
          "Reads the configuration again, whole or not at all", "", "", "Reload"},
    Route{"GET", "/api/v1/update", get_update, "Feeds, and what is in use of them", "", "", "Feeds",
          oversight},
    Route{"POST", "/api/v1/update", post_update,
          "Looks at sources of feeds and puts in use what is new, or only looks",
          "source check:boolean", "", "FeedOutcomes"},
    Route{"POST", "/api/v1/update/{name}/rollback", post_update_rollback,
          "Puts the version before back in use", "", "", "FeedVersion"},
    Route{"GET", "/api/v1/backup", get_backup, "The backups there are, and whether all is well", "",
          "", "Backups", oversight},
    Route{"POST", "/api/v1/backup", post_backup, "Begins a backup", "", "", "BackupStarted"},
    Route{"GET", "/api/v1/audit", get_audit, "What administrators did, newest first",
          "after limit:integer", "", "AuditPage", oversight},
    Route{"GET", "/api/v1/site", get_site, "What whoever wants to sign in may know", "", "",
          "About", open},
    Route{"GET", "/api/v1/session", get_session, "Who is signed in, and what there is for them", "",
          "", "SignedIn", own_session},
    Route{"POST", "/api/v1/session", post_session, "Signs in", "", "Credentials", "SignedIn", open},
    Route{"DELETE", "/api/v1/session", delete_session, "Signs off", "", "", "", own_session},
    Route{"POST", "/api/v1/session/password", post_session_password,
          "Changes the own password; the token is a new one", "", "PasswordChange", "SignedIn",
          own_session},
    Route{"GET", "/api/v1/sessions", get_own_sessions, "Where the account is signed in", "", "",
          "OwnSessions", own_session},
    Route{"DELETE", "/api/v1/sessions", delete_own_sessions, "Signs off everywhere else", "", "",
          "Changed", ending_sessions},
    Route{"GET", "/api/v1/preferences", get_preferences, "What the person set for the own mail", "",
          "", "PersonalSettings", own_session},
    Route{"PUT", "/api/v1/preferences", put_preferences, "Changes what the body names", "",
          "PersonalSettings", "PersonalSettings", setting_preferences},
    Route{"GET", "/api/v1/digest/action", get_digest_action,
          "What a link of a digest is about; changes nothing", "d", "", "DigestMessage", open},
    Route{"POST", "/api/v1/digest/action", post_digest_action, "Does it, once", "", "DigestAction",
          "Changed", open},
    Route{"POST", "/api/v1/digests", post_digests,
          "Tells people now what is held for them, or says whom it would tell", "", "DigestOrder",
          "DigestOutcomes", administration},
    Route{"GET", "/api/v1/setup", get_setup, "Whether a link for the first run works", "token", "",
          "Setup", open},
    Route{"POST", "/api/v1/setup", post_setup, "Makes the first administrator and signs in", "",
          "FirstAdministrator", "SignedIn", open},
    Route{"POST", "/api/v1/setup/link", post_setup_link, "A link for the first run; works once", "",
          "", "SetupLink", administration},
    Route{"GET", "/api/v1/users", get_users, "Accounts by name", "text after limit:integer", "",
          "UserPage", reading_of_accounts},
    Route{"POST", "/api/v1/users", post_user, "Makes an account", "", "NewUser", "User",
          acting_on_accounts},
    Route{"GET", "/api/v1/users/{name}", get_user, "One account with its sessions", "", "", "User",
          reading_of_accounts},
    Route{"PATCH", "/api/v1/users/{name}", patch_user, "Changes what the body names", "",
          "UserChange", "User", acting_on_accounts},
    Route{"DELETE", "/api/v1/users/{name}", delete_user, "Removes an account", "", "", "",
          administration},
    Route{"DELETE", "/api/v1/users/{name}/sessions", delete_user_sessions,
          "Signs an account off everywhere", "", "", "Changed", acting_on_accounts},
    Route{"GET", "/api/v1/users/{name}/tokens", get_user_tokens, "Tokens of its programs", "", "",
          "Tokens", oversight},
    Route{"POST", "/api/v1/users/{name}/tokens", post_user_token, "Makes a token; told once", "",
          "NewToken", "MadeToken", administration},
    Route{"DELETE", "/api/v1/users/{name}/tokens/{number}", delete_user_token, "Voids a token", "",
          "", "", administration},
    Route{"GET", "/api/v1/settings", get_settings, "What the pages have set, and what files decide",
          "", "", "Settings", administration},
    Route{"PATCH", "/api/v1/settings", patch_settings, "Changes them; in force at once", "",
          "PageSettings", "Settings", administration},
    Route{"POST", "/api/v1/settings/next-hop-test", post_next_hop_test,
          "Tries an internal server, without sending mail", "", "NextHopQuestion", "NextHopReport",
          administration},
    Route{"GET", "/api/v1/settings/dns", get_dns_check, "What the DNS says of us and a domain",
          "domain", "", "DnsChecks", administration},
    Route{"GET", "/api/v1/settings/block-lists", get_block_lists,
          "Block lists with their terms, each tried", "", "", "BlockLists", administration},
    Route{"POST", "/api/v1/settings/test-message", post_test_message,
          "Sends a message through our own listener", "", "TestRecipient", "TestMessage",
          administration},
    Route{"GET", "/api/v1/certificate", get_certificate,
          "The certificate that was handed in, and what may use it", "", "", "Certificate",
          administration},
    Route{"PUT", "/api/v1/certificate", put_certificate,
          "Takes a certificate and its key, or changes what uses the one there; in force at once",
          "", "CertificateOffer", "Certificate", administration},
    Route{"DELETE", "/api/v1/certificate", delete_certificate, "Away with it", "", "",
          "Certificate", administration},
    Route{"POST", "/api/v1/certificate/check", post_certificate_check,
          "Looks at a certificate and its key, and keeps nothing", "", "CertificateOffer",
          "CertificateChecks", administration},
    Route{"GET", "/api/v1/statistics", get_statistics, "Counts over time, and of what",
          "since until step:integer", "", "StatisticsOf", reading_of_staff},
    Route{"GET", "/api/v1/domains", get_domains,
          "Domains that mail is taken for, and their servers", "", "", "Domains",
          reading_of_domain},
    Route{"POST", "/api/v1/domains/{name}/test", post_domain_test,
          "Tries its internal servers, without sending mail", "", "", "DomainTest",
          acting_on_queue},
    Route{"GET", "/api/v1/layers", get_layers, "What each layer finds, stopped and costs", "since",
          "", "Layers", oversight},
    Route{"GET", "/api/v1/system", get_system,
          "Certificates, feeds, resolver, disk, scan and versions", "", "", "System", oversight},
    Route{"GET", "/api/v1/alerts", get_alerts, "Who is told what is bad, and what was told", "", "",
          "Alerts", oversight},
    Route{"POST", "/api/v1/alerts/test", post_alerts_test, "Tells everyone that it is a test", "",
          "", "Sent"},
    Route{"POST", "/api/v1/alerts/report", post_alerts_report, "Mails the report now", "", "",
          "Sent"},
    Route{"GET", "/api/v1/report", get_report, "The report of the last day or week",
          "period language", "", "ReportText", oversight},
    Route{"GET", "/api/v1/jobs/{id}", get_job, "How far work on many rows is", "", "", "Job",
          reading},
    Route{"DELETE", "/api/v1/jobs/{id}", delete_job, "Ends work that only looks", "", "", "",
          administration},
    Route{"GET", "/api/v1/openapi.json", get_openapi, "This document", "", "", "Document", reading},
};

std::string_view take_segment(std::string_view& path)
{
    path.remove_prefix(1);
    const auto segment = path.substr(0, std::min(path.find('/'), path.size()));
    path.remove_prefix(segment.size());
    return segment;
}

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& captures)
{
    captures.clear();
    while (!pattern.empty() && !path.empty()) {
        const auto wanted = take_segment(pattern), given = take_segment(path);
        if (wanted.starts_with('{') && !given.empty())
            captures.emplace_back(given);
        else if (wanted != given)
            return false;
    }
    return pattern.empty() && path.empty();
}
}

std::span<const Route> routes() { return table; }

Match match_route(std::span<const Route> routes, std::string_view method, std::string_view path)
{
    Match match;
    if (!path.starts_with('/'))
        return match;
    for (const Route& route : routes) {
        std::vector<std::string> captures;
        if (!matches(route.pattern, path, captures))
            continue;
        if (route.method == method)
            return {&route, 200, {}, std::move(captures)};
        match.status = 405;
        match.allow += (match.allow.empty() ? "" : ", ") + std::string{route.method};
    }
    return match;
}

namespace {
/// Why this principal may not use this route; nullopt when it may.
std::optional<Response> forbidden(const Principal& principal, const Route& route)
{
    if (route.need.is_open)
        return {};
    if (!principal.role)
        return problem(
            principal.client.empty() && !principal.name.empty() ? 403 : 401, "not permitted",
            principal.name.empty() ? "sign in first"
                                   : "only root and the gateway's own user may ask here");
    if (!route.need.roles.has(*principal.role))
        return problem(403, "not permitted", "your role does not allow this");
    if ((principal.scopes & static_cast<unsigned>(route.need.scope)) == 0)
        return problem(403, "not permitted", "this token was not made for that");
    if (principal.must_change_password && !route.pattern.starts_with("/api/v1/session"))
        return problem(403, "password must be changed", "change your password first");
    return {};
}

Response unavailable(std::string_view why, std::string_view seconds)
{
    auto response = problem(503, "not available now", why);
    response.headers["retry-after"] = seconds;
    return response;
}

awaitable<Response> call(Site& site, const Route& route, Principal principal, Request request)
{
    try {
        co_return co_await route.handler(site, std::move(principal), std::move(request));
    } catch (const Busy& error) {
        co_return unavailable(error.what(), "2");
    } catch (const storage::Unavailable& error) {
        spdlog::warn("api: {} {}: {}", route.method, route.pattern, error.what());
        co_return unavailable(error.what(), "10");
    } catch (const std::exception& error) {
        spdlog::error("api: {} {}: {}", route.method, route.pattern, error.what());
        co_return problem(500, "failed", error.what());
    }
}
}

awaitable<net::HttpResponse> Api::answer(Principal principal, net::HttpRequest request)
{
    auto parsed = parse_request(request);
    if (!parsed)
        co_return problem(400, "malformed request");
    auto match = match_route(routes(), parsed->method, parsed->path);
    if (match.route == nullptr) {
        auto response = problem(match.status,
                                match.status == 405 ? "method not allowed" : "no such resource");
        if (!match.allow.empty())
            response.headers["allow"] = match.allow;
        co_return response;
    }
    if (auto why = forbidden(principal, *match.route))
        co_return std::move(*why);
    for (const auto& capture : match.captures)
        parsed->captures.push_back(decoded_segment(capture).value_or(""));
    co_return co_await call(site_, *match.route, std::move(principal), std::move(*parsed));
}

awaitable<net::HttpResponse> Api::answer_web(net::HttpRequest request)
{
    std::expected<Principal, Refusal> principal = Principal{};
    try {
        principal = co_await site_.sign_in->principal_of(request);
    } catch (const storage::Unavailable& error) {
        co_return unavailable(error.what(), "10");
    }
    if (principal)
        co_return co_await answer(std::move(*principal), std::move(request));
    // A token that stands no more must not keep anybody from signing in.
    auto parsed = parse_request(request);
    const auto match = parsed ? match_route(routes(), parsed->method, parsed->path) : Match{};
    if (principal.error().status != 401 || match.route == nullptr || !match.route->need.is_open)
        co_return refused(principal.error());
    Principal nobody;
    if (const auto client = request.headers.find("mailweir-client");
        client != request.headers.end())
        nobody.client = client->second;
    co_return co_await answer(std::move(nobody), std::move(request));
}
}
