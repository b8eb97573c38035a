// SPDX-License-Identifier: Apache-2.0
// How the classifier reaches the disk, and begins with what is there.
#include "filters/classify/classifier.hpp"

#include "filters/classify/step_code.hpp"
#include "gateway/net/env.hpp"
#include "storage/set_aside.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <future>

namespace filters::classify {
namespace {
constexpr std::string_view file_name = "classifier.model", fresh_name = "classifier.model.new";
}

Classifier::Classifier(std::string directory, storage::Lessons& lessons, storage::Files& files)
    : directory_{std::move(directory)}, lessons_{&lessons}, files_{files}
{
    try {
        if (!load())
            set_model_aside();
        take_up();
    } catch (const std::exception& error) {
        // Who learns would write over what cannot be read now.
        lessons_ = nullptr;
        spdlog::error("the classifier learns nothing until a restart: {}", error.what());
    }
}

Classifier::Classifier(const std::string& directory)
    : directory_{directory}, files_{storage::Files::real()}
{
    try {
        if (!load())
            spdlog::warn("{}/{} is no model that this program reads", directory_, file_name);
    } catch (const std::system_error& error) {
        spdlog::warn("the classifier is silent: {}", error.what());
    }
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

/// False: the file is no model.
bool Classifier::load()
{
    const auto path = directory_ + "/" + std::string{file_name};
    std::error_code unreadable;
    if (!std::filesystem::exists(path, unreadable))
        return true;
    std::string file;
    files_.read(path, [&](std::string_view octets) { file += octets; });
    if (model_->load(file))
        return true;
    model_ = std::make_unique<Model>();
    return false;
}

void Classifier::set_model_aside()
{
    const auto path = directory_ + "/" + std::string{file_name};
    const auto aside = storage::name_aside(path, net::Env::real().wall_now());
    const auto note = fmt::format("{} is no model that this program reads, and was begun anew; "
                                  "no mail is concerned",
                                  path);
    storage::note_aside({aside, note});
    std::filesystem::rename(path, aside);
    spdlog::error("{}; it is kept as {}", note, aside);
}

/// What was recorded since the model was written.
void Classifier::take_up()
{
    saved_ = model_->sequence();
    offsets_ = lessons_->offsets();
    find_rehearsals();
    lessons_->each_behind(saved_, [this](storage::Lesson lesson) { replay(std::move(lesson)); });
    // A record that began anew, or lost its end, gives numbers again that the model has seen.
    const auto last = lessons_->last();
    model_->set_sequence(last);
    if (last < saved_)
        save();
}

void Classifier::replay(storage::Lesson lesson)
{
    content::Features features;
    if (!content::unpack(lesson.features, features))
        return;
    const auto step = unpack_step(lesson.step);
    if (lesson.kind == storage::Lesson::Kind::taken_back) {
        if (step)
            model_->unlearn(features, *step);
    } else if (step) {
        model_->repeat(features, *step);
    } else {
        model_->learn(features,
                      lesson.kind == storage::Lesson::Kind::spam ? Label::spam : Label::ham,
                      lesson.is_trusted ? Trust::full : Trust::reduced);
    }
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
        if (queue_.size() >= limits_.queued) {
            ++dropped_;
            return;
        }
        queue_.push_back({mail, time, std::move(packed)});
        is_full = queue_.size() % batch == 0;
    }
    if (is_full)
        thread_.post([this] { write_kept(); });
}

void Classifier::write_kept()
{
    std::vector<storage::KeptFeatures> kept;
    std::size_t dropped = 0;
    {
        const std::scoped_lock lock{mutex_};
        kept.swap(queue_);
        dropped = std::exchange(dropped_, 0);
    }
    if (dropped > 0)
        spdlog::warn("{} mails came faster than they were written: they can teach nothing",
                     dropped);
    if (kept.empty())
        return;
    try {
        lessons_->keep(kept);
    } catch (const std::exception& error) {
        spdlog::error("what {} mails can teach is not written yet: {}", kept.size(), error.what());
        const std::scoped_lock lock{mutex_};
        queue_.insert(queue_.begin(), std::make_move_iterator(kept.begin()),
                      std::make_move_iterator(kept.end()));
    }
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

void Classifier::sweep(storage::WallTime now, std::chrono::system_clock::duration keep)
{
    try {
        const bool is_less = lessons_->sweep({.before = now - keep,
                                              .most_kept = limits_.kept,
                                              .saved = saved_,
                                              .offsets_before = now - limits_.offset_keep,
                                              .most_offsets = limits_.offsets});
        if (!is_less)
            return;
        auto offsets = lessons_->offsets();
        const std::unique_lock lock{offsets_mutex_};
        offsets_.swap(offsets);
    } catch (const std::exception& error) {
        spdlog::error("old lessons cannot be dropped: {}", error.what());
    }
}

awaitable<void> Classifier::write(storage::WallTime now, std::chrono::system_clock::duration keep)
{
    if (!lessons_)
        co_return;
    co_await thread_.run([this, now, keep] {
        constexpr unsigned writes_an_hour = 60;
        write_kept();
        if (++writes_ % writes_an_hour == 0 || model_->sequence() - saved_ >= limits_.unsaved)
            save();
        sweep(now, keep);
    });
}
}
