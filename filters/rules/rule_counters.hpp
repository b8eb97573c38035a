// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "gateway/mail/finding.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace filters {
/// What one test of the layer `rules` cost in one message that was measured.
struct TestCost {
    std::string name;
    std::uint64_t runs = 0; ///< texts it looked at
    std::uint64_t nanoseconds = 0;
};

/// Hits and costs of the tests of a running gateway, since it started, and hits of the rules of the
/// layer words; safe from all loops. Every hit counts; time is measured on one message in `one_in`,
/// in the workers. What workers say is bounded here, too.
class RuleCounters {
public:
    static constexpr std::uint64_t one_in = 32;
    static constexpr std::size_t most_tests = 20'000, most_costs = 1'000, longest_name = 200;
    struct Row {
        std::string name;
        bool is_words = false; ///< a rule of the layer words
        std::uint64_t hits = 0; ///< messages
        std::uint64_t gave_up = 0;
        std::uint64_t runs = 0, nanoseconds = 0; ///< in the messages that were measured
    };
    struct Table {
        std::uint64_t messages = 0, measured = 0;
        std::vector<Row> rows; ///< the dearest first, then those that hit most
    };

    static std::shared_ptr<RuleCounters> of(Services& services);
    /// Whether the next message is one to measure.
    bool is_turn();
    void add(const mail::Findings& findings, const std::vector<TestCost>& costs);
    /// Hits that were found outside of a scan.
    void add(const mail::Findings& findings);
    Table table() const;

private:
    Row* row_of(const std::string& name);
    Row* row_of_words(const std::string& name);
    void count(const mail::Findings& findings);
    mutable std::mutex mutex_;
    std::uint64_t asked_ = 0, messages_ = 0, measured_ = 0;
    std::map<std::string, Row, std::less<>> rows_; ///< those of words behind "words:"
};
}
