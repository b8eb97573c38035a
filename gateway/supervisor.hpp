// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/config.hpp"
#include "gateway/doors.hpp"
#include "gateway/privileges.hpp"

#include <sys/types.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace app {
/// What a role is given at its fork. It owns nothing of it but its end of the channel.
struct RoleStart {
    const ConfigurationSource& source;
    const Configuration& configuration;
    const Doors& doors;
    int channel = -1;
    /// Its end of the pair between gate and scan role, which the supervisor keeps, so that either
    /// may be started anew; -1: there is no scan role.
    int scan_requests = -1;
    /// The web role alone: whom it has to become.
    std::optional<Account> account = {};
};
/// A role's whole life; returns its exit code. Runs in the child with signals blocked.
using Role = std::function<int(const RoleStart&)>;

/// The parent of the process group: single-threaded, opens and keeps the listening sockets, forks
/// the roles without exec, restarts what dies, passes signals on. Knows no mail.
class Supervisor {
public:
    /// `scan` may be empty: then the gate analyses messages itself.
    Supervisor(ConfigurationSource source, Configuration configuration, Role gate, Role scan,
               Role web);
    ~Supervisor();
    /// Returns the exit code of `mailweir serve`.
    int run();

private:
    using Clock = std::chrono::steady_clock;
    /// A role's process, and when to start it again.
    struct Child {
        const char* name = "";
        Role role = {};
        int scan_requests = -1; ///< as in RoleStart
        pid_t process = -1;
        int channel = -1;
        bool was_ready = false;
        Clock::time_point started{};
        std::chrono::milliseconds pause{100};
        std::optional<Clock::time_point> start_at = {};
        bool is_replaced = false; ///< ended for a new configuration, not dead
        std::optional<Clock::time_point> beaten_at
            = {}; ///< its last sign of life, from the first on
        std::optional<Clock::time_point> doubted_until = {}; ///< it is late; then it hangs
    };
    std::expected<void, std::string> prepare();
    std::expected<void, std::string> give_local_sockets();
    /// The web role's user: an own one where there is one.
    std::optional<Account> web_account() const;
    /// Starts the web role, or replaces it with a drain of its own.
    void renew_web();
    /// Does so where the files of its certificate have changed.
    void look_at_certificate(Clock::time_point now);
    void start(Child& child);
    [[noreturn]] void live_as(const Child& child, int channel, pid_t parent);
    void turn();
    int wait_milliseconds() const;
    void take_signal();
    void take_tellings(Child& child);
    void take_telling_of_gate(char octet);
    void adopt_configuration();
    void take_restart();
    void stop(int signal);
    /// Drains the gate for the configuration on disk; the error says why all stays as it was.
    std::expected<void, std::string> replace_gate();
    /// A data directory's lock, or -1 where it is the one we have.
    std::expected<int, std::string> lock_of(const Configuration& next);
    void reap();
    void bury(Child& child, int status);
    /// True: there is no next gate.
    bool was_last(int status);
    void end_others();
    void look_at_clock();
    /// When one that serves and gives no sign of life is doubted, and then ended.
    std::optional<Clock::time_point> hung_at(const Child& child) const;
    void look_for_hung(Child& child, Clock::time_point now);
    void beat(Clock::time_point now);

    ConfigurationSource source_;
    Configuration configuration_;
    std::array<Child, 3> children_;
    Child &gate_ = children_[0], &scan_ = children_[1], &web_ = children_[2];
    Doors doors_;
    std::optional<Account> account_;
    int lock_ = -1, signals_ = -1;
    std::string web_part_; ///< what the web role was started with
    std::optional<Clock::time_point> look_at_certificate_at_;
    /// The next sign of life for the service manager, which wants some.
    std::optional<Clock::time_point> beat_at_;
    bool is_stopping_ = false;
    std::optional<Clock::time_point> kill_at_; ///< the gate, if it has not drained by then
    std::optional<int> exit_code_;
};
}
