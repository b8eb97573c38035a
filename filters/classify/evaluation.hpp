// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <utility>
#include <vector>

namespace filters::classify {
/// How good a classifier's judgements of messages with known labels were.
class Evaluation {
public:
    /// `logit`: log-odds of spam, of which the probability is taken.
    void add(bool is_spam, double logit) { judged_.emplace_back(logit, is_spam); }

    struct Result {
        std::size_t ham = 0, spam = 0;
        std::size_t misclassified_ham = 0, misclassified_spam = 0; ///< at probability 0.5
        /// Percentage of pairs of a ham and a spam that are in the wrong order; NaN without both.
        double one_minus_roc_area = 0;
        /// Mean difference between probability and share of spam, over 15 ranges of probability.
        double calibration_error = 0;
        /// Percentage of ham over the limit that lets through 1 % (5 %) of spam at most.
        double false_positives_at_1 = 0, false_positives_at_5 = 0;
    };
    Result result() const;

private:
    std::vector<std::pair<double, bool>> judged_;
};
}
