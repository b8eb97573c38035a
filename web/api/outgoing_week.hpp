// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/desk.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace web {
/// What the history of the last seven days says of the mail that left or wanted to: what makes
/// others refuse us (features O1 to O16), and who did how much on which day. Pure; takes rows one
/// after the other.
class OutgoingWeek {
public:
    using Wall = std::chrono::system_clock::time_point;
    static constexpr std::size_t days = 7, most_names = 5'000;
    explicit OutgoingWeek(Wall now) : now_{now} { }
    void take(const storage::HistoryRow& row);

    /// One cause of a bad name. `passed`: it went out all the same.
    struct Cause {
        std::uint64_t seen = 0, stopped = 0, passed = 0;
        Wall last{};
        std::map<std::string, std::uint64_t> by; ///< whose mail it was
    };
    /// By "O1" and so on; those that were not seen are not there.
    const std::map<std::string, Cause, std::less<>>& causes() const { return causes_; }

    /// Who sent: an account, an address that forwards or sends, a host.
    struct Sender {
        std::string kind, name; ///< "account", "forwarder", "address", "host"
        std::array<std::uint32_t, days> mails{}; ///< by day, the oldest first
        std::uint32_t stopped = 0, refused = 0, odd = 0; ///< `refused`: by their destinations
        std::uint32_t suspicion() const { return 10 * stopped + 5 * refused + odd; }
    };
    /// The most suspicious first.
    std::vector<Sender> senders(std::size_t most) const;
    /// Destinations that answered as if our name were bad, with their last words.
    struct Refusal {
        std::string blames, words;
        Wall last{};
        std::uint64_t mails = 0;
    };
    const std::map<std::string, Refusal, std::less<>>& refusals() const { return refusals_; }
    std::uint64_t mails() const { return mails_; }
    std::size_t rows() const { return rows_; }

private:
    struct Facts;
    void add_cause(std::string_view cause, const storage::HistoryRow& row, const std::string& who,
                   bool is_stopped);
    void add_sender(std::string_view kind, const std::string& name, const Facts& facts);
    void take_refusal(const storage::HistoryRow& row, Facts& facts);

    Wall now_;
    std::map<std::string, Cause, std::less<>> causes_;
    std::map<std::pair<std::string, std::string>, Sender> senders_;
    std::map<std::string, Refusal, std::less<>> refusals_;
    std::uint64_t mails_ = 0;
    std::size_t rows_ = 0;
};

/// "https://list.example/lookup?ip=…" in an answer; "" where there is none.
std::string link_in(std::string_view text);
}
