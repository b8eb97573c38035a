// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/feeds/updater.hpp"
#include "filters/yaml.hpp"
#include "gateway/net/await.hpp"
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/queue_runner.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

namespace web {
using net::awaitable;
class Digests;
class Jobs;
class PolicyBook;
class SignIn;
class Alerts;
struct AlertSettings;
struct PeopleSettings;

/// A listener as it is, for status.
struct ListenerFacts {
    std::string name, role, address; ///< the address really bound
};

/// What became of a reload.
struct ReloadOutcome {
    bool is_done = false; ///< false: the old configuration stays
    bool needs_restart = false; ///< the gate is drained and started anew
    std::string complaints, warnings; ///< for people, as `config check` prints them
};

/// What the pages have set.
struct PageSettings {
    std::string json; ///< {"domains", "preset", "block_lists"}
    std::map<std::string, std::string> locked; ///< of that, what a file decides: name → file:line
    std::string policy; ///< the policy in force: "policies/tag.yaml", or a file
};

/// All that handlers may reach. Filled by the app; outlives the server.
struct Site {
    smtp::Context* context = nullptr;
    smtp::QueueRunner* queue = nullptr;
    SignIn* sign_in = nullptr;
    Jobs* jobs = nullptr;
    Digests* digests = nullptr; ///< may be missing
    PolicyBook* policies = nullptr; ///< may be missing
    storage::Desk* desk = nullptr;
    storage::Statistics* statistics = nullptr;
    std::shared_ptr<const PeopleSettings> people; ///< of the configuration in force; may be missing
    Alerts* alerts = nullptr; ///< may be missing
    std::shared_ptr<const AlertSettings> alert_settings; ///< of the configuration in force, too
    std::vector<net::CertificateFiles> web_certificates; ///< of the pages
    std::string version;
    std::string web_url; ///< where the pages are: "http://127.0.0.1:8025"; "" where there are none
    std::chrono::system_clock::time_point started_at{};
    std::vector<ListenerFacts> listeners;
    std::function<awaitable<ReloadOutcome>()> reload;
    std::function<PageSettings()> settings;
    /// Takes a JSON object of changes and reloads; nothing changes where `complaints` say why.
    std::function<awaitable<ReloadOutcome>(std::string patch)> change_settings;
    /// Settings of layers in force, by layer.
    std::function<std::map<std::string, filters::Yaml, std::less<>>()> layer_settings;
    filters::feeds::Updater* feeds = nullptr;
    using FeedOutcomes = std::vector<filters::feeds::Updater::Outcome>;
    /// Looks at one source of feeds ("" all) and puts in service what is new, or only looks.
    std::function<awaitable<FeedOutcomes>(std::string source, bool only_looks)> update;
    std::function<awaitable<std::expected<std::uint64_t, std::string>>(std::string source)>
        roll_back;
    std::string reload_problem = {}; ///< why the last reload was refused; "" when it was not
    std::function<std::uint64_t()> dropped_log_lines;
};
}
