// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/chain.hpp"
#include "filters/policy.hpp"
#include "gateway/net/ldap.hpp"
#include "gateway/smtp/settings.hpp"
#include "storage/audit.hpp"
#include "storage/open.hpp"

#include <atomic>
#include <memory>

namespace filters::auth {
struct Signers;
}

namespace storage {
class Preferences;
}

namespace smtp {
class Passwords;
class StsCache;

/// What one configuration means, whole: built on load, swapped on reload, kept by whoever still
/// uses it.
struct Snapshot {
    Settings settings;
    filters::PolicySet policy;
    std::shared_ptr<const filters::Chain> chain;
    /// Server contexts by listener name; missing: no STARTTLS there.
    std::map<std::string, std::shared_ptr<const net::TlsContext>, std::less<>> tls;
    std::shared_ptr<const net::TlsContext> client_tls, client_tls_verified;
    std::shared_ptr<const filters::auth::Signers> signers; ///< null: nothing is signed
};
using SnapshotPointer = std::shared_ptr<const Snapshot>;

/// Numbers for /metrics, status and the pages. Relaxed counters; any loop adds.
struct Metrics {
    using Counter = std::atomic<std::uint64_t>;
    Counter connections{0}, connections_refused{0}, open_connections{0}, idle_reaped{0};
    Counter messages{0}, bytes{0};
    std::array<Counter, 6> verdicts{}; ///< recipients by mail::Action
    Counter refused_recipients{0}, cut_through{0}, spooled{0}, relayed{0}, attempts_failed{0};
    Counter duplicates_suppressed{0}, in_doubt{0}, timed_out{0}, tls_handshakes{0};
    std::array<Counter, 12> relay_time{}; ///< end of data → reply, ≤ 1, 2, 5, 10, 20, 50 … ms
};

/// What all sessions of the process share. Members outlive every session.
struct Context {
    net::Env* env = nullptr;
    storage::Store* store = nullptr;
    storage::History* history = nullptr;
    storage::Lists* lists = nullptr;
    storage::Preferences* preferences = nullptr; ///< may be missing
    storage::Audit* audit = nullptr;
    storage::DedupeJournal* dedupe = nullptr;
    filters::Services* services = nullptr;
    net::Resolver* resolver = nullptr;
    net::WorkerPool* pool = nullptr;
    net::LdapDirectories* directories = nullptr;
    StsCache* sts = nullptr; ///< may be missing
    Passwords* passwords = nullptr; ///< missing: nobody signs in
    mail::IdSource* ids = nullptr;
    std::uint64_t secret = 0;
    std::string data_directory; ///< for bodies beyond memory
    /// Tells the queue runner that something waits; callable from any loop.
    std::function<void()> wake_queue;
    Metrics metrics;
    std::atomic<bool> is_draining{false};

    SnapshotPointer snapshot() const { return snapshot_.load(); }
    void replace(SnapshotPointer next) { snapshot_.store(std::move(next)); }

private:
    std::atomic<SnapshotPointer> snapshot_;
};
}
