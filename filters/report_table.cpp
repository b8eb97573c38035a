// SPDX-License-Identifier: Apache-2.0
#include "filters/report_table.hpp"

#include "filters/kept_table.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace filters {
namespace {
using Time = ReportTable::Time;
constexpr std::string_view letters = "dtar"; // of the shelves
constexpr std::int64_t end_of_time = 9'999'999'999;
constexpr std::chrono::days oldest{400}, soonest{2};

/// Keys sort by shelf and then the newest first.
std::string key_of(ReportTable::Shelf shelf, Time at, std::string_view rest)
{
    const auto back
        = end_of_time - std::clamp<std::int64_t>(at.time_since_epoch().count(), 0, end_of_time);
    return fmt::format("{}{:010} {}", letters[static_cast<std::size_t>(shelf)], back, rest);
}

ReportTable::Shelf shelf_of(std::string_view key)
{
    return static_cast<ReportTable::Shelf>(letters.find(key.front()));
}

std::string day_of(std::int64_t seconds)
{
    const std::chrono::year_month_day day{
        std::chrono::floor<std::chrono::days>(Time{std::chrono::seconds{seconds}})};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

Time begin_of_day(std::int64_t seconds)
{
    return std::chrono::floor<std::chrono::days>(Time{std::chrono::seconds{seconds}});
}

/// The members of a row, in the order in which they are kept.
void members(auto& row, auto&& each)
    requires requires { row.quarantined; }
{
    each(row.domain), each(row.day), each(row.source), each(row.reports), each(row.mails);
    each(row.proven), each(row.dkim), each(row.spf), each(row.quarantined), each(row.rejected);
}
void members(auto& row, auto&& each)
    requires requires { row.succeeded; }
{
    each(row.domain), each(row.day), each(row.reporter), each(row.policy), each(row.mx);
    each(row.why), each(row.succeeded), each(row.failed);
}
void members(auto& row, auto&& each)
    requires requires { row.of; }
{
    each(row.of.account), each(row.at), each(row.type), each(row.reporter), each(row.source);
    each(row.recipient), each(row.message_id), each(row.of.alias), each(row.of.list);
}
void members(auto& row, auto&& each)
    requires requires { row.rows; }
{
    each(row.domain), each(row.at), each(row.kind), each(row.reporter), each(row.id);
    each(row.error), each(row.rows);
}

struct Writer {
    std::string out = {};
    void operator()(const std::string& text) { out += text + '\t'; }
    void operator()(std::uint64_t number) { out += std::to_string(number) + '\t'; }
    void operator()(Time time) { out += std::to_string(time.time_since_epoch().count()) + '\t'; }
};
template <class Row> std::string encode(const Row& row)
{
    Writer writer;
    members(row, writer);
    return writer.out;
}

struct Reader {
    std::string_view in;
    bool is_good = true;
    std::string_view next()
    {
        const auto end = in.find('\t');
        is_good = is_good && end != in.npos;
        const auto part = in.substr(0, std::min(end, in.size()));
        in.remove_prefix(std::min(part.size() + 1, in.size()));
        return part;
    }
    /// What was kept before a member was known ends before it.
    void operator()(std::string& text) { text = in.empty() ? std::string_view{} : next(); }
    template <class Number> Number number()
    {
        Number value = 0;
        const auto part = next();
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        is_good = is_good && error == std::errc{} && end == part.data() + part.size();
        return value;
    }
    void operator()(std::uint64_t& value) { value = number<std::uint64_t>(); }
    void operator()(Time& time) { time = Time{std::chrono::seconds{number<std::int64_t>()}}; }
};
template <class Row> std::optional<Row> decode(std::string_view record)
{
    Row row;
    Reader reader{record};
    members(row, reader);
    return reader.is_good ? std::optional{std::move(row)} : std::nullopt;
}

/// A record's first member says whose row it is, but for a complaint.
template <class Row> bool is_wanted(std::string_view record, const ReportTable::Page& page)
{
    return page.is_wanted(std::string{record.substr(0, record.find('\t'))});
}
template <> bool is_wanted<AbuseComplaint>(std::string_view record, const ReportTable::Page& page)
{
    const auto row = decode<AbuseComplaint>(record);
    return row
        && (page.is_wanted(row->of.account)
            || (!row->of.alias.empty() && page.is_wanted(row->of.alias))
            || (!row->of.list.empty() && page.is_wanted(row->of.list)));
}

std::uint64_t hash_of(const content::ReceivedReport& report)
{
    return storage::hash_for_memory(fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                                                to_string(report.kind), report.organization,
                                                report.id, report.domain, report.begin,
                                                report.sender, report.recipient, report.message_id),
                                    0);
}

/// The key of a receipt of what was counted bears the report's hash: a restart counts it no second
/// time.
std::optional<std::uint64_t> hash_in(std::string_view key)
{
    const auto mark = key.rfind('#');
    std::uint64_t hash = 0;
    if (!key.starts_with(letters.back()) || mark == key.npos
        || std::from_chars(key.data() + mark + 1, key.data() + key.size(), hash, 16).ec
            != std::errc{})
        return {};
    return hash;
}

std::size_t rows_of(const content::ReceivedReport& report)
{
    return report.kind == content::ReceivedReport::Kind::abuse
        ? 1
        : report.sources.size() + report.sessions.size();
}

void add(std::uint64_t& sum, std::uint64_t more) { sum += std::min(more, ~sum); }
}

