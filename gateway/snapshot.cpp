// SPDX-License-Identifier: Apache-2.0
#include "gateway/snapshot.hpp"

#include "filters/build.hpp"
#include "filters/feeds/feed_files.hpp"
#include "filters/originating_client.hpp"
#include "filters/own_domains.hpp"
#include "filters/policy_document.hpp"
#include "filters/roster_refresher.hpp"
#include "gateway/config_ldap.hpp"
#include "gateway/config_signing.hpp"
#include "gateway/config_values.hpp"

#include <algorithm>
#include <ranges>

namespace app {
using filters::Complaints;

namespace {
using ServerContexts = std::map<std::string, std::shared_ptr<const net::TlsContext>, std::less<>>;

/// One listener's certificates; nothing where it has none.
std::expected<void, std::string> add_context(const smtp::ListenerSettings& listener,
                                             ServerContexts& contexts)
{
    if (listener.certificates.empty())
        return {};
    auto context = net::TlsContext::server(listener.certificates);
    if (!context)
        return std::unexpected{context.error()};
    contexts.emplace(listener.name, std::move(*context));
    return {};
}

void build_tls(const Configuration& configuration, smtp::Snapshot& snapshot, Complaints& complaints)
{
    const auto items = configuration.tree.find("listeners").items();
    for (std::size_t i = 0; i < snapshot.settings.listeners.size(); ++i)
        if (const auto added = add_context(snapshot.settings.listeners[i], snapshot.tls); !added)
            complaints.push_back(items[i].find("tls").complain(added.error()));
    auto plain = net::TlsContext::client(net::Verify::none);
    auto verified = net::TlsContext::client(net::Verify::required);
    if (!plain || !verified) {
        complaints.push_back({.file = "OpenSSL", .text = plain ? verified.error() : plain.error()});
        return;
    }
    snapshot.client_tls = std::move(*plain);
    snapshot.client_tls_verified = std::move(*verified);
}

void append(Complaints& all, Complaints more)
{
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

/// Nothing is read for a layer that the policy no longer names.
void stop_lists_without_layer(const filters::PolicySet& policy, filters::Services& services)
{
    auto* const refresher = filters::RosterRefresher::of(services);
    if (refresher && std::ranges::find(policy.layers, "rosters") == policy.layers.end())
        filters::LoadedTables::on_publish(services, [refresher] {
            refresher->configure(std::make_shared<const filters::Rosters>(), {});
        });
}

void build_judgement(const Configuration& configuration, filters::Services& services,
                     smtp::Snapshot& snapshot, Complaints& complaints)
{
    auto policy = filters::parse_policy(configuration.policy_text, configuration.policy_file);
    if (!policy)
        return append(complaints, std::move(policy.error()));
    snapshot.policy = std::move(*policy);
    filters::feeds::set_data_directory(services, configuration.data);
    const auto names = std::views::keys(configuration.smtp.domains);
    filters::set_directories(services, directories_of(configuration.tree));
    filters::set_own_domains(services, {names.begin(), names.end()});
    auto chain = filters::build_chain(snapshot.policy, configuration.layers, services);
    if (!chain)
        return append(complaints, std::move(chain.error()));
    snapshot.chain = std::move(*chain);
    stop_lists_without_layer(snapshot.policy, services);
}

/// Policy, chain and the tables of its layers, into a snapshot that may have its keys already.
std::expected<Built, Complaints> finished(const Configuration& configuration,
                                          filters::Services& services,
                                          std::shared_ptr<smtp::Snapshot> snapshot,
                                          Complaints complaints)
{
    filters::TableCollection collection{services};
    build_judgement(configuration, services, *snapshot, complaints);
    if (!complaints.empty())
        return std::unexpected{std::move(complaints)};
    filters::Forwarders::ByListener forwarders;
    for (const auto& listener : snapshot->settings.listeners)
        forwarders.emplace(listener.name, listener.forwarders);
    const auto in_service = filters::Forwarders::of(services);
    filters::LoadedTables::on_publish(
        services, [in_service, forwarders] { in_service->replace(forwarders); });
    return Built{std::move(snapshot), collection.take()};
}
}

std::expected<Built, Complaints> build_snapshot(const Configuration& configuration,
                                                filters::Services& services, Complaints& warnings)
{
    auto snapshot = std::make_shared<smtp::Snapshot>();
    snapshot->settings = configuration.smtp;
    Complaints complaints;
    build_tls(configuration, *snapshot, complaints);
    snapshot->signers = read_signers(configuration.tree, complaints, warnings);
    return finished(configuration, services, std::move(snapshot), std::move(complaints));
}

std::expected<smtp::SnapshotPointer, Complaints>
build_judging_snapshot(const Configuration& configuration, filters::Services& services)
{
    auto snapshot = std::make_shared<smtp::Snapshot>();
    snapshot->settings = configuration.smtp;
    auto built = finished(configuration, services, std::move(snapshot), {});
    if (!built)
        return std::unexpected{std::move(built.error())};
    built->tables.publish();
    return std::move(built->snapshot);
}

std::expected<smtp::SnapshotPointer, std::string>
with_fresh_certificates(const smtp::Snapshot& snapshot)
{
    auto next = std::make_shared<smtp::Snapshot>(snapshot);
    next->tls.clear();
    for (const auto& listener : next->settings.listeners)
        if (const auto added = add_context(listener, next->tls); !added)
            return std::unexpected{added.error()};
    return next;
}

FileTimes certificate_times(const smtp::Settings& settings)
{
    FileTimes times;
    std::error_code error;
    for (const auto& listener : settings.listeners)
        for (const auto& pair : listener.certificates)
            for (const auto& file : {pair.certificate, pair.key})
                times[file] = std::filesystem::last_write_time(file, error);
    return times;
}
}
