// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/received_report.hpp"
#include "filters/departure.hpp"
#include "storage/records.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// What others saw of a domain of ours from one address on one day, by DMARC reports.
struct ReportedDay {
    std::string place; ///< where it stands in the list
    std::string domain, day, source; ///< "2026-11-22"
    std::uint64_t reports = 0; ///< that named it
    std::uint64_t mails = 0, proven = 0, dkim = 0, spf = 0, quarantined = 0, rejected = 0;
};
/// What one of them saw of TLS towards a domain of ours on one day.
struct ReportedTls {
    std::string place;
    std::string domain, day, reporter, policy, mx, why;
    std::uint64_t succeeded = 0, failed = 0;
};
/// Somebody called a mail of ours spam.
struct AbuseComplaint {
    std::string place;
    std::chrono::sys_seconds at{};
    std::string type, reporter, source, recipient, message_id;
    Departure of; ///< whose mail it was, and which alias or list sent it on
};
/// A report that came, or what was to be one.
struct ReportReceipt {
    std::string place;
    std::chrono::sys_seconds at{};
    std::string kind, reporter, domain, id, error; ///< kind: "dmarc", "tls", "abuse", ""
    std::uint64_t rows = 0;
};

/// What reports of others said (features O12): sums by day, complaints, and which reports came.
/// Bounded: the oldest makes room. What the last minute brought may be lost in a crash. Safe from
/// all threads.
class ReportTable {
public:
    using Time = std::chrono::sys_seconds;
    enum class Shelf { sources, sessions, complaints, receipts };
    static constexpr std::array<std::size_t, 4> most{100'000, 20'000, 5'000, 20'000};
    explicit ReportTable(storage::Records* records = nullptr) { keep_in(records); }
    /// The one of the process; made on first use, empty.
    static ReportTable& here();
    /// Gives it its place on disk, before anything is noted; `records` outlive the last `save`.
    /// Blocks.
    void keep_in(storage::Records* records);
    /// Hears of complaints about accounts, aliases and lists that are known, outside of the lock.
    void on_complaint(std::function<void(const AbuseComplaint&)> hear);

    enum class Taken { counted, repeated, refused };
    /// Counts a report once, however often it comes. `of`: whose mail an abuse report is about, as
    /// far as that is known. What is wrong with it is kept with the receipt; refused: none of it
    /// counts.
    Taken take(const content::ReceivedReport& report, const Departure& of, Time now);
    /// Something came that is not counted; `error` says why.
    void note_refused(std::string_view kind, std::string_view reporter, std::string_view domain,
                      std::string_view error, Time now);

    struct Page {
        /// Asked with the domain; for complaints with account, alias and list: one is enough.
        std::function<bool(const std::string& of)> is_wanted;
        Time since{};
        std::string after = {}; ///< a `place`
        std::size_t limit = 100;
    };
    /// Newest first.
    std::vector<ReportedDay> sources(const Page& page) const;
    std::vector<ReportedTls> sessions(const Page& page) const;
    std::vector<AbuseComplaint> complaints(const Page& page) const;
    std::vector<ReportReceipt> receipts(const Page& page) const;
    /// Writes what changed. Blocks; an error goes to the log, and is tried again the next time.
    void save();

private:
    using Rows = std::map<std::string, std::string>;
    void put(Shelf shelf, std::string key, std::string value);
    void add_source(const content::ReceivedReport& report, const content::ReportedSource& source);
    void add_sessions(const content::ReceivedReport& report, std::size_t index);
    template <class Row> std::vector<Row> page_of(Shelf shelf, const Page& page) const;
    void put_receipt(ReportReceipt receipt);

    storage::Records* records_ = nullptr;
    std::function<void(const AbuseComplaint&)> hear_;
    mutable std::mutex mutex_; // guards what follows
    Rows rows_; ///< of all shelves; by shelf, and the newest first
    std::array<std::size_t, 4> sizes_{};
    std::set<std::uint64_t> known_; ///< reports that were counted
    std::set<std::string> changed_; ///< keys, and not saved; those not in rows_ went
    std::uint64_t receipts_made_ = 0;
};
}
