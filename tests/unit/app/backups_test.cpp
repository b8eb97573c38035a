// SPDX-License-Identifier: Apache-2.0
#include "gateway/backups.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {
constexpr std::chrono::sys_days day{std::chrono::year{2026} / 6 / 10};

std::string complaint(const std::string& text)
{
    filters::Complaints complaints;
    const auto tree = *filters::Yaml::parse(text, "mailweir.yaml");
    (void)app::read_backup_settings(tree, complaints);
    return filters::to_string(complaints);
}
}

TEST_CASE("the nightly backup is due by the local clock")
{
    ::setenv("TZ", "Asia/Tokyo", 1);
    ::tzset();
    // 03:00 in Japan is 18:00 UTC of the day before.
    CHECK(app::latest_time_of_day(day + 17h + 59min, 180min) == day - 6h);
    CHECK(app::latest_time_of_day(day + 18h, 180min) == day + 18h);
    CHECK(app::latest_time_of_day(day + 23h, 180min) == day + 18h);
    ::unsetenv("TZ");
    ::tzset();
}

TEST_CASE("health speaks of a backup that failed or is old, where somebody asked for backups")
{
    web::BackupState state;
    state.since = day;
    state.folder = "/backups";
    const std::chrono::system_clock::time_point now = day + 100h;
    CHECK(web::backup_problem(state, now).empty());
    state.is_nightly = true;
    CHECK_THAT(web::backup_problem(state, now), Catch::Contains("no backup in /backups"));
    CHECK(web::backup_problem(state, day + 29h).empty());
    state.last = storage::backup::Kept{"/backups/x", day + 80h, 1};
    CHECK(web::backup_problem(state, now).empty());
    CHECK_THAT(web::backup_problem(state, now + 20h), Catch::Contains("40 hours old"));
    state.problem = "disk full";
    CHECK_THAT(web::backup_problem(state, now), Catch::Contains("failed: disk full"));
    state.is_running = true;
    CHECK(web::backup_problem(state, now).empty());
}

TEST_CASE("settings of backups that cannot be meant are complained of")
{
    CHECK(complaint("backup: { to: /b, at: \"03:00\", keep: 3 }").empty());
    const auto at = GENERATE(as<std::string>{}, "24:00", "3:00", "03:60", "noon", "03:00 ");
    CHECK_THAT(complaint("backup: { at: \"" + at + "\" }"), Catch::Contains("time of the day"));
    CHECK_THAT(complaint("backup: { keep: 0 }"), Catch::Contains("must be kept"));
}

TEST_CASE(
    "a backup wants every file that the configuration names, there or not, and knows the keys")
{
    const std::filesystem::path folder
        = std::filesystem::temp_directory_path() / ("backups-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto tree
        = filters::Yaml::parse("layers: { blocklist: { files: [nets.txt, \"feed:site/x\"] }, "
                               "intent: { spam_files: l.txt } }\n"
                               "alerts: { hook: { secret_file: hook.secret } }\n"
                               "update: { sources: [{ name: s, url: /x, key: abc/d }] }\n"
                               "backup: { passphrase_file: pass }\n"
                               "web: { tls: { certificate: both.pem, key: both.pem } }\n",
                               (folder / "mailweir.yaml").string());
    app::Configuration configuration;
    configuration.tree = *tree;
    configuration.policy_file = "embedded:policies/tag.yaml";
    const auto files = app::files_for_backup(configuration);
    const auto in = [&](const std::string& name) { return (folder / name).string(); };
    CHECK(files.plain == std::vector{in("l.txt"), in("mailweir.yaml"), in("nets.txt")});
    CHECK(files.keys == std::vector{in("both.pem"), in("hook.secret")});
    std::filesystem::remove_all(folder);
}
