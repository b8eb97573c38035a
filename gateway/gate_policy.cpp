// SPDX-License-Identifier: Apache-2.0
// How a gate takes a policy that people wrote while it serves.
#include "filters/policy_document.hpp"
#include "gateway/channel.hpp"
#include "gateway/gate.hpp"
#include "gateway/policy_revisions.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace app {
using namespace std::chrono_literals;
using Outcome = web::PolicyOutcome;
using Kind = Outcome::Kind;

namespace {
struct Taken {
    Configuration configuration;
    Built built;
};

Outcome wrong(filters::Complaints complaints)
{
    return {.kind = Kind::wrong, .complaints = std::move(complaints)};
}

/// What people had in force before their first document, kept so that they can go back to it: its
/// number; 0 where a revision is in force, which is kept already.
std::expected<unsigned, std::string> keep_what_stood(const PolicyRevisions& revisions,
                                                     const Configuration& now,
                                                     std::chrono::system_clock::time_point time)
{
    if (now.policy_revision != 0)
        return 0U;
    const auto note = now.own.preset.empty() ? std::string{"what came with the gateway"}
                                             : "preset " + now.own.preset;
    return revisions.add({.number = 0,
                          .time = time,
                          .author = "-",
                          .note = note,
                          .of = 0,
                          .document = document_of(now.policy_text)},
                         now.own.revision);
}

/// Checks, keeps and chooses a policy: until its last step nothing has changed, with it all has.
/// Only the policy changes: what an administrator is writing in the files meanwhile must not come
/// into force with it.
std::expected<Taken, Outcome> take(Configuration next, filters::Services& services,
                                   const web::PolicyChange& change,
                                   std::chrono::system_clock::time_point now)
{
    const auto policy = filters::parse_policy(change.document, "the document");
    if (!policy)
        return std::unexpected{wrong(policy.error())};
    const PolicyRevisions revisions{next.data};
    const auto before = keep_what_stood(revisions, next, now);
    if (!before)
        return std::unexpected{Outcome{.kind = Kind::failed, .detail = before.error()}};
    const auto drop = [&](unsigned number) {
        if (number != 0)
            revisions.drop(number);
    };
    const auto number = revisions.add({.number = 0,
                                       .time = now,
                                       .author = change.author,
                                       .note = change.note,
                                       .of = change.of,
                                       .document = change.document},
                                      std::max(next.own.revision, *before));
    if (!number) {
        drop(*before);
        return std::unexpected{Outcome{.kind = Kind::failed, .detail = number.error()}};
    }
    next.policy_file = revisions.file_of(*number);
    next.policy_text = change.document;
    next.policy_revision = next.own.revision = *number;
    next.own.preset.clear();
    next.policy_problem.clear();
    next.warnings.clear();
    auto built = build_snapshot(next, services, next.warnings);
    if (!built) {
        drop(*number);
        drop(*before);
        return std::unexpected{wrong(std::move(built.error()))};
    }
    if (const auto written = write_own_settings(next.data, next.own); !written) {
        drop(*number);
        drop(*before);
        return std::unexpected{Outcome{.kind = Kind::failed, .detail = written.error()}};
    }
    return Taken{std::move(next), std::move(*built)};
}
}

class Gate::Policies final : public web::PolicyBook {
public:
    explicit Policies(Gate& gate) : gate_{gate} { }

    web::PolicyInForce in_force() const override
    {
        const auto& now = gate_.configuration_;
        const auto locked = now.locked.find("preset");
        web::PolicyInForce policy{.document = document_of(now.policy_text),
                                  .origin = "built_in",
                                  .file = now.policy_file,
                                  .revision = now.policy_revision,
                                  .locked = locked == now.locked.end() ? "" : locked->second,
                                  .problem = now.policy_problem};
        if (!policy.locked.empty())
            policy.origin = "file";
        else if (policy.revision != 0)
            policy.origin = "web";
        else if (!now.own.preset.empty())
            policy.origin = "preset";
        return policy;
    }

    net::awaitable<Outcome> apply(web::PolicyChange change) override
    {
        const auto& now = gate_.configuration_;
        if (const auto locked = now.locked.find("preset"); locked != now.locked.end())
            co_return Outcome{.kind = Kind::locked, .detail = locked->second};
        if (gate_.is_reloading_ || gate_.is_changing_settings_)
            co_return Outcome{.kind = Kind::busy};
        if (change.expected != now.policy_revision)
            co_return Outcome{.kind = Kind::overtaken, .revision = now.policy_revision};
        gate_.is_reloading_ = gate_.is_changing_settings_ = true;
        tell(gate_.channel(), Tell::reloading);
        Outcome outcome;
        try {
            outcome = co_await take_up(std::move(change));
        } catch (const std::exception& error) {
            outcome = {.kind = Kind::failed, .detail = error.what()};
        }
        outcome.revision = gate_.configuration_.policy_revision;
        gate_.is_reloading_ = gate_.is_changing_settings_ = false;
        tell(gate_.channel(), Tell::reloaded);
        if (std::exchange(gate_.is_reload_wanted_, false))
            co_await gate_.reload();
        co_return outcome;
    }

    net::awaitable<std::vector<web::PolicyRevision>> revisions(unsigned below,
                                                               std::size_t limit) override
    {
        co_return co_await gate_.pool_->run([data = gate_.configuration_.data, below, limit] {
            return PolicyRevisions{data}.list(below, limit);
        });
    }

    net::awaitable<std::optional<web::PolicyRevision>> revision(unsigned number) override
    {
        co_return co_await gate_.pool_->run([data = gate_.configuration_.data, number] {
            return PolicyRevisions{data}.read(number);
        });
    }

private:
    net::awaitable<Outcome> take_up(web::PolicyChange change)
    {
        auto taken = co_await gate_.pool_->run(
            [&services = gate_.services_, next = gate_.configuration_, change = std::move(change),
             now = gate_.env_.wall_now()] { return take(next, services, change, now); });
        if (!taken)
            co_return std::move(taken.error());
        const bool has_other_layers
            = taken->built.snapshot->policy.layers != gate_.context_.snapshot()->policy.layers;
        Outcome outcome{.kind = Kind::done, .detail = warnings_text(taken->configuration.warnings)};
        gate_.configuration_ = std::move(taken->configuration);
        gate_.publish(std::move(taken->built));
        tell(gate_.channel(), Tell::adopted);
        spdlog::info("revision {} of the policy is in force", gate_.configuration_.policy_revision);
        if (gate_.scanner_ && has_other_layers)
            if (const auto renewed = co_await gate_.scanner_->renew(gate_.configuration_.scanners);
                !renewed) {
                outcome.detail += "scan workers keep the old rules: " + renewed.error() + "\n";
                spdlog::error("scan workers keep the old rules: {}", renewed.error());
            }
        co_return outcome;
    }

    Gate& gate_;
};

std::unique_ptr<web::PolicyBook> Gate::make_policies() { return std::make_unique<Policies>(*this); }
}
