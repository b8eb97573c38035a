// SPDX-License-Identifier: Apache-2.0
// Policies that people put in force: what there was, a new one, back to an old one.
#include "web/api/audit.hpp"
#include "web/api/document.hpp"
#include "web/api/policy_book.hpp"
#include "web/api/policy_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace web {
namespace {
constexpr std::size_t longest_note = 500;

void write_revision(JsonWriter& json, const PolicyRevision& revision)
{
    json.begin_object().member("number", revision.number).member("time", revision.time);
    json.member("author", revision.author).member("note", revision.note);
    json.member("of", revision.of);
    if (!revision.document.empty())
        json.member("document", revision.document);
    json.end_object();
}

std::optional<unsigned> number_of(std::string_view text)
{
    unsigned number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    return wrong == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                    : std::nullopt;
}

/// A whole number that a revision may have; nullopt: the body names none.
std::optional<unsigned> number_in(const boost::json::value& body, std::string_view name)
{
    const auto& value = member_of(body, name);
    const double number = value.is_number() ? value.to_number<double>() : -1;
    return number >= 0 && number < 1e9 ? std::optional{static_cast<unsigned>(number)}
                                       : std::nullopt;
}

Response overtaken(unsigned revision)
{
    auto response
        = problem(409, "changed meanwhile",
                  fmt::format("revision {} is in force now; look at it, then try again", revision));
    response.body.back() = ',';
    response.body += fmt::format("\"revision\":{}}}", revision);
    return response;
}

Response answer_of(const PolicyOutcome& outcome)
{
    using Kind = PolicyOutcome::Kind;
    switch (outcome.kind) {
    case Kind::done: {
        JsonWriter json;
        json.begin_object().member("revision", outcome.revision).key("warnings").begin_array();
        for (std::string_view rest = outcome.detail; !rest.empty();) {
            const auto end = std::min(rest.find('\n'), rest.size());
            json.text(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        json.end_array().end_object();
        return json_response(json.take());
    }
    case Kind::locked:
        return problem(409, "set in a file",
                       "the policy is what " + outcome.detail
                           + " names; edit that, or take the key out and reload");
    case Kind::overtaken:
        return overtaken(outcome.revision);
    case Kind::busy:
        return problem(503, "busy", "a reload is under way; try again");
    case Kind::wrong:
        return complaining("the policy is wrong", outcome.complaints);
    case Kind::failed:
        break;
    }
    return problem(500, "failed", outcome.detail);
}

std::string words_of(const PolicyOutcome& outcome)
{
    using Kind = PolicyOutcome::Kind;
    if (outcome.kind == Kind::done)
        return fmt::format("revision {} is in force", outcome.revision);
    return "refused: "
        + std::string{outcome.kind == Kind::locked          ? "a file decides"
                          : outcome.kind == Kind::overtaken ? "another came first"
                          : outcome.kind == Kind::busy      ? "a reload is under way"
                          : outcome.kind == Kind::wrong     ? "the document is wrong"
                                                            : outcome.detail};
}

awaitable<void> take(Site& site, PolicyChange change, PolicyOutcome& outcome)
{
    outcome = co_await site.policies->apply(std::move(change));
}

/// Recorded before and after.
awaitable<Response> put_in_force(Site& site, Principal principal, std::string act,
                                 PolicyChange change)
{
    change.author = principal.name;
    co_await audit(site, principal, act, change.note);
    PolicyOutcome outcome;
    co_await audited(site, principal, act, take(site, std::move(change), outcome));
    co_await audit_outcome(site, std::move(principal), act, words_of(outcome));
    co_return answer_of(outcome);
}

Response no_book() { return problem(503, "no revisions", "this gateway keeps no policies"); }
}

awaitable<Response> get_policy_revisions(Site& site, Principal, Request request)
{
    if (!site.policies)
        co_return no_book();
    const auto limit = request.limit();
    const auto after = number_of(request.text("after")).value_or(0);
    const auto revisions = co_await site.policies->revisions(after, limit);
    JsonWriter json;
    json.begin_object().member("current", site.policies->in_force().revision);
    json.key("revisions").begin_array();
    for (const auto& revision : revisions)
        write_revision(json, revision);
    json.end_array().key("next");
    revisions.size() == limit ? json.text(std::to_string(revisions.back().number)) : json.null();
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> get_policy_revision(Site& site, Principal, Request request)
{
    if (!site.policies)
        co_return no_book();
    const auto number = number_of(request.captures.front());
    const auto revision = number ? co_await site.policies->revision(*number) : std::nullopt;
    if (!revision)
        co_return problem(404, "no such revision", "nothing is kept under this number");
    JsonWriter json;
    write_revision(json, *revision);
    co_return json_response(json.take());
}

awaitable<Response> post_policy_apply(Site& site, Principal principal, Request request)
{
    if (!site.policies)
        co_return no_book();
    const auto body = parse_json(request.body);
    auto document = body ? text_member(*body, "document") : std::nullopt;
    const auto expected = body ? number_in(*body, "expected") : std::nullopt;
    auto note = body ? text_member(*body, "note").value_or("") : std::string{};
    if (!document || !expected || note.size() > longest_note)
        co_return problem(400, "malformed request",
                          "the body wants \"document\" (YAML), \"expected\" (the revision it was "
                          "made from) and \"note\" (at most 500 octets)");
    if (document->size() > PolicyBook::largest)
        co_return problem(413, "too large",
                          fmt::format("a policy has at most {} octets", PolicyBook::largest));
    co_return co_await put_in_force(site, std::move(principal), "policy apply",
                                    {.document = std::move(*document),
                                     .author = {},
                                     .note = std::move(note),
                                     .of = 0,
                                     .expected = *expected});
}

awaitable<Response> post_policy_rollback(Site& site, Principal principal, Request request)
{
    if (!site.policies)
        co_return no_book();
    const auto body = parse_json(request.body);
    const auto number = body ? number_in(*body, "revision") : std::nullopt;
    auto note = body ? text_member(*body, "note").value_or("") : std::string{};
    if (!number || note.size() > longest_note)
        co_return problem(400, "malformed request", "the body wants \"revision\": a number");
    auto revision = co_await site.policies->revision(*number);
    if (!revision)
        co_return problem(404, "no such revision", "nothing is kept under this number");
    const auto now = site.policies->in_force().revision;
    if (note.empty())
        note = fmt::format("back to revision {}", *number);
    co_return co_await put_in_force(site, std::move(principal), "policy rollback",
                                    {.document = std::move(revision->document),
                                     .author = {},
                                     .note = std::move(note),
                                     .of = *number,
                                     .expected = number_in(*body, "expected").value_or(now)});
}
}
