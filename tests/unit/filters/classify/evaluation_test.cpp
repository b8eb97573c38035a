// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/evaluation.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using filters::classify::Evaluation;

namespace {
Evaluation::Result result_of(std::initializer_list<std::pair<double, bool>> judged)
{
    Evaluation evaluation;
    for (const auto& [logit, is_spam] : judged)
        evaluation.add(is_spam, logit);
    return evaluation.result();
}
}

TEST_CASE("pairs in the wrong order are counted, ties as halves")
{
    CHECK(result_of({{1, true}, {-1, false}}).one_minus_roc_area == 0);
    CHECK(result_of({{-1, true}, {1, false}}).one_minus_roc_area == 100);
    CHECK(result_of({{0, true}, {0, false}}).one_minus_roc_area == 50);
    CHECK(result_of({{2, true}, {0, true}, {1, false}, {-1, false}}).one_minus_roc_area == 25);
    CHECK(std::isnan(result_of({{1, true}}).one_minus_roc_area));
}

TEST_CASE("mistakes at one half, and false positives at a share of missed spam")
{
    const auto result = result_of({{3, true}, {-2, true}, {-1, false}, {1, false}, {-5, false}});
    CHECK(result.misclassified_spam == 1);
    CHECK(result.misclassified_ham == 1);
    CHECK(result.ham == 3);
    CHECK(result.spam == 2);
    // No spam may be missed of two: the limit is the lowest spam.
    CHECK(result.false_positives_at_1 == Approx(200.0 / 3));
    Evaluation many;
    for (int i = 0; i < 100; ++i)
        many.add(true, i == 0 ? -9 : 5);
    many.add(false, 0);
    many.add(false, 6);
    CHECK(many.result().false_positives_at_1 == 50);
}

TEST_CASE("calibration is the distance between what was said and what was")
{
    Evaluation good, bad;
    for (int i = 0; i < 100; ++i) {
        good.add(i < 75, std::log(3.0));
        bad.add(i < 25, std::log(3.0));
    }
    CHECK(good.result().calibration_error == Approx(0).margin(1e-9));
    CHECK(bad.result().calibration_error == Approx(0.5));
}