ReportTable& ReportTable::here()
{
    static ReportTable table;
    return table;
}

void ReportTable::on_complaint(std::function<void(const AbuseComplaint&)> hear)
{
    const std::lock_guard lock{mutex_};
    hear_ = std::move(hear);
}

/// A record is "KEY\nVALUE".
void ReportTable::keep_in(storage::Records* records)
{
    const std::lock_guard lock{mutex_};
    records_ = records;
    if (!records_)
        return;
    records_->read([this](std::int64_t, std::string_view record) {
        const auto end = record.find('\n');
        if (end == record.npos || end < 2 || letters.find(record.front()) == letters.npos)
            return;
        std::string key{record.substr(0, end)};
        if (const auto hash = hash_in(key))
            known_.insert(*hash);
        const auto shelf = static_cast<std::size_t>(shelf_of(key));
        sizes_[shelf] += rows_.insert_or_assign(std::move(key), record.substr(end + 1)).second;
    });
}

/// The last of a shelf is its oldest.
void ReportTable::put(Shelf shelf, std::string key, std::string value)
{
    const auto index = static_cast<std::size_t>(shelf);
    const auto [at, is_new] = rows_.insert_or_assign(key, std::move(value));
    changed_.insert(std::move(key));
    sizes_[index] += is_new;
    if (sizes_[index] <= most[index])
        return;
    const auto last
        = std::prev(rows_.lower_bound(std::string{static_cast<char>(letters[index] + 1)}));
    if (const auto hash = hash_in(last->first))
        known_.erase(*hash);
    changed_.insert(last->first);
    rows_.erase(last);
    --sizes_[index];
}

void ReportTable::put_receipt(ReportReceipt receipt)
{
    // Several in one second are told apart by their number.
    auto key
        = key_of(Shelf::receipts, receipt.at, fmt::format("{:06}", receipts_made_++ % 1'000'000));
    put(Shelf::receipts, std::move(key), encode(receipt));
}

void ReportTable::add_source(const content::ReceivedReport& report,
                             const content::ReportedSource& source)
{
    const auto key
        = key_of(Shelf::sources, begin_of_day(report.begin), report.domain + ' ' + source.source);
    const auto found = rows_.find(key);
    auto row = found == rows_.end() ? std::nullopt : decode<ReportedDay>(found->second);
    if (!row) {
        row.emplace();
        row->domain = report.domain;
        row->day = day_of(report.begin);
        row->source = source.source;
    }
    ++row->reports;
    add(row->mails, source.mails);
    add(row->proven, source.proven);
    add(row->dkim, source.dkim);
    add(row->spf, source.spf);
    add(row->quarantined, source.quarantined);
    add(row->rejected, source.rejected);
    put(Shelf::sources, key, encode(*row));
}

void ReportTable::add_sessions(const content::ReceivedReport& report, std::size_t index)
{
    const auto& sessions = report.sessions[index];
    const auto hash = storage::hash_for_memory(report.organization + '\t' + report.id + '\t'
                                                   + sessions.policy + '\t' + sessions.mx,
                                               index);
    ReportedTls row{.place = {},
                    .domain = sessions.domain,
                    .day = day_of(report.begin),
                    .reporter = report.organization,
                    .policy = sessions.policy,
                    .mx = sessions.mx,
                    .why = sessions.why,
                    .succeeded = sessions.succeeded,
                    .failed = sessions.failed};
    put(Shelf::sessions,
        key_of(Shelf::sessions, begin_of_day(report.begin),
               fmt::format("{} {:016x}", sessions.domain, hash)),
        encode(row));
}

