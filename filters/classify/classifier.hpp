// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/model.hpp"
#include "gateway/mail/id.hpp"
#include "gateway/net/worker_pool.hpp"
#include "storage/files.hpp"
#include "storage/lessons.hpp"

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

namespace filters::classify {
using net::awaitable;

/// Who speaks of a mail, the strongest first: administrators with one voice together, a user by the
/// key of their address, administrators of many mails at once, spam traps.
constexpr std::string_view administrators = "", many_at_once = "many", spam_traps = "traps";

/// What somebody says of a mail.
struct Teaching {
    mail::MailId mail;
    storage::WallTime time{};
    Label label = Label::ham;
    std::string who{administrators};
};

/// What an installation learnt: the model, the record of lessons, features of recent mail, offsets
/// of users. Of each mail the model holds what the strongest voice says of it, once; a user's
/// offset follows what that user says, whoever else spoke. In a long run of one kind, lessons of
/// the other that it begins to forget are taken back and taken anew. Judging never waits for
/// learning, which happens with saving on a thread of its own, one after the other. What was
/// answered as learnt survives the process.
class Classifier {
public:
    enum class Outcome { learnt, known_already, unknown };
    struct Limits {
        std::size_t queued = 4096; ///< mails whose features wait to be written; more are dropped
        std::size_t kept = 300'000; ///< mails whose features are kept: 2 GB
        double offset = 2; ///< the largest a user has, in log-odds
        std::size_t offsets = 100'000; ///< of users who decided something within `offset_keep`
        std::chrono::days offset_keep{400};
        std::size_t of_a_user = 50; ///< mails a day that a user teaches the model
        std::uint64_t unsaved = 500; ///< lessons, then the model is written; else once an hour
    };

    /// Blocks: reads the model's file and takes the lessons that it lacks. A file that is none is
    /// left aside, and the log says so. Where the disk does not let it, it judges by what it has
    /// and learns nothing.
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

    /// learnt: it was news that they say so, also where the model follows a stronger voice.
    awaitable<Outcome> learn(Teaching teaching, content::Features features);
    /// By the features that were kept, or that this mail taught before.
    awaitable<Outcome> learn(Teaching teaching);
    /// For those who cannot wait for the outcome.
    void learn_later(Teaching teaching, content::Features features);
    void learn_later(Teaching teaching);
    /// unknown: they said nothing. Administrators take back, too, what traps and decisions on many
    /// say.
    awaitable<Outcome> unlearn(mail::MailId mail, storage::WallTime now, std::string who = {});

    /// Which of these mails somebody called honest.
    awaitable<std::vector<bool>> are_wanted(std::vector<mail::MailId> mails);

    /// Once a minute: writes what is queued and, when it is time, the model; forgets what is older
    /// than `keep`. What the disk answers goes to the log.
    awaitable<void> write(storage::WallTime now, std::chrono::system_clock::duration keep);

private:
    using Voices = std::vector<storage::Voice>;
    using Change = storage::Lessons::Change;
    bool load();
    void set_model_aside();
    void take_up();
    void replay(storage::Lesson lesson);
    void write_kept();
    void save();
    void sweep(storage::WallTime now, std::chrono::system_clock::duration keep);
    Outcome learn_now(const Teaching& teaching, const std::string& packed);
    Outcome learn_kept(const Teaching& teaching);
    Outcome unlearn_now(mail::MailId mail, storage::WallTime now, std::string_view who);
    void post_lesson(std::move_only_function<void()> lesson);
    void hear(const Teaching& teaching, const content::Features& features, Voices& voices,
              Change& change);
    void settle(const Voices& voices, const std::string& packed, Change change);
    bool may_teach(const storage::Voice& voice);
    void go_on_after(mail::MailId mail, const Lesson& taken);
    void rehearse(mail::MailId mail, Label label);
    void take_anew(const storage::Lesson& held, const Lesson& old,
                   const content::Features& features);
    void find_rehearsals();
    void record(Change change);
    void take_back(const storage::Lesson& lesson, storage::WallTime now);

    std::string directory_;
    storage::Lessons* lessons_ = nullptr;
    storage::Files& files_;
    Limits limits_;
    std::unique_ptr<Model> model_ = std::make_unique<Model>();
    mutable std::shared_mutex offsets_mutex_;
    std::map<std::string, double, std::less<>> offsets_;
    std::atomic<std::size_t> lessons_waiting_{0};
    std::uint64_t saved_ = 0; ///< the last lesson in the file
    /// Mails of full lessons, by Label, the next to be rehearsed first; and how many lessons of one
    /// kind came last.
    std::array<std::deque<mail::MailId>, 2> rehearsals_;
    Label last_ = Label::ham;
    unsigned run_ = 0;
    unsigned writes_ = 0;
    std::mutex mutex_;
    std::vector<storage::KeptFeatures> queue_;
    std::size_t dropped_ = 0; ///< mails that found the queue full
    net::WorkerPool thread_{1}; ///< last: what is queued there uses the rest
};
}
