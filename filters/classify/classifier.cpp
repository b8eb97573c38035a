// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/classifier.hpp"

#include "filters/classify/step_code.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

namespace filters::classify {
namespace {
constexpr double offset_step = 0.3;
constexpr std::size_t most_waiting = 1000; ///< of lessons that nobody waits for
constexpr double known_to_a_trap = 0.8; ///< what is taken for spam already teaches traps nothing

bool is_user(std::string_view who) { return who.contains('@'); }

int rank_of(std::string_view who)
{
    return who == administrators ? 0 : is_user(who) ? 1 : who == many_at_once ? 2 : 3;
}

Trust trust_in(std::string_view who)
{
    return who == administrators ? Trust::full
        : who == spam_traps      ? Trust::strangers
                                 : Trust::reduced;
}

storage::Lesson::Kind kind_of(Label label)
{
    return label == Label::spam ? storage::Lesson::Kind::spam : storage::Lesson::Kind::ham;
}
Label label_of(storage::Lesson::Kind kind)
{
    return kind == storage::Lesson::Kind::spam ? Label::spam : Label::ham;
}
}

double Classifier::offset_of(std::string_view user) const
{
    const std::shared_lock lock{offsets_mutex_};
    const auto found = offsets_.find(user);
    return found == offsets_.end() ? 0 : found->second;
}

void Classifier::record(Change change)
{
    const auto number = lessons_->record(change);
    if (number > 0)
        model_->set_sequence(number);
    if (change.offset) {
        const std::unique_lock lock{offsets_mutex_};
        offsets_.insert_or_assign(change.offset->first, change.offset->second);
    }
}

void Classifier::take_back(const storage::Lesson& lesson, storage::WallTime now)
{
    auto undone = lesson;
    undone.kind = storage::Lesson::Kind::taken_back;
    undone.time = now;
    undone.undoes = lesson.number;
    record({.lessons = {std::move(undone)}});
    content::Features features;
    const auto step = unpack_step(lesson.step);
    if (step && content::unpack(lesson.features, features))
        model_->unlearn(features, *step);
}

/// Puts a new voice among the others, and moves the offset of the user whose it is.
void Classifier::hear(const Teaching& teaching, const content::Features& features, Voices& voices,
                      Change& change)
{
    storage::Voice voice{teaching.mail, teaching.who, teaching.time, kind_of(teaching.label)};
    const auto before = std::ranges::find(voices, teaching.who, &storage::Voice::who);
    if (is_user(teaching.who)) {
        const double old
            = offset_of(teaching.who) - (before == voices.end() ? 0 : before->offset_step);
        const double error = (teaching.label == Label::spam ? 1 : 0)
            - 1 / (1 + std::exp(-(model_->judge(features).logit + old)));
        const double next = std::clamp(old + offset_step * error, -limits_.offset, limits_.offset);
        voice.offset_step = next - old;
        change.offset = {teaching.who, next};
    }
    if (before != voices.end())
        voices.erase(before);
    voices.push_back(voice);
    change.voices.push_back(std::move(voice));
}

bool Classifier::may_teach(const storage::Voice& voice)
{
    return !is_user(voice.who)
        || lessons_->said(voice.who, voice.time - std::chrono::days{1}) < limits_.of_a_user;
}

/// Makes the model hold what the strongest voice says, and records that with `change`.
void Classifier::settle(const Voices& voices, const std::string& packed, Change change)
{
    const auto says = std::ranges::min_element(
        voices, {}, [](const storage::Voice& voice) { return rank_of(voice.who); });
    const auto mail = change.voices.front().mail;
    const auto held = lessons_->of(mail);
    const auto step = held ? unpack_step(held->step) : std::nullopt;
    const bool is_held = step && says != voices.end() && held->kind == says->kind
        && step->trust == trust_in(says->who);
    if (held && !is_held)
        take_back(*held, change.time);
    content::Features features;
    if (is_held || says == voices.end() || !may_teach(*says) || !content::unpack(packed, features))
        return record(std::move(change));
    const auto trust = trust_in(says->who);
    const auto taken = model_->learn(features, label_of(says->kind), trust);
    if (taken.units > 0)
        change.lessons = {{.mail = mail,
                           .time = change.time,
                           .kind = says->kind,
                           .is_trusted = trust == Trust::full,
                           .features = packed,
                           .step = pack_step(taken)}};
    try {
        record(std::move(change));
    } catch (...) {
        // What is not recorded was not learnt.
        model_->unlearn(features, taken);
        throw;
    }
    if (taken.units > 0)
        go_on_after(mail, taken);
}

Classifier::Outcome Classifier::learn_now(const Teaching& teaching, const std::string& packed)
{
    content::Features features;
    if (!content::unpack(packed, features))
        return Outcome::unknown;
    auto voices = lessons_->voices(teaching.mail);
    const auto before = std::ranges::find(voices, teaching.who, &storage::Voice::who);
    if (before != voices.end() && before->kind == kind_of(teaching.label))
        return Outcome::known_already;
    const auto opinion = model_->judge(features);
    if (teaching.who == spam_traps && opinion.is_ready && opinion.probability > known_to_a_trap)
        return Outcome::known_already;
    Change change{.time = teaching.time};
    hear(teaching, features, voices, change);
    settle(voices, packed, std::move(change));
    return Outcome::learnt;
}

awaitable<Classifier::Outcome> Classifier::learn(Teaching teaching, content::Features features)
{
    if (!lessons_ || !content::is_well_formed(features))
        co_return Outcome::unknown;
    co_return co_await thread_.run(
        [this, teaching = std::move(teaching), packed = content::pack(features)] {
            return learn_now(teaching, packed);
        });
}

awaitable<Classifier::Outcome> Classifier::learn(Teaching teaching)
{
    if (!lessons_)
        co_return Outcome::unknown;
    co_return co_await thread_.run(
        [this, teaching = std::move(teaching)] { return learn_kept(teaching); });
}

Classifier::Outcome Classifier::learn_kept(const Teaching& teaching)
{
    write_kept();
    const auto packed = lessons_->kept(teaching.mail);
    return packed ? learn_now(teaching, *packed) : Outcome::unknown;
}

void Classifier::post_lesson(std::move_only_function<void()> lesson)
{
    if (!lessons_ || lessons_waiting_ >= most_waiting)
        return;
    ++lessons_waiting_;
    thread_.post([this, lesson = std::move(lesson)]() mutable {
        --lessons_waiting_;
        try {
            lesson();
        } catch (const std::exception& error) {
            spdlog::error("a lesson cannot be recorded: {}", error.what());
        }
    });
}

void Classifier::learn_later(Teaching teaching, content::Features features)
{
    if (content::is_well_formed(features))
        post_lesson([this, teaching = std::move(teaching), packed = content::pack(features)] {
            learn_now(teaching, packed);
        });
}

void Classifier::learn_later(Teaching teaching)
{
    post_lesson([this, teaching = std::move(teaching)] { learn_kept(teaching); });
}

Classifier::Outcome Classifier::unlearn_now(mail::MailId mail, storage::WallTime now,
                                            std::string_view who)
{
    auto voices = lessons_->voices(mail);
    Change change{.time = now};
    std::erase_if(voices, [&](storage::Voice& voice) {
        if (voice.who != who
            && (who != administrators || (voice.who != spam_traps && voice.who != many_at_once)))
            return false;
        if (is_user(voice.who))
            change.offset = {voice.who,
                             std::clamp(offset_of(voice.who) - voice.offset_step, -limits_.offset,
                                        limits_.offset)};
        voice.kind = storage::Lesson::Kind::taken_back;
        change.voices.push_back(voice);
        return true;
    });
    if (change.voices.empty())
        return Outcome::unknown;
    settle(voices, lessons_->kept(mail).value_or(""), std::move(change));
    return Outcome::learnt;
}

awaitable<Classifier::Outcome> Classifier::unlearn(mail::MailId mail, storage::WallTime now,
                                                   std::string who)
{
    if (!lessons_)
        co_return Outcome::unknown;
    co_return co_await thread_.run(
        [this, mail, now, who = std::move(who)] { return unlearn_now(mail, now, who); });
}

awaitable<std::vector<bool>> Classifier::are_wanted(std::vector<mail::MailId> mails)
{
    if (!lessons_)
        co_return std::vector<bool>(mails.size());
    co_return co_await thread_.run([this, mails = std::move(mails)] {
        std::vector<bool> wanted;
        for (const auto mail : mails)
            wanted.push_back(std::ranges::any_of(lessons_->voices(mail), [](const auto& voice) {
                return voice.kind == storage::Lesson::Kind::ham && voice.who != spam_traps;
            }));
        return wanted;
    });
}
}
