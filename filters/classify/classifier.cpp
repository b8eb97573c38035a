// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/classifier.hpp"

#include "filters/classify/step_code.hpp"
#include "gateway/net/env.hpp"
#include "storage/set_aside.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <future>

namespace filters::classify {
namespace {
constexpr std::string_view file_name = "classifier.model", fresh_name = "classifier.model.new";
constexpr double offset_step = 0.3;
constexpr std::size_t most_waiting = 1000; ///< of lessons that nobody waits for

storage::Lesson::Kind kind_of(Label label)
{
    return label == Label::spam ? storage::Lesson::Kind::spam : storage::Lesson::Kind::ham;
}
Label label_of(storage::Lesson::Kind kind)
{
    return kind == storage::Lesson::Kind::spam ? Label::spam : Label::ham;
}
}

Classifier::Classifier(std::string directory, storage::Lessons& lessons, storage::Files& files)
    : directory_{std::move(directory)}, lessons_{&lessons}, files_{files}
{
    load();
    saved_ = model_->sequence();
    offsets_ = std::make_shared<const Offsets>(lessons.offsets());
    lessons.each_behind(saved_, [this](storage::Lesson lesson) { replay(std::move(lesson)); });
}

Classifier::Classifier(const std::string& directory)
    : directory_{directory}, files_{storage::Files::real()}
{
    load();
}

Classifier::~Classifier()
{
    if (!lessons_)
        return;
    std::promise<void> done;
    thread_.post([this, &done] {
        write_kept();
        save();
        done.set_value();
    });
    done.get_future().wait();
}

void Classifier::load()
{
    const auto path = directory_ + "/" + std::string{file_name};
    std::error_code unreadable;
    if (!std::filesystem::exists(path, unreadable))
        return;
    std::string file;
    try {
        files_.read(path, [&](std::string_view octets) { file += octets; });
    } catch (const std::system_error& error) {
        // Who learns would write over it.
        if (lessons_)
            throw;
        spdlog::warn("the classifier is silent: {}", error.what());
        return;
    }
    if (model_->load(file))
        return;
    model_ = std::make_unique<Model>();
    if (!lessons_) {
        spdlog::warn("{} is no model that this program reads", path);
        return;
    }
    const auto aside = storage::name_aside(path, net::Env::real().wall_now());
    std::filesystem::rename(path, aside);
    spdlog::error("{} is no model that this program reads: it is kept as {}, and the classifier "
                  "begins anew",
                  path, aside);
}

void Classifier::replay(storage::Lesson lesson)
{
    content::Features features;
    if (content::unpack(lesson.features, features)) {
        if (lesson.kind == storage::Lesson::Kind::taken_back) {
            if (const auto step = unpack_step(lesson.step))
                model_->unlearn(features, *step);
        } else {
            model_->learn(features, label_of(lesson.kind),
                          lesson.is_trusted ? Trust::full : Trust::reduced);
        }
    }
    model_->set_sequence(lesson.number);
}

double Classifier::offset_of(std::string_view user) const
{
    const auto offsets = offsets_.load();
    const auto found = offsets->find(user);
    return found == offsets->end() ? 0 : found->second;
}

void Classifier::keep(mail::MailId mail, storage::WallTime time, const content::Features& features)
{
    if (!lessons_)
        return;
    constexpr std::size_t batch = 256;
    bool is_full = false;
    {
        auto packed = content::pack(features);
        const std::scoped_lock lock{mutex_};
        if (queue_.size() >= limits_.queued)
            return;
        queue_.push_back({mail, time, std::move(packed)});
        is_full = queue_.size() % batch == 0;
    }
    if (is_full)
        thread_.post([this] { write_kept(); });
}

void Classifier::write_kept()
{
    std::vector<storage::KeptFeatures> kept;
    {
        const std::scoped_lock lock{mutex_};
        kept.swap(queue_);
    }
    if (kept.empty())
        return;
    try {
        lessons_->keep(kept);
    } catch (const std::exception& error) {
        spdlog::error("what {} mails could teach is lost: {}", kept.size(), error.what());
    }
}

void Classifier::take_back(const storage::Lesson& lesson, storage::WallTime now)
{
    auto undone = lesson;
    undone.kind = storage::Lesson::Kind::taken_back;
    undone.time = now;
    const auto number = lessons_->record(undone);
    content::Features features;
    const auto step = unpack_step(lesson.step);
    if (step && content::unpack(lesson.features, features))
        model_->unlearn(features, *step);
    model_->set_sequence(number);
}

Classifier::Outcome Classifier::learn_now(const Teaching& teaching, const std::string& packed)
{
    content::Features features;
    if (!content::unpack(packed, features))
        return Outcome::unknown;
    if (const auto before = lessons_->of(teaching.mail)) {
        if (before->kind == kind_of(teaching.label))
            return Outcome::known_already;
        take_back(*before, teaching.time);
    }
    std::optional<std::pair<std::string, double>> offset;
    if (!teaching.user.empty()) {
        const double old = offset_of(teaching.user);
        const double error = (teaching.label == Label::spam ? 1 : 0)
            - 1 / (1 + std::exp(-(model_->judge(features).logit + old)));
        offset = {teaching.user,
                  std::clamp(old + offset_step * error, -limits_.offset, limits_.offset)};
    }
    const auto taken = model_->learn(features, teaching.label, teaching.trust);
    try {
        const auto number
            = lessons_->record({0, teaching.mail, teaching.time, kind_of(teaching.label),
                                teaching.trust == Trust::full, packed, pack_step(taken)},
                               offset);
        model_->set_sequence(number);
    } catch (...) {
        // What is not recorded was not learnt.
        model_->unlearn(features, taken);
        throw;
    }
    if (offset) {
        auto offsets = *offsets_.load();
        offsets.insert_or_assign(offset->first, offset->second);
        offsets_ = std::make_shared<const Offsets>(std::move(offsets));
    }
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

awaitable<Classifier::Outcome> Classifier::unlearn(mail::MailId mail, storage::WallTime now)
{
    if (!lessons_)
        co_return Outcome::unknown;
    co_return co_await thread_.run([this, mail, now] {
        const auto lesson = lessons_->of(mail);
        if (!lesson)
            return Outcome::unknown;
        take_back(*lesson, now);
        return Outcome::learnt;
    });
}

void Classifier::save()
{
    if (model_->sequence() == saved_)
        return;
    try {
        const auto path = directory_ + "/" + std::string{file_name};
        const auto number = model_->sequence();
        const auto file = model_->save();
        files_.remove(directory_ + "/" + std::string{fresh_name});
        files_.create(directory_, std::string{fresh_name},
                      [&](const storage::Files::Write& out) { out(file); });
        std::filesystem::rename(directory_ + "/" + std::string{fresh_name}, path);
        files_.sync_directory(directory_);
        saved_ = number;
    } catch (const std::exception& error) {
        spdlog::error("the classifier's model cannot be written: {}", error.what());
    }
}

awaitable<void> Classifier::write(storage::WallTime before)
{
    if (!lessons_)
        co_return;
    co_await thread_.run([this, before] {
        write_kept();
        save();
        try {
            lessons_->sweep(before, limits_.kept, saved_);
        } catch (const std::exception& error) {
            spdlog::error("old lessons cannot be dropped: {}", error.what());
        }
    });
}
}
