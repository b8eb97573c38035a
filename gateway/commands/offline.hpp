// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/classifier.hpp"
#include "filters/services.hpp"
#include "gateway/config.hpp"

#include <memory>

namespace app::commands {
/// Runs one piece of work to its end, on a loop of its own.
void run_to_end(const std::string& name, net::awaitable<void> work);

/// What layers reach for without a daemon: real files and clock, empty lists, recipients unchecked.
class Offline {
public:
    Offline();
    ~Offline();
    filters::Services& services() { return services_; }
    /// Whom to ask the DNS; until then nobody.
    void ask_dns(net::DnsSettings settings) { resolver_.configure(std::move(settings)); }
    /// The domains that count as own.
    void serve_domains_of(const Configuration& configuration);
    /// Judges by what the gateway of a data directory learnt, where that can be read.
    void judge_by(const std::string& data);

private:
    net::WorkerPool pool_;
    net::Resolver resolver_;
    std::unique_ptr<storage::Lists> lists_;
    std::unique_ptr<filters::RecipientVerifier> recipients_;
    std::unique_ptr<filters::classify::Classifier> classifier_;
    filters::Services services_;
};
}
