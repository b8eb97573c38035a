// SPDX-License-Identifier: Apache-2.0
#include "gateway/gate.hpp"

#include "filters/fingerprint_table.hpp"
#include "gateway/channel.hpp"
#include "gateway/control.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/smtp/conditions.hpp"
#include "gateway/version.hpp"
#include "storage/installation.hpp"
#include "storage/upgrade.hpp"

#include <spdlog/spdlog.h>

namespace app {
using namespace std::chrono_literals;

namespace {
constexpr auto drain_limit = 60s;
constexpr auto drain_look = 50ms;
constexpr auto working_told_every = 5s;
/// The web role speaks for many people over few connections.
constexpr net::HttpLimits web_limits{.body = 4 << 20, .connections = 256};

/// A directory of lists was read, or why it could not be.
void tell_of_lists(const std::string& directory, const std::string& problem)
{
    auto& conditions = smtp::Conditions::here();
    if (problem.empty())
        conditions.clear("lists.directory_down", directory);
    else
        conditions.raise("lists.directory_down", directory, problem);
}

std::size_t pool_threads() { return std::clamp(std::thread::hardware_concurrency(), 2U, 8U); }
}

Gate::Gate(const RoleStart& start)
    : start_{start}, configuration_{start.configuration}, env_{net::Env::real()}
{ }

Gate::~Gate()
{
    // What is queued there may refer to frames of coroutines, which end with the loops.
    pool_.reset();
}

bool Gate::prepare()
{
    // The control socket's commands would find nobody: this may take a while after an upgrade.
    const auto backups = backup_settings(configuration_);
    const auto working = [this, told = net::Env::Steady{}]() mutable {
        if (env_.now() - told < working_told_every)
            return;
        told = env_.now();
        tell(start_.channel, Tell::working);
    };
    const storage::Upgrade how{backups.is_nightly ? backups.to : "", version_text(),
                               configuration_.smtp.hostname, working};
    if (const auto why = storage::upgrade(
            configuration_.data, how, std::chrono::floor<std::chrono::seconds>(env_.wall_now()));
        !why.empty()) {
        spdlog::critical("cannot open the store: {}", why);
        return false;
    }
    auto storage = storage::open(configuration_.storage, env_);
    if (!storage) {
        spdlog::critical("cannot open the store: {}", storage.error());
        return false;
    }
    storage_ = std::move(*storage);
    make_services();
    auto built = build_with_feeds_on_trial();
    if (!built)
        return false;
    if (!configuration_.policy_problem.empty())
        spdlog::error("{}", configuration_.policy_problem);
    publish(std::move(*built));
    for (unsigned i = 0; i < configuration_.loops; ++i)
        loops_.push_back(std::make_unique<Worker>(env_));
    passwords_ = std::make_unique<SenderPasswords>(first_loop(), *sign_in_);
    context_.passwords = passwords_.get();
    queue_ = std::make_unique<smtp::QueueRunner>(first_loop(), context_);
    context_.wake_queue = [this] { first_loop().post([this] { queue_->wake(); }); };
    return true;
}

/// A version of a feed that came when the gate before this one ended must not keep this one from
/// starting: it may never have been built with.
std::optional<Built> Gate::build_with_feeds_on_trial()
{
    auto& store = updater_->store();
    auto trials = store.start_trials();
    std::erase_if(trials, [&](const auto& trial) {
        if (trial.was_started_with)
            store.take_back(trial);
        is_scan_stale_ |= trial.was_started_with;
        return trial.was_started_with;
    });
    filters::Complaints warnings;
    auto built = build_snapshot(configuration_, services_, warnings);
    if (!built && !trials.empty()) {
        is_scan_stale_ = true;
        spdlog::error("{}", filters::to_string(built.error()));
        for (const auto& trial : std::exchange(trials, {}))
            store.take_back(trial);
        warnings.clear();
        built = build_snapshot(configuration_, services_, warnings);
    }
    if (!built) {
        spdlog::critical("the configuration is wrong\n{}", filters::to_string(built.error()));
        return {};
    }
    if (!warnings.empty())
        spdlog::warn("{}", warnings_text(warnings));
    for (const auto& trial : trials)
        store.prove(trial.name);
    return std::move(*built);
}

void Gate::publish(Built built)
{
    built.tables.publish();
    filters::FingerprintTable::of(services_)->keep_mails(configuration_.storage.keep_features);
    updater_->configure(configuration_.feeds);
    site_.people = configuration_.people;
    senders_->configure(configuration_.people);
    site_.web_url = configuration_.web_url();
    backups_.configure(configuration_);
    site_.alert_settings = configuration_.alerts;
    site_.web_certificates = configuration_.web.certificates;
    context_.replace(std::move(built.snapshot));
}

void Gate::make_services()
{
    pool_ = std::make_unique<net::WorkerPool>(pool_threads());
    resolver_ = std::make_unique<net::Resolver>(*pool_, configuration_.dns);
    updater_
        = std::make_unique<filters::feeds::Updater>(configuration_.data, *resolver_, *pool_, env_);
    context_.env = &env_;
    context_.store = storage_.store.get();
    context_.history = storage_.history.get();
    context_.lists = storage_.lists.get();
    context_.preferences = storage_.preferences.get();
    context_.audit = storage_.audit.get();
    context_.dedupe = storage_.dedupe.get();
    context_.services = &services_;
    context_.resolver = resolver_.get();
    context_.pool = pool_.get();
    context_.directories = &directories_;
    context_.ids = &ids_;
    context_.secret = storage_.secret;
    context_.data_directory = configuration_.data;
    sts_ = std::make_unique<smtp::StsCache>(env_, *pool_, configuration_.data + "/mta-sts",
                                            smtp::sts_fetch(context_));
    context_.sts = sts_.get();
    verifier_ = std::make_unique<smtp::Verifier>(context_);
    if (start_.scan_requests >= 0)
        scanner_ = std::make_unique<filters::Scanner>(
            start_.scan_requests, filters::ScannerLimits{.workers = configuration_.scanners});
    services_.scanner = scanner_.get();
    services_.env = &env_;
    services_.resolver = resolver_.get();
    services_.pool = pool_.get();
    services_.lists = storage_.lists.get();
    services_.ledgers = storage_.ledgers.get();
    classifier_
        = std::make_unique<filters::classify::Classifier>(configuration_.data, *storage_.lessons);
    services_.classifier = classifier_.get();
    filters::FingerprintTable::keep(services_, *storage_.fingerprints, *storage_.mail_fingerprints);
    two_ways_ = std::make_unique<TwoWays>(configuration_.data, *pool_, services_, *storage_.history,
                                          storage_.secret);
    rosters_ = std::make_unique<filters::RosterRefresher>(tell_of_lists);
    filters::RosterRefresher::keep(services_, *rosters_);
    services_.recipients = verifier_.get();
    services_.installed_at = storage::installed_at(configuration_.data);
    services_.is_own_domain = [this](const mail::Domain& domain) {
        return context_.snapshot()->settings.domains.contains(domain.ascii());
    };
    sign_in_ = std::make_unique<web::SignIn>(*storage_.accounts, env_);
    people_ = std::make_unique<web::LdapPeople>(site_, directories_);
    sign_in_->use(people_.get());
    senders_ = std::make_unique<SenderAccounts>(*storage_.accounts, directories_, env_);
    filters::SenderDirectory::keep(services_, *senders_);
}

void Gate::start_server(std::size_t loop)
{
    std::vector<smtp::Door> doors;
    for (const auto& door : start_.doors.smtp())
        if (door.loop == loop)
            doors.push_back({door.descriptor, door.listener});
    Worker& worker = *loops_[loop];
    worker.loop.post([this, &worker, doors = std::move(doors)] {
        worker.server = std::make_unique<smtp::Server>(worker.loop, context_, doors);
        worker.server->start();
    });
}

void Gate::start_control()
{
    site_.context = &context_;
    site_.queue = queue_.get();
    site_.sign_in = sign_in_.get();
    digests_ = std::make_unique<web::Digests>(site_, web::DigestKey::of(configuration_.data, env_));
    site_.digests = digests_.get();
    jobs_ = std::make_unique<web::Jobs>(env_);
    site_.jobs = jobs_.get();
    alerts_ = std::make_unique<web::Alerts>(site_);
    site_.alerts = alerts_.get();
    policies_ = make_policies();
    site_.policies = policies_.get();
    site_.desk = storage_.desk.get();
    site_.statistics = storage_.statistics.get();
    site_.version = version_text();
    site_.started_at = env_.wall_now();
    site_.dropped_log_lines = dropped_log_lines;
    site_.reload = [this] { return reload(); };
    site_.settings = [this] {
        return web::PageSettings{configuration_.own.json(), configuration_.locked,
                                 configuration_.policy_file};
    };
    site_.change_settings = [this](std::string patch) { return change_settings(std::move(patch)); };
    offer_certificates();
    site_.layer_settings = [this] { return configuration_.layers; };
    site_.feeds = updater_.get();
    site_.update = [this](std::string source, bool only_looks) {
        return update(std::move(source), only_looks);
    };
    web::BackupDesk::of(services_)
        = {[this] { return backups_.state(); }, [this] { return backups_.start("asked"); }};
    site_.roll_back = [this](std::string source) { return roll_back(std::move(source)); };
    for (const auto& door : start_.doors.smtp())
        if (door.loop == 0)
            for (const auto& listener : configuration_.smtp.listeners)
                if (listener.name == door.listener)
                    site_.listeners.push_back(
                        {listener.name,
                         listener.role == mail::Direction::inbound ? "inbound" : "outbound",
                         net::bound_address(door.descriptor).to_string()});
    control_ = std::make_unique<net::HttpServer>(
        first_loop(), start_.doors.control(),
        [this](net::HttpRequest request) { return answer_control(std::move(request)); });
    control_->start();
    web_ = std::make_unique<net::HttpServer>(
        first_loop(), start_.doors.web_socket(),
        [this](net::HttpRequest request) { return answer_web(std::move(request)); }, web_limits);
    web_->start();
    if (start_.doors.metrics() < 0)
        return;
    metrics_ = std::make_unique<net::HttpServer>(
        first_loop(), start_.doors.metrics(),
        [this](net::HttpRequest request) { return answer_metrics(std::move(request)); });
    metrics_->start();
}

net::awaitable<net::HttpResponse> Gate::answer_control(net::HttpRequest request)
{
    const auto principal = principal_of_peer(request.peer_uid);
    co_return co_await api_.answer(principal, std::move(request));
}

net::awaitable<net::HttpResponse> Gate::answer_web(net::HttpRequest request)
{
    return api_.answer_web(std::move(request));
}

net::awaitable<net::HttpResponse> Gate::answer_metrics(net::HttpRequest request)
{
    if (request.target == "/metrics")
        co_return net::HttpResponse{200, "text/plain; version=0.0.4", web::metrics_text(site_), {}};
    if (request.target == "/livez")
        co_return net::HttpResponse{200, "text/plain", "ok\n", {}};
    if (request.target != "/readyz")
        co_return net::HttpResponse{404, "text/plain", "try /metrics, /readyz or /livez\n", {}};
    const auto why = web::why_not_ready(site_);
    co_return net::HttpResponse{
        why.empty() ? 200U : 503U, "text/plain", (why.empty() ? "ok" : why) + "\n", {}};
}

void Gate::run()
{
    for (std::size_t i = 0; i < loops_.size(); ++i)
        start_server(i);
    for (std::size_t i = 1; i < loops_.size(); ++i)
        loops_[i]->thread = std::thread{[worker = loops_[i].get()] {
            worker->loop.run();
            worker->server.reset();
        }};
    net::Loop& first = first_loop();
    first.post([this] {
        start_control();
        queue_->start();
        for (const auto& listener : site_.listeners)
            spdlog::info("listening name={} role={} address={}", listener.name, listener.role,
                         listener.address);
        tell(channel(), Tell::ready);
    });
    first.spawn("heartbeat", beat());
    first.spawn("watch", watch());
    if (scanner_ && is_scan_stale_)
        first.spawn("rules of feeds", refresh_scanner());
    first.spawn("settings of the pages", catch_up());
    if (scanner_)
        first.spawn("first scan worker", scanner_->prepare());
    first.run();
    control_.reset();
    web_.reset();
    metrics_.reset();
    queue_.reset();
    loops_.front()->server.reset();
    for (auto& worker : loops_)
        if (worker->thread.joinable())
            worker->thread.join();
    const auto now = std::chrono::floor<std::chrono::seconds>(env_.wall_now());
    filters::FingerprintTable::of(services_)->save(now);
}

void Gate::drain()
{
    if (std::exchange(is_draining_, true))
        return;
    spdlog::info("draining: no new connections, sessions in DATA finish");
    context_.is_draining = true;
    queue_->stop();
    for (std::size_t i = 0; i < loops_.size(); ++i)
        loops_[i]->loop.post([this, i] { loops_[i]->loop.spawn("drain", drain_loop(i)); });
    first_loop().spawn("drained", finish_drain());
}

net::awaitable<void> Gate::drain_loop(std::size_t loop)
{
    smtp::Server& server = *loops_[loop]->server;
    server.drain();
    const auto end = env_.now() + drain_limit;
    while (server.sessions() > 0 && env_.now() < end)
        co_await net::sleep(drain_look);
    if (const auto left = server.sessions(); left > 0)
        spdlog::warn("{} sessions did not finish within {} s", left, drain_limit.count());
    ++loops_drained_;
}

net::awaitable<void> Gate::finish_drain()
{
    const auto end = env_.now() + drain_limit;
    while (env_.now() < end
           && (loops_drained_ < loops_.size() || queue_->under_way() > 0 || is_reloading_))
        co_await net::sleep(drain_look);
    co_await context_.history->settle();
    if (control_)
        control_->stop();
    if (web_)
        web_->stop();
    if (metrics_)
        metrics_->stop();
    spdlog::info("drained");
    for (auto& worker : loops_)
        worker->loop.stop();
}
}
