// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/linear_learner.hpp"
#include "filters/classify/word_learner.hpp"

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::classify {
enum class Label : std::uint8_t { ham, spam };
/// An administrator's; a user's, which counts a quarter; a stranger's who wrote to a spam trap,
/// which counts as little, and all of them together a part of what the others taught.
enum class Trust : std::uint8_t { full, reduced, strangers };

/// What a model thinks of a message.
struct Opinion {
    double probability = 0.5; ///< of spam, calibrated
    double logit = 0; ///< its log-odds
    bool is_ready = false; ///< enough was taught of both kinds to act upon it
};

/// A lesson as it was taken: what taking it back needs.
struct Lesson {
    Label label = Label::ham;
    Trust trust = Trust::full;
    std::uint8_t units = 0; ///< of the word learner; 0: it was not taken
    LinearStep step;
};

/// One word that spoke, and how loud: positive for spam.
struct Word {
    std::string text;
    double weight = 0;
};

/// What stands behind the octets of a model's file, against damage.
std::uint64_t checksum_of_model(std::string_view octets);

/// The statistical classifier: two learners fused, then calibrated online (Platt 1999).
/// Thread-safe: judging takes no lock.
class Model {
public:
    static constexpr unsigned lessons_needed = 200; ///< of each kind

    Opinion judge(const content::Features& features) const;
    /// The strongest words of `features.texts` on either side, at most `most`, loudest first.
    std::vector<Word> explain(const content::Features& features, std::size_t most) const;
    /// Takes no more of strangers once they taught their part.
    Lesson learn(const content::Features& features, Label label, Trust trust);
    /// Takes again a lesson that was taken before, with the very step that was recorded of it.
    void repeat(const content::Features& features, const Lesson& lesson);
    /// Subtracts what `learn` added. Calibration, which one lesson hardly moves, stays.
    void unlearn(const content::Features& features, const Lesson& lesson);
    /// Full ones, or as many parts as make one; without those of strangers.
    unsigned lessons(Label label) const;

    /// Number of the last lesson in the record of lessons that is in here; the owner's.
    std::uint64_t sequence() const { return sequence_; }
    void set_sequence(std::uint64_t number) { sequence_ = number; }

    /// The model as a file: bounded, checked by a checksum. While it is made nobody learns.
    std::string save() const;
    /// Into a model that nobody uses yet. False: it is no such file, or not whole; then the model
    /// is of no use.
    bool load(std::string_view file);

private:
    static constexpr double least_slope = 0.05, most_slope = 20;
    double fused(const content::Features& features) const;
    void calibrate(const content::Features& features, bool is_spam, double rate);
    void count(const content::Features& features, const Lesson& lesson);
    mutable std::mutex learning_;
    LinearLearner linear_;
    WordLearner words_;
    std::array<std::atomic<std::uint32_t>, 2> of_strangers_{}; ///< units, by Label
    std::atomic<double> slope_{1}, offset_{0};
    double slope_past_ = 20, offset_past_ = 20;
    std::atomic<std::uint64_t> sequence_{0};
};
}
