// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace storage {
/// Whose mail somebody may see: all of it, that of domains, that of addresses. Mail is of the
/// domain of its recipient and, where it leaves, of that which sends it. Queries take it as bound
/// values of their SQL, so that what lies outside is never read.
class Reach {
public:
    static Reach everything() { return Reach{true, {}, {}}; }
    static Reach nothing() { return Reach{false, {}, {}}; }
    /// A-label domains and mailbox keys.
    static Reach only(std::vector<std::string> domains, std::vector<std::string> addresses);

    bool is_everything() const { return is_everything_; }
    bool is_nothing() const { return !is_everything_ && domains_.empty() && addresses_.empty(); }
    const std::vector<std::string>& domains() const { return domains_; }
    const std::vector<std::string>& addresses() const { return addresses_; }
    bool has_domain(std::string_view domain) const;
    /// A mailbox key: named itself, or of one of the domains.
    bool has_address(std::string_view key) const;
    bool operator==(const Reach&) const = default;

private:
    Reach(bool is_everything, std::vector<std::string> domains, std::vector<std::string> addresses)
        : is_everything_{is_everything}, domains_{std::move(domains)},
          addresses_{std::move(addresses)}
    { }
    bool is_everything_;
    std::vector<std::string> domains_, addresses_; ///< sorted, each once
};
}
