// SPDX-License-Identifier: Apache-2.0
// How a gate takes a new configuration while it serves.
#include "gateway/channel.hpp"
#include "gateway/gate.hpp"
#include "gateway/smtp/record.hpp"

#include <spdlog/spdlog.h>

namespace app {
using namespace std::chrono_literals;

namespace {
constexpr auto answer_look = 5ms;
constexpr auto answer_limit = 20s;

web::ReloadOutcome refusal(const std::string& text)
{
    spdlog::error("reload refused, the old configuration stays\n{}", text);
    return {false, false, text, {}};
}

/// The first complaint: health has a line for it.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }
}

net::awaitable<web::ReloadOutcome> Gate::reload()
{
    if (std::exchange(is_reloading_, true)) {
        is_reload_wanted_ = true;
        spdlog::info("a reload is under way; the files are read once more after it");
        co_return web::ReloadOutcome{
            false, false, "a reload is under way; the files are read once more after it\n", {}};
    }
    tell(channel(), Tell::reloading);
    web::ReloadOutcome outcome;
    try {
        outcome = co_await reload_until_fresh();
    } catch (const std::exception& error) {
        outcome = refusal(std::string{error.what()} + "\n");
    }
    is_reloading_ = false;
    tell(channel(), Tell::reloaded);
    site_.reload_problem = outcome.is_done ? "" : first_line(outcome.complaints);
    co_return outcome;
}

net::awaitable<web::ReloadOutcome> Gate::change_settings(std::string patch)
{
    return change_alone(change_settings_alone(std::move(patch)));
}

net::awaitable<web::ReloadOutcome> Gate::change_alone(net::awaitable<web::ReloadOutcome> change)
{
    while (is_changing_settings_)
        co_await net::sleep(50ms);
    is_changing_settings_ = true;
    web::ReloadOutcome outcome;
    try {
        outcome = co_await std::move(change);
    } catch (const std::exception& error) {
        outcome = {false, false, error.what(), {}};
    }
    is_changing_settings_ = false;
    co_return outcome;
}

net::awaitable<web::ReloadOutcome> Gate::change_settings_alone(std::string patch)
{
    const auto changed = with_changes(configuration_.own, patch);
    if (!changed)
        co_return web::ReloadOutcome{false, false, changed.error(), {}};
    const auto data = configuration_.data; // a reload may put another in its place
    const auto problem = co_await pool_->run([this, &changed, &data]() -> std::string {
        const auto checked = load_configuration(start_.source, &*changed);
        if (!checked)
            return filters::to_string(checked.error());
        const auto written = write_own_settings(data, *changed);
        return written ? std::string{} : written.error();
    });
    if (!problem.empty())
        co_return web::ReloadOutcome{false, false, problem, {}};
    // They are kept: whoever set them is told what becomes of them, not of what is under way.
    while (is_reloading_)
        co_await net::sleep(50ms);
    co_return co_await reload();
}

net::awaitable<void> Gate::catch_up()
{
    const auto revision
        = co_await pool_->run([this] { return read_own_settings(configuration_.data).revision; });
    if (revision != configuration_.own.revision)
        co_await reload();
}

net::awaitable<web::ReloadOutcome> Gate::reload_until_fresh()
{
    web::ReloadOutcome outcome;
    do {
        is_reload_wanted_ = false;
        outcome = co_await reload_once();
    } while (is_reload_wanted_ && !outcome.needs_restart);
    co_return outcome;
}

net::awaitable<web::ReloadOutcome> Gate::reload_once()
{
    using Loaded = std::expected<std::pair<Configuration, Built>, filters::Complaints>;
    auto loaded = co_await pool_->run([this]() -> Loaded {
        auto configuration = load_configuration(start_.source);
        if (!configuration)
            return std::unexpected{std::move(configuration.error())};
        auto built = build_snapshot(*configuration, services_, configuration->warnings);
        if (!built)
            return std::unexpected{std::move(built.error())};
        return std::pair{std::move(*configuration), std::move(*built)};
    });
    if (!loaded)
        co_return refusal(filters::to_string(loaded.error()));
    auto& [configuration, built] = *loaded;
    web::ReloadOutcome outcome{true, false, {}, warnings_text(configuration.warnings)};
    if (configuration.fixed_part() != configuration_.fixed_part())
        co_return co_await ask_for_restart(std::move(outcome), configuration.data);
    configuration_ = std::move(configuration);
    if (!configuration_.policy_problem.empty())
        spdlog::error("{}", configuration_.policy_problem);
    change_log(configuration_.log);
    smtp::set_log_format({configuration_.log.is_json, configuration_.log.with_subjects});
    publish(std::move(built));
    resolver_->configure(configuration_.dns);
    tell(channel(), Tell::adopted);
    if (scanner_)
        if (const auto renewed = co_await scanner_->renew(configuration_.scanners); !renewed) {
            outcome.warnings += "scan workers keep the old rules: " + renewed.error() + "\n";
            spdlog::error("scan workers keep the old rules: {}", renewed.error());
        }
    spdlog::info("reloaded");
    co_return outcome;
}

net::awaitable<web::ReloadOutcome> Gate::ask_for_restart(web::ReloadOutcome outcome,
                                                         const std::string& next_data)
{
    while (take_answer(channel())) { } // one that came too late is not for this question
    tell(channel(), Tell::restart);
    std::optional<RestartAnswer> answer;
    for (const auto end = env_.now() + answer_limit; !answer && env_.now() < end;) {
        co_await net::sleep(answer_look);
        answer = take_answer(channel());
    }
    if (!answer)
        co_return refusal("the supervisor did not answer within 20 s; see the log\n");
    if (!*answer)
        co_return refusal(answer->error() + "\n");
    outcome.needs_restart = true;
    spdlog::info("reload: the listeners or the store change, the gate is replaced with a drain");
    if (next_data != configuration_.data) {
        outcome.warnings += "what waits in " + configuration_.data
            + " stays there; serve it with "
              "`data: "
            + configuration_.data + "` once more to deliver it\n";
        spdlog::warn("what waits in {} stays there", configuration_.data);
    }
    co_return outcome;
}
}
