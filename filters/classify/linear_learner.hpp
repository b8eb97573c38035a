// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/table.hpp"

#include <array>
#include <span>
#include <vector>

namespace filters::classify {
/// What one lesson did, so that it can be taken back.
struct LinearStep {
    /// How wrong it was of each view: label minus probability; 0: nothing done.
    std::array<float, 2> errors{};
    float rate = 0;
    std::vector<std::uint8_t> pasts; ///< of each feature, how much it had learnt, logarithmic
};

/// Online logistic regression over binary features, each with a step of its own that shrinks as it
/// learns (AdaGrad: Duchi, Hazan, Singer 2011). Header and body are two views of a message: each
/// learns by half what it would say alone, so that it is able to, and has a bounded say, so that
/// much of the same in one does not drown the other (after Sutton, Sindelar, McCallum: Feature
/// Bagging, 2005). Reads beside one writer.
class LinearLearner {
public:
    using Features = std::span<const std::uint32_t>;
    /// Log-odds of spam, of either view at most `most_of_view` times its share.
    double logit(Features features) const;
    static constexpr double most_of_view = 2.5;
    double weight(std::uint32_t feature) const { return weights_.at(feature); }
    /// One lesson; `rate` 1 is a full step. Does nothing where it was nearly right already.
    LinearStep learn(Features features, bool is_spam, double rate);
    /// Adds once more what `learn` added, whatever was learnt since then, and subtracts it.
    void repeat(Features features, const LinearStep& step) { move(features, step, 1); }
    void unlearn(Features features, const LinearStep& step) { move(features, step, -1); }

    Table<float>& weights() { return weights_; }
    Table<float>& pasts() { return pasts_; }
    const Table<float>& weights() const { return weights_; }
    const Table<float>& pasts() const { return pasts_; }

private:
    std::array<double, 2> views(Features features) const;
    void move(Features features, const LinearStep& step, int direction);
    Table<float> weights_;
    Table<float> pasts_; ///< sums of squared errors
};
}
