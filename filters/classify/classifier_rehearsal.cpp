// SPDX-License-Identifier: Apache-2.0
// How lessons that come sorted by kind teach both: where folders are taught one after the other,
// the last kind alone would be known, for what both have in common would speak for it.
#include "filters/classify/classifier.hpp"

#include "filters/classify/step_code.hpp"

#include <spdlog/spdlog.h>

namespace filters::classify {
namespace {
constexpr unsigned usual_run = 16;
/// What is known better than so is not forgotten yet. Measured: with 0.99, half of what sorting
/// costs remains; all lessons taken anew, however well known, are no better.
constexpr double well_known = 0.999;
constexpr std::size_t most_rehearsals = 4096; ///< of each kind; 8 octets each

using Kind = storage::Lesson::Kind;
std::size_t place_of(Label label) { return static_cast<std::size_t>(label); }
}

void Classifier::find_rehearsals()
{
    const auto find = [this](Label label, Kind kind) {
        const auto mails = lessons_->taught(kind, most_rehearsals);
        rehearsals_[place_of(label)].assign(mails.begin(), mails.end());
    };
    find(Label::ham, Kind::ham);
    find(Label::spam, Kind::spam);
}

/// A lesson was taken and recorded.
void Classifier::go_on_after(mail::MailId mail, const Lesson& taken)
{
    run_ = taken.label == last_ ? run_ + 1 : 0;
    last_ = taken.label;
    // What is trusted less shall not speak more often than it was said.
    if (auto& mails = rehearsals_[place_of(taken.label)]; taken.trust == Trust::full) {
        mails.push_back(mail);
        if (mails.size() > most_rehearsals)
            mails.pop_front();
    }
    const auto other = taken.label == Label::spam ? Label::ham : Label::spam;
    auto& mails = rehearsals_[place_of(other)];
    if (run_ < usual_run || mails.empty())
        return;
    const auto next = mails.front();
    mails.pop_front();
    try {
        rehearse(next, other);
    } catch (const std::exception& error) {
        spdlog::error("a lesson cannot be rehearsed: {}", error.what());
    }
}

void Classifier::rehearse(mail::MailId mail, Label label)
{
    const auto held = lessons_->of(mail);
    const auto old = held ? unpack_step(held->step) : std::nullopt;
    content::Features features;
    if (!old || old->label != label || old->trust != Trust::full
        || !content::unpack(held->features, features))
        return;
    rehearsals_[place_of(label)].push_back(mail);
    const double of_spam = model_->judge(features).probability;
    if ((label == Label::spam ? of_spam : 1 - of_spam) < well_known)
        take_anew(*held, *old, features);
}

/// Instead of what it did then, what it does now: nothing counts twice, a replay takes what is
/// recorded, and `unlearn` finds one step to take back.
void Classifier::take_anew(const storage::Lesson& held, const Lesson& old,
                           const content::Features& features)
{
    auto undone = held, anew = held;
    undone.kind = Kind::taken_back;
    undone.undoes = held.number;
    model_->unlearn(features, old);
    const auto taken = model_->learn(features, old.label, old.trust);
    anew.step = pack_step(taken);
    try {
        record({.lessons = {std::move(undone), std::move(anew)}});
    } catch (...) {
        model_->unlearn(features, taken);
        model_->repeat(features, old);
        throw;
    }
}
}
