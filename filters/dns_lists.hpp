// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "gateway/net/dns_answer.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// Answers of a DNS list and what they weigh: "127.0.0.2", "127.0.0.4-7", "127.0.*.1 = -2".
class ReturnCodes {
public:
    struct Code {
        std::array<std::uint8_t, 4> low{}, high{};
        std::optional<double> weight; ///< none: the list's own
    };
    /// The error says what is wrong with which entry.
    static std::expected<ReturnCodes, std::string> parse(const std::vector<std::string>& texts);
    bool is_empty() const { return codes_.empty(); }
    /// The first entry that fits four octets, or null.
    const Code* find(std::string_view octets) const;

private:
    std::vector<Code> codes_;
};

/// How one DNS list has answered lately. A list that refuses us, does not answer or lists everybody
/// rests ten minutes, and tells nothing meanwhile; then one question tries it again.
class DnsListState {
public:
    using Time = net::Env::Steady;
    /// False while it rests.
    bool may_ask(Time now);
    void answered(bool is_hit);
    /// `problem` for people. It rests at once after a refusal, after twenty failures in a row, and
    /// when it lists what no list may.
    void refused(std::string problem, Time now);
    void failed(std::string problem, Time now);

    struct Report {
        std::string zone;
        std::uint64_t asked = 0, hits = 0, refusals = 0, failures = 0;
        bool is_resting = false;
        std::string problem; ///< of a list that rests
    };
    Report report() const;

private:
    void rest(std::string problem, Time now);
    mutable std::mutex mutex_;
    Report numbers_;
    unsigned failures_in_a_row_ = 0;
    Time rests_until_{};
};

/// The states of all DNS lists, kept over reloads.
class DnsLists {
public:
    /// The one of these services, made on first use. Call when layers are made.
    static std::shared_ptr<DnsLists> of(Services& services);
    std::shared_ptr<DnsListState> state(const std::string& zone);
    /// The lists that a layer uses now, by zone.
    std::vector<DnsListState::Report> reports() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<DnsListState>, std::less<>> states_;
};
}
