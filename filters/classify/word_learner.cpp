// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/word_learner.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace filters::classify {
namespace {
constexpr double doubt = 0.01, neutral = 0.5, least_deviation = 0.4, least_probability = 1e-3;
/// Words come in company: so many say as much as one.
constexpr std::size_t company = 3;
constexpr std::size_t most_words = 150;
/// Then the counts of that kind are halved, so that they fit and the past fades.
constexpr std::uint32_t most_taught = 16'000 * WordLearner::unit;

/// ln P(chi² with 2·`count` degrees of freedom ≥ 2·`half`).
double log_chi_squared(double half, std::size_t count)
{
    double term = -half, sum = -half;
    for (std::size_t i = 1; i < count; ++i) {
        term += std::log(half) - std::log(static_cast<double>(i));
        sum = std::max(sum, term) + std::log1p(std::exp(-std::abs(sum - term)));
    }
    return std::min(0.0, sum);
}
}

double WordLearner::probability(std::uint32_t word) const
{
    const double spam = spam_.at(word), ham = ham_.at(word), count = (spam + ham) / unit;
    if (count <= 0)
        return neutral;
    const double in_spam = spam / spam_taught_, in_ham = ham / ham_taught_;
    return (doubt * neutral + count * in_spam / (in_spam + in_ham)) / (doubt + count);
}

double WordLearner::logit_of(std::uint32_t word) const
{
    if (spam_taught_ == 0 || ham_taught_ == 0)
        return 0;
    const double p = probability(word);
    return std::log(p / (1 - p));
}

double WordLearner::logit(Words words) const
{
    if (spam_taught_ == 0 || ham_taught_ == 0)
        return 0;
    std::vector<double> telling;
    telling.reserve(words.size());
    for (const auto word : words)
        if (const double p = probability(word); std::abs(p - neutral) >= least_deviation)
            telling.push_back(p);
    if (telling.empty())
        return 0;
    if (telling.size() > most_words) {
        const auto further
            = [](double a, double b) { return std::abs(a - neutral) > std::abs(b - neutral); };
        std::ranges::nth_element(telling, telling.begin() + most_words, further);
        telling.resize(most_words);
    }
    double spam = 0, ham = 0;
    for (const double p : telling) {
        spam -= std::log(p) / company;
        ham -= std::log(1 - p) / company;
    }
    const auto count = (telling.size() + company - 1) / company;
    const double of_spam = std::exp(log_chi_squared(spam, count)),
                 of_ham = std::exp(log_chi_squared(ham, count));
    const double p
        = std::clamp((1 + of_spam - of_ham) / 2, least_probability, 1 - least_probability);
    return std::log(p / (1 - p));
}

bool WordLearner::learn(Words words, bool is_spam, unsigned units)
{
    const bool is_full = taught(is_spam) + units > most_taught;
    if (is_full)
        halve(is_spam);
    auto& counts = is_spam ? spam_ : ham_;
    for (const auto word : words) {
        const auto count = counts.at(word) + units;
        counts.set(word, static_cast<std::uint16_t>(std::min(count, most_taught)));
    }
    (is_spam ? spam_taught_ : ham_taught_) += units;
    return is_full;
}

void WordLearner::unlearn(Words words, bool is_spam, unsigned units)
{
    auto& counts = is_spam ? spam_ : ham_;
    for (const auto word : words)
        counts.set(word,
                   static_cast<std::uint16_t>(counts.at(word)
                                              - std::min<unsigned>(counts.at(word), units)));
    auto& taught = is_spam ? spam_taught_ : ham_taught_;
    taught -= std::min<std::uint32_t>(taught, units);
}

void WordLearner::set_taught(std::uint32_t spam, std::uint32_t ham)
{
    spam_taught_ = spam;
    ham_taught_ = ham;
}

/// What counts is the share of one kind's messages: halving that kind alone leaves it as it is.
void WordLearner::halve(bool is_spam)
{
    auto& counts = is_spam ? spam_ : ham_;
    for (std::size_t i = 0; i < Table<std::uint16_t>::size; ++i)
        if (const auto count = counts.at(i); count > 0)
            counts.set(i, static_cast<std::uint16_t>(count / 2));
    auto& taught = is_spam ? spam_taught_ : ham_taught_;
    taught = taught / 2;
}
}
