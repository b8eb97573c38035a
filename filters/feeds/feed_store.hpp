// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/feeds/feed_index.hpp"
#include "storage/files.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace filters::feeds {
/// The feeds of one data directory: DIRECTORY/feeds/NAME/SERIAL/ has the files and the index as it
/// was signed, the link NAME/current says which version is in use, NAME/seen the highest serial
/// that ever was, NAME/trial that the version in use has yet to prove itself, and which one it took
/// the place of. What is in use is whole at every instant, through crashes. All calls block; one at
/// a time for each feed.
class FeedStore {
public:
    explicit FeedStore(std::string directory, storage::Files& files = storage::Files::real())
        : root_{std::move(directory) + "/feeds"}, files_{files}
    { }

    /// Where a file named "feed:NAME/FILE" is now or will be; another path comes back as it is.
    /// nullopt: it begins with "feed:" and goes on wrongly.
    static std::optional<std::string> path_of(const std::string& directory,
                                              const std::string& text);

    struct Version {
        std::uint64_t serial = 0;
        bool is_current = false;
    };
    std::vector<Version> versions(const std::string& name) const; ///< ascending
    /// The index in use; nullopt: none is, or it cannot be read.
    std::optional<FeedIndex> current(const std::string& name) const;
    /// From here on a version is new.
    std::uint64_t highest_seen(const std::string& name) const;
    /// The directory of the version in use.
    std::string current_directory(const std::string& name) const
    {
        return root_ + "/" + name + "/current";
    }

    /// Octets of the feed's files, by name.
    using Contents = std::map<std::string, std::string, std::less<>>;
    /// Writes a version, durably, beside those there are; `check` looks at its directory before it
    /// is put in use: what it answers is why not, "" if it may. Then it is in use, on trial, and
    /// all others are kept. The error is a sentence; then nothing has changed.
    std::expected<void, std::string>
    install(const FeedIndex& index, std::string_view signed_index, const Contents& contents,
            const std::function<std::string(const std::string& directory)>& check);
    /// The version in use serves: its trial is over. The one before is kept, older ones go.
    void prove(const std::string& name);
    /// Puts the version before the one in use back in use, on trial; newer ones that were seen do
    /// not come again. The error says why not.
    std::expected<std::uint64_t, std::string> roll_back(const std::string& name);
    /// Takes the version in use out of use and away: nothing can be built with it. The one that it
    /// took the place of is in use again, or the one before it, or none.
    void withdraw(const std::string& name);
    /// This version and those before do not come again.
    void refuse(const std::string& name, std::uint64_t serial);

    /// A version that a gate left on trial.
    struct Trial {
        std::string name;
        std::uint64_t serial = 0;
        bool was_started_with = false; ///< a gate has started with it, and ended before it served
    };
    /// What is on trial when a gate starts; the next time each `was_started_with`.
    std::vector<Trial> start_trials();
    /// As `withdraw`, and says so in the log. If a source still offers it, it comes once more.
    void take_back(const Trial& trial);

private:
    void write_version(const std::string& directory, const std::string& fresh,
                       const FeedIndex& index, std::string_view signed_index,
                       const Contents& contents);
    void note_seen(const std::string& name, std::uint64_t serial);
    struct TrialNote {
        std::uint64_t serial = 0, before = 0; ///< before: 0 none
        bool was_started_with = false;
    };
    std::optional<TrialNote> trial_of(const std::string& name) const; ///< of the one in use
    void note_trial(const std::string& name, const TrialNote& note);
    void put_away(const std::string& name);
    void use(const std::string& name, std::uint64_t serial);
    void drop_all_but(const std::string& name, std::uint64_t current, std::uint64_t before);
    void replace(const std::string& directory, const std::string& name, std::string_view text);

    std::string root_;
    storage::Files& files_;
};
}
