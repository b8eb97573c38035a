// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/offline.hpp"

#include "filters/fingerprint_table.hpp"

#include <thread>

namespace app::commands {
namespace {
class EmptySnapshot final : public storage::ListSnapshot {
public:
    std::vector<Match> matches(std::string_view, const mail::ReversePath&, const mail::Ip*,
                               storage::WallTime) const override
    {
        return {};
    }
};

/// Lists with nothing in them; entries live in the daemon's store.
class EmptyLists final : public storage::Lists {
public:
    std::shared_ptr<const storage::ListSnapshot> snapshot() const override { return snapshot_; }
    net::awaitable<std::optional<storage::ListEntry>> add(storage::ListEntry entry) override
    {
        co_return entry;
    }
    net::awaitable<bool> remove(std::string, storage::ListEntry::Effect, std::string) override
    {
        co_return false;
    }
    net::awaitable<std::vector<storage::ListEntry>>
    list(std::optional<std::string>, std::optional<storage::ListEntry::Effect>) override
    {
        co_return std::vector<storage::ListEntry>{};
    }
    net::awaitable<std::vector<storage::ListEntry>> newest(Fits, std::int64_t, std::size_t) override
    {
        co_return std::vector<storage::ListEntry>{};
    }
    std::size_t count() const override { return 0; }
    void hit(std::int64_t, storage::WallTime) override { }

private:
    std::shared_ptr<const storage::ListSnapshot> snapshot_ = std::make_shared<EmptySnapshot>();
};

class UncheckedRecipients final : public filters::RecipientVerifier {
public:
    net::awaitable<Result> verify(mail::Mailbox) override { co_return Result{}; }
    std::optional<Result> known(const mail::Mailbox&) override { return Result{}; }
};
}

void run_to_end(const std::string& name, net::awaitable<void> work)
{
    net::Loop loop{net::Env::real()};
    loop.spawn(name, std::move(work));
    loop.run();
}

Offline::Offline()
    : pool_{std::max(1U, std::thread::hardware_concurrency())}, resolver_{pool_},
      lists_{std::make_unique<EmptyLists>()}, recipients_{std::make_unique<UncheckedRecipients>()}
{
    services_.env = &net::Env::real();
    services_.resolver = &resolver_;
    services_.pool = &pool_;
    services_.lists = lists_.get();
    services_.recipients = recipients_.get();
    services_.is_own_domain = [](const mail::Domain&) { return false; };
}

Offline::~Offline() = default;

void Offline::serve_domains_of(const Configuration& configuration)
{
    services_.is_own_domain = [domains = configuration.smtp.domains](const mail::Domain& domain) {
        return domains.contains(domain.ascii());
    };
}

void Offline::judge_by(const std::string& data)
{
    classifier_ = std::make_unique<filters::classify::Classifier>(data);
    services_.classifier = classifier_.get();
    filters::FingerprintTable::judge_by(services_, data);
}
}
