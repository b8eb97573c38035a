// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/build.hpp"
#include "filters/feeds/updater.hpp"
#include "gateway/log.hpp"
#include "gateway/net/dns_health.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/own_settings.hpp"
#include "gateway/smtp/settings.hpp"
#include "storage/open.hpp"
#include "web/front/settings.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace web {
struct AlertSettings;
struct PeopleSettings;
}

namespace app {
/// Where a configuration comes from: nothing at all, a file with its conf.d, and flags of the
/// command line, each merged over what stands before it.
struct ConfigurationSource {
    std::optional<std::string> file;
    std::string data, listen, next_hop, web; ///< flags of `serve`; "" where not given
    std::vector<std::string> domains;
};

/// Where the pages are served, and for whom.
struct WebSettings {
    std::string address; ///< "" for none
    bool is_address_own = false; ///< somebody wrote it: then it has to be free
    std::string url; ///< how people reach them, without a slash at the end; "": by the address
    std::vector<net::CertificateFiles> certificates; ///< none: plain HTTP
    std::vector<mail::Network> allow, digest_allow, proxies;
    front::Contact contact;
};

/// One configuration, whole and checked. Infrastructure only: policy is a document of its own.
struct Configuration {
    smtp::Settings smtp;
    storage::Settings storage;
    std::string data, user;
    unsigned loops = 1;
    unsigned scanners = 2; ///< scan workers at most
    std::chrono::milliseconds hung_after{120'000}; ///< without a sign of life of the gate
    std::string metrics_address; ///< "" for none
    WebSettings web;
    OwnSettings own; ///< what the pages set
    std::map<std::string, std::string> locked; ///< of that, what a file decides: name → file:line
    net::DnsSettings dns;
    LogSettings log;
    std::vector<filters::feeds::FeedSource> feeds;
    std::shared_ptr<const web::PeopleSettings> people;
    std::shared_ptr<const web::AlertSettings> alerts;
    filters::LayerSettings layers; ///< of listener layers and others, checked by each
    std::string policy_file, policy_text;
    unsigned policy_revision = 0; ///< that the text is; 0: none
    std::string policy_problem; ///< why it is an older one than wanted; "" it is not
    filters::Yaml tree; ///< everything that was written, merged
    filters::Complaints warnings; ///< right, but hardly meant

    /// What the supervisor opens and a reload cannot change: a difference restarts the gate.
    std::string fixed_part() const;
    /// What the web role starts with: a difference replaces it. Times of certificate files too.
    std::string web_part() const;
    /// Where people find the pages: web.url, else by web.address, and by the hostname where that is
    /// every address; "" where there are none.
    std::string web_url() const;
};

/// All that a configuration file means, each merged over those before it: a package's defaults, the
/// file itself, conf.d/*.yaml beside it in lexical order.
std::vector<std::string> files_of(const std::string& file);

/// Reads, merges and checks. A complaint names file, line and column. `candidate`: as if the pages'
/// settings were these.
std::expected<Configuration, filters::Complaints>
load_configuration(const ConfigurationSource& source, const OwnSettings* candidate = nullptr);
/// The same for text at hand; `directory` is where its relative names count from.
std::expected<Configuration, filters::Complaints> parse_configuration(const filters::Yaml& tree);

/// Files of recipients that cannot be read now. Warnings where the gateway starts or reloads, since
/// other domains' mail flows and a file may come back; `config check` refuses them.
filters::Complaints unreadable_files(const filters::Yaml& tree);

/// One line of `config show`.
struct EffectiveValue {
    std::string key; ///< "listeners[0].name"
    std::string value; ///< as YAML on one line
    std::string origin; ///< "file:line" or "default"
};
std::vector<EffectiveValue> effective_values(const filters::Yaml& tree);

/// Complaints of a configuration that hold as warnings, for people.
std::string warnings_text(const filters::Complaints& warnings);

/// The whole text of a file; the error names it and says why.
std::expected<std::string, std::string> read_file(const std::string& path,
                                                  std::size_t limit = 64U << 20);
}
