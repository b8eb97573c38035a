// SPDX-License-Identifier: Apache-2.0
#include "gateway/backups.hpp"

#include "gateway/version.hpp"

#include <ctime>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace app {
using namespace std::chrono_literals;

namespace {
/// Behind the start, so that a gateway which starts again and again does nothing else.
constexpr std::chrono::minutes first_after{2}, again_after{60};
constexpr auto longest_rest = 20ms;

std::chrono::sys_seconds seconds_of(net::Env& env)
{
    return std::chrono::floor<std::chrono::seconds>(env.wall_now());
}

/// Mail goes first, on the processor and on the disk. Where the kernel refuses, so be it.
void step_back()
{
    constexpr int one_thread = 1, idle_class = 3 << 13;
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 10);
    ::syscall(SYS_ioprio_set, one_thread, 0, idle_class);
}

std::string first_line(std::string text) { return text.substr(0, text.find_first_of("\r\n")); }
}

BackupSettings backup_settings(const Configuration& configuration)
{
    filters::Complaints known; // the configuration was checked
    auto settings = read_backup_settings(configuration.tree, known);
    if (settings.to.empty())
        settings.to = configuration.data + "/backups";
    else
        settings.is_nightly = true;
    return settings;
}

storage::backup::Order backup_order(const Configuration& configuration, std::string kind,
                                    std::chrono::sys_seconds now)
{
    const auto settings = backup_settings(configuration);
    storage::backup::Order order{.data = configuration.data, .to = settings.to, .about = {}};
    order.about.version = version_text();
    order.about.host = configuration.smtp.hostname;
    order.about.kind = std::move(kind);
    order.about.made = now;
    order.has_history = settings.has_history;
    if (const auto& file = settings.passphrase_file; !file.empty()) {
        const auto text = read_file(file, 4096);
        if (!text)
            throw std::runtime_error{text.error()};
        order.passphrase = first_line(*text);
        if (order.passphrase.size() < 8)
            throw std::runtime_error{file + " has no passphrase of eight characters at least"};
    }
    auto files = files_for_backup(configuration);
    order.configuration = std::move(files.plain);
    order.keys = std::move(files.keys);
    return order;
}

Backups::Backups(net::Env& env) : env_{env}, not_before_{seconds_of(env) + first_after}
{
    state_.since = seconds_of(env);
}

Backups::~Backups()
{
    {
        const std::lock_guard lock{mutex_};
        is_ending_ = true;
    }
    ending_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void Backups::configure(const Configuration& configuration)
{
    configuration_ = configuration;
    settings_ = backup_settings(configuration);
    {
        const std::lock_guard lock{mutex_};
        state_.is_nightly = settings_.is_nightly;
        state_.folder = settings_.to;
    }
    begin("");
}

web::BackupState Backups::state() const
{
    const std::lock_guard lock{mutex_};
    return state_;
}

bool Backups::is_due() const
{
    const auto now = seconds_of(env_);
    const auto state = this->state();
    if (!state.is_nightly || state.is_running || now < not_before_)
        return false;
    return !state.last || state.last->made < latest_time_of_day(now, settings_.at);
}

void Backups::look()
{
    const auto is_looked_at = [this] {
        const std::lock_guard lock{mutex_};
        return looked_in_ == settings_.to;
    };
    if (!configuration_)
        return;
    if (!is_looked_at())
        begin("");
    else if (is_due())
        start("nightly");
}

bool Backups::start(std::string kind)
{
    if (!begin(std::move(kind)))
        return false;
    not_before_ = seconds_of(env_) + again_after;
    return true;
}

bool Backups::begin(std::string kind)
{
    {
        const std::lock_guard lock{mutex_};
        if (is_busy_ || !configuration_)
            return false;
        is_busy_ = true;
        state_.is_running = !kind.empty();
    }
    if (thread_.joinable())
        thread_.join();
    thread_ = std::thread{[this, configuration = *configuration_, kind = std::move(kind)] {
        step_back();
        work(configuration, kind);
    }};
    return true;
}

void Backups::work(const Configuration& configuration, const std::string& kind)
{
    std::string folder;
    std::optional<storage::backup::Kept> last;
    try {
        if (kind.empty())
            try_out(configuration);
        else
            make(configuration, kind);
        folder = backup_settings(configuration).to;
        last = storage::backup::last_backup(folder, seconds_of(env_));
    } catch (const std::exception& error) {
        // A sick disk of backups must not end the gate.
        spdlog::error("backup: {}", error.what());
    }
    const std::lock_guard lock{mutex_};
    state_.last = std::move(last);
    looked_in_ = folder;
    state_.is_running = is_busy_ = false;
}

void Backups::try_out(const Configuration& configuration)
{
    const auto settings = backup_settings(configuration);
    if (!settings.is_nightly)
        return;
    std::string problem;
    try {
        (void)backup_order(configuration, "nightly", seconds_of(env_));
        storage::backup::try_folder(settings.to, configuration.data);
    } catch (const std::exception& error) {
        problem = error.what();
        spdlog::error("no backup can be made: {}", problem);
    }
    const std::lock_guard lock{mutex_};
    // A reload must not hide that the last one failed.
    if (!problem.empty() || is_problem_of_trial_)
        state_.problem = problem;
    is_problem_of_trial_ = !problem.empty();
}

void Backups::make(const Configuration& configuration, const std::string& kind)
{
    const auto settings = backup_settings(configuration);
    std::string problem;
    storage::backup::Made made;
    const auto began = env_.now();
    try {
        auto order = backup_order(configuration, kind, seconds_of(env_));
        auto worked_since = env_.now();
        order.between = [this, &worked_since] {
            std::unique_lock lock{mutex_};
            const auto rest
                = std::min<net::Env::Steady::duration>(env_.now() - worked_since, longest_rest);
            if (ending_.wait_for(lock, rest, [this] { return is_ending_; }))
                throw std::runtime_error{"the gateway stops"};
            worked_since = env_.now();
        };
        made = storage::backup::create(std::move(order));
        storage::backup::prune(settings.to, settings.keep, storage::Files::real());
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (!problem.empty())
        spdlog::error("backup failed: {}", problem);
    else
        spdlog::info("backup path={} bytes={} seconds={}", made.path, made.bytes,
                     std::chrono::floor<std::chrono::seconds>(env_.now() - began).count());
    for (const auto& note : made.notes)
        spdlog::warn("backup: {}", note);
    const std::lock_guard lock{mutex_};
    state_.problem = std::move(problem);
    is_problem_of_trial_ = false;
    state_.notes = std::move(made.notes);
    state_.path = std::move(made.path);
}

std::chrono::sys_seconds latest_time_of_day(std::chrono::sys_seconds now, std::chrono::minutes at)
{
    const auto time = std::chrono::system_clock::to_time_t(now);
    std::tm local{};
    ::localtime_r(&time, &local);
    local.tm_hour = static_cast<int>(at.count() / 60);
    local.tm_min = static_cast<int>(at.count() % 60);
    local.tm_sec = 0;
    local.tm_isdst = -1;
    auto today = std::chrono::system_clock::from_time_t(std::mktime(&local));
    if (today > now) {
        --local.tm_mday;
        local.tm_isdst = -1;
        today = std::chrono::system_clock::from_time_t(std::mktime(&local));
    }
    return std::chrono::floor<std::chrono::seconds>(today);
}
}
