// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/model.hpp"
#include "gateway/mail/id.hpp"
#include "gateway/net/worker_pool.hpp"
#include "storage/files.hpp"
#include "storage/lessons.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace filters::classify {
using net::awaitable;

/// One lesson to be taken.
struct Teaching {
    mail::MailId mail;
    storage::WallTime time{};
    Label label = Label::ham;
    Trust trust = Trust::full;
    std::string user = {}; ///< whose offset learns, too; "" nobody's
};

/// What an installation learnt: the model, the record of lessons, features of recent mail, offsets
/// of users. Judging is free of locks on every loop; learning and saving happen on a thread of its
/// own, one after the other. What was answered as learnt survives the process.
class Classifier {
public:
    enum class Outcome { learnt, known_already, unknown };
    struct Limits {
        std::size_t queued = 4096; ///< mails whose features wait to be written; more are dropped
        std::size_t kept = 300'000; ///< mails whose features are kept: 2 GB
        double offset = 2; ///< the largest a user has, in log-odds
    };

    /// Blocks: reads the model's file and takes the lessons that it lacks. A file that is none is
    /// left aside, and the log says so.
    Classifier(std::string directory, storage::Lessons& lessons,
               storage::Files& files = storage::Files::real());
    /// Only to judge by what a data directory holds; nothing there: it knows nothing.
    explicit Classifier(const std::string& directory);
    /// Writes what is queued, and the model.
    ~Classifier();

    const Model& model() const { return *model_; }
    /// Log-odds that a user's own decisions add to everybody's.
    double offset_of(std::string_view user) const;
    /// So that decisions on it can teach later. Never waits.
    void keep(mail::MailId mail, storage::WallTime time, const content::Features& features);

    /// A mail that was taught as the other kind is taken back first.
    awaitable<Outcome> learn(Teaching teaching, content::Features features);
    /// By the features that were kept.
    awaitable<Outcome> learn(Teaching teaching);
    /// For those who cannot wait for the outcome.
    void learn_later(Teaching teaching, content::Features features);
    void learn_later(Teaching teaching);
    awaitable<Outcome> unlearn(mail::MailId mail, storage::WallTime now);

    /// Writes what is queued and, if anything was learnt, the model; forgets what is older than
    /// `before`. What the disk answers goes to the log.
    awaitable<void> write(storage::WallTime before);

private:
    using Offsets = std::map<std::string, double, std::less<>>;
    void load();
    void replay(storage::Lesson lesson);
    void write_kept();
    void save();
    Outcome learn_now(const Teaching& teaching, const std::string& packed);
    Outcome learn_kept(const Teaching& teaching);
    void post_lesson(std::move_only_function<void()> lesson);
    void take_back(const storage::Lesson& lesson, storage::WallTime now);

    std::string directory_;
    storage::Lessons* lessons_ = nullptr;
    storage::Files& files_;
    Limits limits_;
    std::unique_ptr<Model> model_ = std::make_unique<Model>();
    std::atomic<std::shared_ptr<const Offsets>> offsets_{std::make_shared<const Offsets>()};
    std::atomic<std::size_t> lessons_waiting_{0};
    std::uint64_t saved_ = 0; ///< the last lesson in the file
    std::mutex mutex_;
    std::vector<storage::KeptFeatures> queue_;
    net::WorkerPool thread_{1}; ///< last: what is queued there uses the rest
};
}
