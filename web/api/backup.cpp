// SPDX-License-Identifier: Apache-2.0
#include "web/api/backup.hpp"

#include "filters/services.hpp"
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

#include <fmt/format.h>

namespace web {
namespace {
/// A night may be missed by an hour or two, not left out.
constexpr std::chrono::hours too_old{30};

void write_kept(JsonWriter& json, const storage::backup::Kept& kept)
{
    json.begin_object().member("path", kept.path);
    json.member("made", std::chrono::system_clock::time_point{kept.made});
    json.member("bytes", kept.bytes).member("before_upgrade", kept.is_before_upgrade).end_object();
}
}

BackupDesk& BackupDesk::of(filters::Services& services)
{
    auto& place = services.kept("backup");
    if (!place)
        place = std::make_shared<BackupDesk>();
    return *std::static_pointer_cast<BackupDesk>(place);
}

BackupState last_backup(const Site& site)
{
    const auto& desk = BackupDesk::of(*site.context->services);
    return desk.state ? desk.state() : BackupState{};
}

std::string backup_problem(const BackupState& state, std::chrono::system_clock::time_point now)
{
    if (!state.is_nightly)
        return {};
    if (!state.problem.empty() && !state.is_running)
        return "the backup failed: " + state.problem;
    const auto made = state.last ? std::max(state.last->made, state.since) : state.since;
    const auto age = std::chrono::floor<std::chrono::hours>(now - made);
    if (age < too_old)
        return {};
    return state.last
        ? fmt::format("the last backup is {} hours old",
                      std::chrono::floor<std::chrono::hours>(now - state.last->made).count())
        : fmt::format("there is no backup in {}", state.folder);
}

awaitable<Response> get_backup(Site& site, Principal, Request)
{
    const auto state = last_backup(site);
    const auto all = co_await site.context->pool->run(
        [&state] { return storage::backup::kept_in(state.folder); });
    JsonWriter json;
    json.begin_object().member("folder", state.folder).member("nightly", state.is_nightly);
    json.member("running", state.is_running).member("problem", state.problem);
    json.member("path", state.path);
    json.key("notes").begin_array();
    for (const auto& note : state.notes)
        json.text(note);
    json.end_array().key("backups").begin_array();
    for (const auto& kept : all)
        write_kept(json, kept);
    json.end_array().end_object();
    co_return json_response(json.take());
}

awaitable<Response> post_backup(Site& site, Principal principal, Request)
{
    const auto start = BackupDesk::of(*site.context->services).start;
    if (!start)
        co_return problem(503, "not available now", "this gateway makes no backups");
    co_await audit(site, std::move(principal), "back up", last_backup(site).folder);
    if (!start())
        co_return problem(409, "under way", "a backup is being made");
    co_return json_response(R"({"started":true})", 202);
}
}
