// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/linear_learner.hpp"

#include <algorithm>
#include <cmath>

namespace filters::classify {
namespace {
constexpr double full_step = 0.0072, least_past = 0.004, small_error = 0.01, largest_past = 1e4;
constexpr double codes_an_octave = 12;

std::uint8_t code_of(double past)
{
    const double code = std::log2(past / least_past) * codes_an_octave;
    return static_cast<std::uint8_t>(std::clamp(std::round(code), 0.0, 255.0));
}
double past_of(std::uint8_t code) { return least_past * std::exp2(code / codes_an_octave); }
}

double LinearLearner::logit(Features features) const
{
    double sum = 0;
    for (const auto feature : features)
        sum += weights_.at(feature);
    return sum;
}

LinearStep LinearLearner::learn(Features features, bool is_spam, double rate)
{
    const double error = (is_spam ? 1 : 0) - 1 / (1 + std::exp(-logit(features)));
    if (std::abs(error) < small_error || rate <= 0)
        return {};
    LinearStep step{static_cast<float>(error), static_cast<float>(rate), {}};
    step.pasts.reserve(features.size());
    for (const auto feature : features) {
        const double past = std::min(pasts_.at(feature) + error * error, largest_past);
        pasts_.set(feature, static_cast<float>(past));
        step.pasts.push_back(code_of(past + least_past));
        const double change = full_step * rate * error / std::sqrt(past + least_past);
        weights_.set(feature, static_cast<float>(weights_.at(feature) + change));
    }
    return step;
}

void LinearLearner::unlearn(Features features, const LinearStep& step)
{
    if (step.pasts.size() != features.size())
        return;
    for (std::size_t i = 0; i < features.size(); ++i) {
        const auto feature = features[i];
        const double change
            = full_step * step.rate * step.error / std::sqrt(past_of(step.pasts[i]));
        weights_.set(feature, static_cast<float>(weights_.at(feature) - change));
        const double past = pasts_.at(feature) - step.error * step.error;
        pasts_.set(feature, static_cast<float>(std::max(0.0, past)));
    }
}
}
