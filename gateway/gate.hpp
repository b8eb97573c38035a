// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/classifier.hpp"
#include "filters/feeds/updater.hpp"
#include "filters/gone_addresses.hpp"
#include "filters/roster_refresher.hpp"
#include "filters/scan/scanner.hpp"
#include "filters/services.hpp"
#include "gateway/app.hpp"
#include "gateway/backups.hpp"
#include "gateway/net/http.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/sender_accounts.hpp"
#include "gateway/sender_passwords.hpp"
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/queue_runner.hpp"
#include "gateway/smtp/server.hpp"
#include "gateway/smtp/sts_fetch.hpp"
#include "gateway/smtp/verification.hpp"
#include "gateway/snapshot.hpp"
#include "gateway/two_ways.hpp"
#include "web/api/alerts.hpp"
#include "web/api/api.hpp"
#include "web/api/certificate.hpp"
#include "web/api/digests.hpp"
#include "web/api/jobs.hpp"
#include "web/api/people_directory.hpp"
#include "web/api/policy_book.hpp"
#include "web/api/sign_in.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace app {
/// Everything one gate process owns, in the order it is made. Its main thread is the first loop.
class Gate {
public:
    explicit Gate(const RoleStart& start);
    ~Gate();
    /// Opens the store and builds the configuration; false says that it cannot serve (and was
    /// logged).
    bool prepare();
    /// Serves until drained.
    void run();
    /// Whole or not at all: on a complaint the old configuration stays. Asked for while one is
    /// under way, the files are read once more after it.
    net::awaitable<web::ReloadOutcome> reload();
    /// What the pages set: kept in the data directory, in force at once, or nothing is.
    net::awaitable<web::ReloadOutcome> change_settings(std::string patch);
    /// What the pages set while no gate was in service comes into force.
    net::awaitable<void> catch_up();
    /// Starts the drain; again does nothing.
    void drain();
    net::Loop& first_loop() { return loops_.front()->loop; }
    int channel() const { return start_.channel; }

private:
    class Policies; ///< gate_policy.cpp
    /// A loop, its thread (none for the first) and its SMTP side.
    struct Worker {
        explicit Worker(net::Env& env) : loop{env} { }
        net::Loop loop;
        std::unique_ptr<smtp::Server> server;
        std::thread thread;
    };
    void make_services();
    net::awaitable<web::ReloadOutcome> reload_until_fresh();
    net::awaitable<web::ReloadOutcome> reload_once();
    net::awaitable<web::ReloadOutcome> change_settings_alone(std::string patch);
    net::awaitable<web::ReloadOutcome> change_certificate(web::CertificateChange change);
    /// One after the other: each begins with what the one before left.
    net::awaitable<web::ReloadOutcome> change_alone(net::awaitable<web::ReloadOutcome> change);
    void offer_certificates();
    std::unique_ptr<web::PolicyBook> make_policies();
    net::awaitable<web::ReloadOutcome> ask_for_restart(web::ReloadOutcome outcome,
                                                       const std::string& next_data);
    /// Puts a configuration in service.
    std::optional<Built> build_with_feeds_on_trial();
    void publish(Built built);
    void start_server(std::size_t loop);
    void start_control();
    net::awaitable<net::HttpResponse> answer_control(net::HttpRequest request);
    net::awaitable<net::HttpResponse> answer_web(net::HttpRequest request);
    net::awaitable<net::HttpResponse> answer_metrics(net::HttpRequest request);
    net::awaitable<void> drain_loop(std::size_t loop);
    net::awaitable<void> finish_drain();
    /// The first loop's clock: heartbeat to the supervisor, and what is due starts.
    net::awaitable<void> beat();
    /// Alerts: looks as often as they are told for.
    net::awaitable<void> watch();
    net::awaitable<void> sweep();
    /// For the plots: how much waits and is held.
    void note_levels();
    net::awaitable<void> write_ledgers();
    net::awaitable<void> sweep_directories();
    net::awaitable<void> write_brakes();
    net::awaitable<void> write_lessons();
    net::awaitable<void> watch_certificates();
    struct FeedTurn;
    net::awaitable<void> wait_for_feeds();
    net::awaitable<void> update_feeds();
    net::awaitable<void> send_digests();
    /// Puts a new version of a feed in service, or takes it out of use again: then it says why.
    net::awaitable<std::string> adopt(filters::feeds::Updater::Outcome outcome);
    /// Builds what is in service anew, from the same configuration: a feed has changed. Says what
    /// went wrong.
    net::awaitable<void> refresh_scanner();
    net::awaitable<std::string> rebuild();
    net::awaitable<std::vector<filters::feeds::Updater::Outcome>> update(std::string source,
                                                                         bool only_looks);
    net::awaitable<std::expected<std::uint64_t, std::string>> roll_back(std::string source);

    RoleStart start_;
    Configuration configuration_;
    net::Env& env_;
    mail::IdSource ids_;
    storage::Storage storage_;
    std::unique_ptr<filters::classify::Classifier> classifier_;
    std::unique_ptr<net::WorkerPool> pool_;
    std::unique_ptr<net::Resolver> resolver_;
    std::unique_ptr<filters::feeds::Updater> updater_;
    net::LdapDirectories directories_;
    std::unique_ptr<filters::Scanner> scanner_; ///< none: messages are analysed in this process
    filters::Services services_;
    smtp::Context context_;
    std::unique_ptr<smtp::Verifier> verifier_;
    std::unique_ptr<smtp::StsCache> sts_;
    std::vector<std::unique_ptr<Worker>> loops_;
    std::unique_ptr<smtp::QueueRunner> queue_;
    web::Site site_;
    web::Api api_{site_};
    std::unique_ptr<web::SignIn> sign_in_;
    std::unique_ptr<SenderPasswords> passwords_;
    std::unique_ptr<SenderAccounts> senders_;
    std::unique_ptr<TwoWays> two_ways_;
    std::unique_ptr<filters::RosterRefresher> rosters_;
    filters::GoneRounds gone_{services_};
    std::unique_ptr<web::LdapPeople> people_;
    std::unique_ptr<web::Jobs> jobs_;
    std::unique_ptr<web::Digests> digests_;
    Backups backups_{env_};
    std::unique_ptr<web::Alerts> alerts_;
    std::unique_ptr<web::PolicyBook> policies_;
    std::unique_ptr<net::HttpServer> control_, web_, metrics_;
    std::atomic<std::size_t> loops_drained_{0};
    FileTimes known_certificates_;
    bool is_draining_ = false, is_reloading_ = false, is_reload_wanted_ = false,
         is_scan_stale_ = false; ///< a feed was taken back when it started
    bool is_changing_settings_ = false, is_changing_feeds_ = false;
};
}
