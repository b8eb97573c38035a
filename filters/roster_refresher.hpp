// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/roster_directory.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace filters {
/// Puts together what files and directories say of lists (`Rosters::here`), and reads directories
/// again and again on a thread of its own. While one is away, what it last said counts. Safe from
/// all threads.
class RosterRefresher {
public:
    /// Hears how each reading of a directory went: "" or what is wrong with it. One that is no
    /// longer asked has nothing wrong. Does not call back.
    using Hear = std::function<void(const std::string& directory, const std::string& problem)>;
    explicit RosterRefresher(Hear hear);
    /// Waits for a reading under way: a question of it at most.
    ~RosterRefresher();
    RosterRefresher(const RosterRefresher&) = delete;
    RosterRefresher& operator=(const RosterRefresher&) = delete;
    /// The files are as given; all directories are read at once.
    void configure(std::shared_ptr<const Rosters> files, std::vector<RosterDirectory> directories);

    /// The one of these services; nullptr: there is none, and directories are not read.
    static RosterRefresher* of(Services& services);
    static void keep(Services& services, RosterRefresher& refresher);

private:
    using Clock = std::chrono::steady_clock;
    struct Source {
        RosterDirectory directory = {};
        std::shared_ptr<const Rosters> rosters = nullptr; ///< what it last said, if ever
        Clock::time_point due{};
        bool is_away = false;
    };
    void work(std::stop_token end);
    void publish(std::unique_lock<std::mutex>& lock);
    void take(const RosterDirectory& directory, const std::shared_ptr<const Rosters>& rosters,
              const std::string& problem);
    void note(Source& source, const std::string& problem);

    Hear hear_;
    net::SocketWatch watch_;
    std::mutex mutex_; // guards what follows
    std::condition_variable_any changed_;
    std::shared_ptr<const Rosters> files_ = std::make_shared<const Rosters>();
    std::vector<Source> sources_;
    unsigned version_ = 0, published_ = 0; ///< of all that is put together
    std::jthread thread_; // last, so that it ends first
};
}
