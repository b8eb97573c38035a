// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/model.hpp"

#include "filters/content/feature_views.hpp"

#include <algorithm>
#include <cmath>

namespace filters::classify {
namespace {
constexpr double word_share = 0.35, lessons_before_words_count = 5;
constexpr double calibration_step = 0.05;
/// One kind may be taught this many times as often as the other; then its lessons weigh less.
constexpr double most_imbalance = 10, free_lessons = Model::lessons_needed;

/// Units of strangers, of what others taught of that kind.
constexpr unsigned most_of_strangers = 4;

double sigmoid(double logit) { return 1 / (1 + std::exp(-logit)); }
}

double Model::fused(const content::Features& features) const
{
    const double fewest = std::min(lessons(Label::ham), lessons(Label::spam));
    const double confidence = fewest / (fewest + lessons_before_words_count);
    const std::span words{features.words};
    const auto header = static_cast<std::size_t>(
        std::ranges::lower_bound(words, content::first_body_feature) - words.begin());
    const double said = words_.logit(words.first(header)) + words_.logit(words.subspan(header));
    return linear_.logit(features.all) + word_share * confidence * said;
}

Opinion Model::judge(const content::Features& features) const
{
    Opinion opinion;
    opinion.logit = slope_ * fused(features) + offset_;
    opinion.probability = sigmoid(opinion.logit);
    opinion.is_ready = std::min(lessons(Label::ham), lessons(Label::spam)) >= lessons_needed;
    return opinion;
}

unsigned Model::lessons(Label label) const
{
    const auto taught = words_.taught(label == Label::spam);
    const auto of_strangers = of_strangers_[static_cast<std::size_t>(label)].load();
    return (taught - std::min(taught, of_strangers)) / WordLearner::unit;
}

Lesson Model::learn(const content::Features& features, Label label, Trust trust)
{
    const std::scoped_lock lock{learning_};
    auto& of_strangers = of_strangers_[static_cast<std::size_t>(label)];
    if (trust == Trust::strangers
        && of_strangers * most_of_strangers >= lessons(label) * WordLearner::unit)
        return {label, trust, 0, {}};
    const bool is_spam = label == Label::spam;
    const double others = lessons(is_spam ? Label::ham : Label::spam);
    const double share = (most_imbalance * others + free_lessons) / (lessons(label) + 1.0);
    const double rate = std::min(1.0, share) * (trust == Trust::full ? 1 : 0.25);

    calibrate(features, is_spam, rate);
    const auto units = std::max(1L, std::lround(WordLearner::unit * rate));
    Lesson lesson{label, trust, static_cast<std::uint8_t>(units),
                  linear_.learn(features.all, is_spam, rate)};
    count(features, lesson);
    return lesson;
}

void Model::repeat(const content::Features& features, const Lesson& lesson)
{
    const std::scoped_lock lock{learning_};
    calibrate(features, lesson.label == Label::spam, lesson.step.rate);
    linear_.repeat(features.all, lesson.step);
    count(features, lesson);
}

void Model::calibrate(const content::Features& features, bool is_spam, double rate)
{
    const double before = fused(features);
    const double error = (is_spam ? 1 : 0) - sigmoid(slope_ * before + offset_);
    const double push = rate * calibration_step * error;
    slope_past_ += error * error * before * before;
    offset_past_ += error * error;
    slope_ = std::clamp(slope_ + push * before / std::sqrt(slope_past_), least_slope, most_slope);
    offset_ = offset_ + push / std::sqrt(offset_past_);
}

void Model::count(const content::Features& features, const Lesson& lesson)
{
    auto& of_strangers = of_strangers_[static_cast<std::size_t>(lesson.label)];
    if (words_.learn(features.words, lesson.label == Label::spam, lesson.units))
        of_strangers = of_strangers / 2;
    if (lesson.trust == Trust::strangers)
        of_strangers += lesson.units;
}

void Model::unlearn(const content::Features& features, const Lesson& lesson)
{
    const std::scoped_lock lock{learning_};
    linear_.unlearn(features.all, lesson.step);
    words_.unlearn(features.words, lesson.label == Label::spam, lesson.units);
    if (lesson.trust == Trust::strangers) {
        auto& of_strangers = of_strangers_[static_cast<std::size_t>(lesson.label)];
        of_strangers -= std::min<std::uint32_t>(of_strangers, lesson.units);
    }
}

std::vector<Word> Model::explain(const content::Features& features, std::size_t most) const
{
    std::vector<Word> words;
    std::string_view texts = features.texts;
    for (const auto feature : features.words) {
        const auto end = texts.find('\n');
        if (end == std::string_view::npos)
            break;
        const double weight = linear_.weight(feature) * 10 + words_.logit_of(feature) * word_share;
        words.push_back({std::string{texts.substr(0, end)}, weight});
        texts.remove_prefix(end + 1);
    }
    const auto louder
        = [](const Word& a, const Word& b) { return std::abs(a.weight) > std::abs(b.weight); };
    most = std::min(most, words.size());
    std::ranges::partial_sort(words, words.begin() + static_cast<std::ptrdiff_t>(most), louder);
    words.resize(most);
    return words;
}
}
