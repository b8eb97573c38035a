// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace app::commands {
/// What a policy would have done to a heap of mail, and which messages are nearest to another
/// answer.
class ScanSummary {
public:
    static constexpr std::size_t shown = 12;
    void add(const std::string& path, const std::string& subject, const mail::Verdict& verdict,
             const filters::Policy& policy);
    void add_unreadable(const std::string& path, const std::string& problem);
    std::uint64_t messages() const { return messages_; }
    std::uint64_t unreadable() const { return unreadable_; }
    /// "would tag 41, refuse 212; here are the 12 nearest the line", then those, nearest first.
    std::string text() const;

private:
    struct Near {
        double distance = 0, score = 0, threshold = 0;
        std::string line, path, subject;
        mail::Action action = mail::Action::deliver;
    };
    std::array<std::uint64_t, 6> actions_{};
    std::uint64_t messages_ = 0, unreadable_ = 0;
    std::vector<Near> nearest_; ///< sorted, at most `shown`
};
}