ReportTable::Taken ReportTable::take(const content::ReceivedReport& report, const Departure& of,
                                     Time now)
{
    using Kind = content::ReceivedReport::Kind;
    const Time begin{std::chrono::seconds{report.begin}};
    ReportReceipt receipt{.place = {},
                          .at = now,
                          .kind = std::string{to_string(report.kind)},
                          .reporter = report.organization,
                          .domain = report.domain,
                          .id = report.id,
                          .error = report.error,
                          .rows = rows_of(report)};
    if (report.kind == Kind::abuse) {
        const auto& who = of.account.empty() ? of.who() : of.account;
        const auto at = who.find('@');
        receipt.domain = at == who.npos ? "" : who.substr(at + 1);
        receipt.rows = report.error.empty() ? 1 : 0;
    } else if (receipt.rows > 0 && (begin < now - oldest || begin > now + soonest)) {
        receipt.error = "its time is impossible";
        receipt.rows = 0;
    }
    std::function<void(const AbuseComplaint&)> hear;
    AbuseComplaint complaint;
    {
        const std::lock_guard lock{mutex_};
        if (receipt.rows == 0) {
            put_receipt(std::move(receipt));
            return Taken::refused;
        }
        if (!known_.insert(hash_of(report)).second)
            return Taken::repeated;
        for (const auto& source : report.sources)
            add_source(report, source);
        for (std::size_t i = 0; i < report.sessions.size(); ++i)
            add_sessions(report, i);
        if (report.kind == Kind::abuse) {
            complaint = {.place = {},
                         .at = now,
                         .type = report.type,
                         .reporter = report.organization,
                         .source = report.source,
                         .recipient = report.recipient,
                         .message_id = report.message_id,
                         .of = of};
            put(Shelf::complaints,
                key_of(Shelf::complaints, now, fmt::format("{:016x}", hash_of(report))),
                encode(complaint));
            hear = hear_;
        }
        auto key = key_of(Shelf::receipts, now, fmt::format("#{:016x}", hash_of(report)));
        put(Shelf::receipts, std::move(key), encode(receipt));
    }
    if (hear && !of.who().empty())
        hear(complaint);
    return Taken::counted;
}

void ReportTable::note_refused(std::string_view kind, std::string_view reporter,
                               std::string_view domain, std::string_view error, Time now)
{
    const std::lock_guard lock{mutex_};
    put_receipt({.place = {},
                 .at = now,
                 .kind = std::string{kind},
                 .reporter = std::string{reporter},
                 .domain = std::string{domain},
                 .id = {},
                 .error = std::string{error},
                 .rows = 0});
}

template <class Row> std::vector<Row> ReportTable::page_of(Shelf shelf, const Page& page) const
{
    const char letter = letters[static_cast<std::size_t>(shelf)];
    const auto last = key_of(shelf, page.since, "~");
    std::vector<Row> some;
    const std::lock_guard lock{mutex_};
    auto at = page.after.starts_with(letter) ? rows_.upper_bound(page.after)
                                             : rows_.lower_bound(std::string{letter});
    for (; at != rows_.end() && at->first <= last && some.size() < page.limit; ++at) {
        if (!is_wanted<Row>(at->second, page))
            continue;
        if (auto row = decode<Row>(at->second)) {
            row->place = at->first;
            some.push_back(*std::move(row));
        }
    }
    return some;
}

std::vector<ReportedDay> ReportTable::sources(const Page& page) const
{
    return page_of<ReportedDay>(Shelf::sources, page);
}
std::vector<ReportedTls> ReportTable::sessions(const Page& page) const
{
    return page_of<ReportedTls>(Shelf::sessions, page);
}
std::vector<AbuseComplaint> ReportTable::complaints(const Page& page) const
{
    return page_of<AbuseComplaint>(Shelf::complaints, page);
}
std::vector<ReportReceipt> ReportTable::receipts(const Page& page) const
{
    return page_of<ReportReceipt>(Shelf::receipts, page);
}

void ReportTable::save()
{
    write_changed(records_, mutex_, rows_, changed_, "what reports said",
                  [](const auto& entry) { return entry.first + '\n' + entry.second; });
}
}
