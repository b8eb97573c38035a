// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/linear_learner.hpp"

#include "filters/content/feature_views.hpp"

#include <algorithm>
#include <cmath>

namespace filters::classify {
namespace {
constexpr double full_step = 0.0072, least_past = 0.004, small_error = 0.01, largest_past = 1e4;
constexpr double codes_an_octave = 12;
constexpr double header_share = 1.6, certain = 0.995;

bool is_of_body(std::uint32_t feature) { return content::view_of(feature) == content::View::body; }

std::uint8_t code_of(double past)
{
    const double code = std::log2(past / least_past) * codes_an_octave;
    return static_cast<std::uint8_t>(std::clamp(std::round(code), 0.0, 255.0));
}

/// How far an error of 1 moves a weight at full rate, by the code of what was learnt before.
double step_at(std::uint8_t code)
{
    static const auto steps = [] {
        std::array<double, 256> all{};
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = full_step
                / std::sqrt(least_past * std::exp2(static_cast<double>(i) / codes_an_octave));
        return all;
    }();
    return steps[code];
}
}

std::array<double, 2> LinearLearner::views(Features features) const
{
    std::array<double, 2> sums{};
    for (const auto feature : features)
        sums[is_of_body(feature)] += weights_.at(feature);
    return sums;
}

double LinearLearner::logit(Features features) const
{
    const auto [header, body] = views(features);
    return header_share * most_of_view * std::tanh(header / most_of_view)
        + most_of_view * std::tanh(body / most_of_view);
}

LinearStep LinearLearner::learn(Features features, bool is_spam, double rate)
{
    const auto said = views(features);
    const double together = header_share * said[0] + said[1];
    LinearStep step{{}, static_cast<float>(rate), {}};
    // Once both together are right for certain, neither goes on towards what came last.
    const double right = 1 / (1 + std::exp(is_spam ? -together : together));
    for (std::size_t view = 0; right < certain && view < said.size(); ++view) {
        const double error = (is_spam ? 1 : 0) - 1 / (1 + std::exp(-(said[view] + together) / 2));
        if (std::abs(error) >= small_error && rate > 0)
            step.errors[view] = static_cast<float>(error);
    }
    if (step.errors[0] == 0 && step.errors[1] == 0)
        return step;
    step.pasts.reserve(features.size());
    for (const auto feature : features) {
        const double error = step.errors[is_of_body(feature)];
        step.pasts.push_back(
            code_of(std::min(pasts_.at(feature) + error * error, largest_past) + least_past));
    }
    move(features, step, 1);
    return step;
}

void LinearLearner::move(Features features, const LinearStep& step, int direction)
{
    if (step.pasts.size() != features.size())
        return;
    for (std::size_t i = 0; i < features.size(); ++i) {
        const auto feature = features[i];
        const double error = step.errors[is_of_body(feature)];
        const double change = step_at(step.pasts[i]) * step.rate * error;
        weights_.set(feature, static_cast<float>(weights_.at(feature) + direction * change));
        const double past = pasts_.at(feature) + direction * error * error;
        pasts_.set(feature, static_cast<float>(std::clamp(past, 0.0, largest_past)));
    }
}
}
