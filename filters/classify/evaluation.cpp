// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/evaluation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace filters::classify {
namespace {
using Judged = std::vector<std::pair<double, bool>>;

double percentage(double part, std::size_t whole)
{
    return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : 100 * part / static_cast<double>(whole);
}

/// Ties count half.
double wrong_pairs(const Judged& sorted)
{
    double wrong = 0, spam_below = 0;
    for (auto at = sorted.begin(); at != sorted.end();) {
        double ham = 0, spam = 0;
        for (const auto logit = at->first; at != sorted.end() && at->first == logit; ++at)
            ++(at->second ? spam : ham);
        wrong += ham * (spam_below + spam / 2);
        spam_below += spam;
    }
    return wrong;
}

double calibration_error(const Judged& judged)
{
    constexpr std::size_t ranges = 15;
    std::array<double, ranges> surplus{};
    for (const auto& [logit, is_spam] : judged) {
        const double probability = 1 / (1 + std::exp(-logit));
        const auto range = static_cast<std::size_t>(probability * ranges);
        surplus[std::min(range, ranges - 1)] += probability - (is_spam ? 1 : 0);
    }
    double sum = 0;
    for (const double one : surplus)
        sum += std::abs(one);
    return judged.empty() ? 0 : sum / static_cast<double>(judged.size());
}

double ham_at_or_over(const Judged& sorted, std::size_t missed)
{
    std::size_t spam = 0;
    auto limit = sorted.end();
    for (auto at = sorted.begin(); at != sorted.end(); ++at)
        if (at->second && spam++ == missed) {
            limit = at;
            break;
        }
    return limit == sorted.end()
        ? 0
        : static_cast<double>(std::ranges::count_if(
              sorted, [&](const auto& one) { return !one.second && one.first >= limit->first; }));
}
}

Evaluation::Result Evaluation::result() const
{
    Result result;
    for (const auto& [logit, is_spam] : judged_) {
        ++(is_spam ? result.spam : result.ham);
        result.misclassified_spam += is_spam && logit < 0;
        result.misclassified_ham += !is_spam && logit >= 0;
    }
    auto sorted = judged_;
    std::ranges::sort(sorted);
    result.one_minus_roc_area = percentage(wrong_pairs(sorted), result.ham * result.spam);
    result.calibration_error = calibration_error(judged_);
    result.false_positives_at_1 = percentage(ham_at_or_over(sorted, result.spam / 100), result.ham);
    result.false_positives_at_5
        = percentage(ham_at_or_over(sorted, result.spam * 5 / 100), result.ham);
    return result;
}
}
