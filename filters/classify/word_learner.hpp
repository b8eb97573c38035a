// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/table.hpp"

#include <atomic>
#include <span>

namespace filters::classify {
/// Counts in how many messages of each kind a word was, and combines what that says of a message's
/// words by Fisher's method (Robinson 2003). Knows much after few lessons. A full lesson counts
/// `unit`, one that is trusted less counts less. Reads beside one writer.
class WordLearner {
public:
    static constexpr unsigned unit = 4;
    using Words = std::span<const std::uint32_t>;
    /// Log-odds of spam; 0 before both kinds were taught.
    double logit(Words words) const;
    /// Log-odds that one word gives; 0: unknown.
    double logit_of(std::uint32_t word) const;
    /// True: what was taught of this kind before counts half from now on.
    bool learn(Words words, bool is_spam, unsigned units);
    void unlearn(Words words, bool is_spam, unsigned units);
    /// Units of lessons.
    std::uint32_t taught(bool is_spam) const { return is_spam ? spam_taught_ : ham_taught_; }

    Table<std::uint16_t>& counts(bool is_spam) { return is_spam ? spam_ : ham_; }
    const Table<std::uint16_t>& counts(bool is_spam) const { return is_spam ? spam_ : ham_; }
    void set_taught(std::uint32_t spam, std::uint32_t ham);

private:
    double probability(std::uint32_t word) const;
    void halve(bool is_spam);
    Table<std::uint16_t> spam_, ham_;
    std::atomic<std::uint32_t> spam_taught_{0}, ham_taught_{0};
};
}
