// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace smtp {
/// Domains that queued mail was found to have no route to, until a route is there again or the
/// mail is gone: who lists them must see to that. Bounded. Safe from all loops.
class Unrouted {
public:
    /// The one object of the process.
    static Unrouted& here();
    void add(const std::string& domain);
    void remove(const std::string& domain);
    std::vector<std::string> domains() const;

private:
    mutable std::mutex mutex_; // guards domains_
    std::set<std::string> domains_;
};
}
