// SPDX-License-Identifier: Apache-2.0
#include "web/api/audit.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/record.hpp"
#include "web/api/json.hpp"
#include "web/api/request.hpp"
#include "web/api/routes.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

namespace web {
awaitable<void> audit(Site& site, Principal principal, std::string act, std::string object)
{
    spdlog::info("event=audit who=\"{}\" act=\"{}\" object=\"{}\"", smtp::escaped(principal.name),
                 smtp::escaped(act), smtp::escaped(object));
    storage::AuditEntry entry{.time = site.context->env->wall_now(),
                              .who = std::move(principal.name),
                              .act = std::move(act),
                              .object = std::move(object)};
    co_await site.context->audit->add(std::move(entry));
}

awaitable<void> audit(Site& site, Principal principal, std::string act,
                      std::vector<std::string> objects)
{
    std::vector<awaitable<void>> entries; // together, so that one commit takes many
    for (auto& text : listed(objects))
        entries.push_back(audit(site, principal, act, std::move(text)));
    co_await net::all(std::move(entries));
}

awaitable<void> audit_outcome(Site& site, Principal principal, std::string act, std::string outcome)
{
    try {
        co_await audit(site, std::move(principal), std::move(act), "outcome: " + outcome);
    } catch (const storage::Unavailable& error) {
        spdlog::warn("the outcome of an act is in the log only: {}", error.what());
    }
}

awaitable<void> audited(Site& site, Principal principal, std::string act, awaitable<void> work)
{
    std::exception_ptr failure;
    std::string why;
    try {
        co_await std::move(work);
    } catch (const std::exception& error) {
        failure = std::current_exception();
        why = error.what();
    }
    if (!failure)
        co_return;
    co_await audit_outcome(site, std::move(principal), std::move(act), "failed: " + why);
    std::rethrow_exception(failure);
}

std::vector<std::string> listed(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 500;
    std::vector<std::string> texts;
    for (const auto& name : names) {
        if (texts.empty() || texts.back().size() + name.size() + 2 > most)
            texts.push_back(name);
        else
            texts.back() += ", " + name;
    }
    return texts;
}

namespace {
constexpr std::size_t page_size = 1000;

std::string folded(std::string text)
{
    std::ranges::transform(text, text.begin(), mail::to_lower);
    return text;
}

/// Which entries are asked for; what is empty leaves none out.
struct Wanted {
    std::string who; ///< part of the name
    std::string act; ///< the whole of it
    std::string text; ///< part of the name or of the object
    std::optional<storage::WallTime> since;

    bool operator()(const storage::AuditEntry& entry) const
    {
        return (act.empty() || entry.act == act) && folded(entry.who).contains(who)
            && (folded(entry.who).contains(text) || folded(entry.object).contains(text));
    }
};

std::expected<Wanted, std::string> wanted_by(const Request& request, storage::WallTime now)
{
    const auto since = request.text("since");
    Wanted wanted{.who = folded(request.text("who")),
                  .act = request.text("act"),
                  .text = folded(request.text("text")),
                  .since = parse_moment(since, now)};
    if (!since.empty() && !wanted.since)
        return std::unexpected{"since: \"24 h\" or a time"};
    if (!wanted.act.empty() && std::ranges::find(audited_acts, wanted.act) == audited_acts.end())
        return std::unexpected{"act: nothing is recorded by that name"};
    return wanted;
}

/// Page by page, for mail is written by whoever reads the record.
awaitable<std::vector<storage::AuditEntry>> entries_of(Site& site, Wanted wanted,
                                                       std::int64_t before, std::size_t limit)
{
    std::vector<storage::AuditEntry> found;
    for (bool is_more = true; is_more && found.size() < limit;) {
        auto entries = co_await site.context->audit->list(before, page_size);
        is_more = entries.size() == page_size;
        for (auto& entry : entries) {
            before = entry.number;
            if (wanted.since && entry.time < *wanted.since)
                co_return found;
            if (found.size() < limit && wanted(entry))
                found.push_back(std::move(entry));
        }
    }
    co_return found;
}
}

awaitable<Response> get_audit(Site& site, Principal, Request request)
{
    std::int64_t before = 0;
    const auto after = request.text("after");
    const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), before);
    if (!after.empty() && (error != std::errc{} || end != after.data() + after.size()))
        co_return problem(400, "malformed request", "after: the \"next\" of the page before");
    auto wanted = wanted_by(request, site.context->env->wall_now());
    if (!wanted)
        co_return problem(400, "malformed request", wanted.error());
    const auto limit = request.limit();
    const auto entries = co_await entries_of(site, std::move(*wanted), before, limit);
    JsonWriter json;
    json.begin_object().key("rows").begin_array();
    for (const auto& entry : entries) {
        json.begin_object().member("number", entry.number).member("time", entry.time);
        json.member("who", entry.who).member("act", entry.act);
        json.member("object", entry.object).end_object();
    }
    json.end_array().key("next");
    entries.size() == limit ? json.text(std::to_string(entries.back().number)) : json.null();
    json.end_object();
    co_return json_response(json.take());
}
}
