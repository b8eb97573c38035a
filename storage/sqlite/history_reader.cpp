// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/history_reader.hpp"

#include "storage/sqlite/history_terms.hpp"
#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/reach_terms.hpp"
#include "storage/sqlite/tallies.hpp"
#include "storage/sqlite/texts.hpp"

#include <algorithm>

namespace storage::sqlite {
using Source = HistoryReader::Source;

namespace {
// In the order in which `read` takes them.
constexpr std::string_view columns
    = "SELECT h.mail, h.number, h.time, h.action, h.direction, "
      "h.size, h.score, h.sender, h.recipient,"
      " h.from_text, h.subject, h.client, h.message_id, h.stage, "
      "h.listener, h.helo, h.rule, h.step,"
      " h.reply, h.timings, h.findings, h.delivery, h.owner, h.sending_domain ";

HistoryRow read(const Statement& from)
{
    HistoryRow row;
    row.id = {mail::MailId{static_cast<std::uint64_t>(from.integer(0))},
              static_cast<std::uint32_t>(from.integer(1))};
    row.time = time_from(from.integer(2));
    row.action = static_cast<mail::Action>(from.integer(3));
    row.direction = static_cast<mail::Direction>(from.integer(4));
    row.size = static_cast<std::size_t>(from.integer(5));
    row.score = from.real(6);
    int column = 7;
    for (auto* text :
         {&row.sender, &row.recipient, &row.from, &row.subject, &row.client, &row.message_id,
          &row.stage, &row.listener, &row.helo, &row.rule, &row.step, &row.reply, &row.timings,
          &row.findings, &row.delivery, &row.owner, &row.sending_domain})
        *text = from.text(column++);
    return row;
}

/// Rows of before owners were noted belong to their recipients.
constexpr std::string_view within_reach
    = " AND (CASE h.owner WHEN '' THEN lower(h.recipient) ELSE h.owner END"
      " IN (SELECT value FROM json_each(?19)) OR EXISTS(SELECT 1 FROM json_each(?20) d"
      " WHERE lower(substr(h.recipient, -length(d.value) - 1)) = '@' || d.value)"
      " OR h.sending_domain IN (SELECT value FROM json_each(?20)))";

std::string filters_of(const VerdictQuery& query)
{
    std::string sql;
    if (!query.actions.empty())
        sql += " AND h.action IN (SELECT value FROM json_each(?14))";
    if (query.direction)
        sql += " AND h.direction = ?22";
    if (query.score_min)
        sql += " AND h.score >= ?23";
    if (query.score_max)
        sql += " AND h.score <= ?24";
    if (!query.finding.empty())
        sql += " AND h.findings LIKE ?25 ESCAPE '\\'";
    if (!query.rule.empty())
        sql += " AND h.rule LIKE ?26 ESCAPE '\\'";
    return sql;
}

std::string filters_of(const HistoryQuery& query, const Reach& reach)
{
    std::string sql;
    if (!reach.is_everything())
        sql += within_reach;
    if (!query.sender.empty())
        sql += " AND h.sender = ?1 COLLATE NOCASE";
    if (!query.recipient.empty())
        sql += " AND h.recipient = ?2 COLLATE NOCASE";
    if (!query.sender_domain.empty())
        sql += " AND h.sender LIKE ?3 ESCAPE '\\'";
    if (!query.recipient_domain.empty())
        sql += " AND h.recipient LIKE ?4 ESCAPE '\\'";
    if (!query.client.empty())
        sql += " AND h.client = ?5 COLLATE NOCASE";
    if (!query.message_id.empty())
        sql += " AND trim(h.message_id, '<> ') = ?6 COLLATE NOCASE";
    if (!query.text.empty())
        sql += " AND (h.sender LIKE ?7 ESCAPE '\\' OR h.recipient LIKE ?7 ESCAPE '\\'"
               " OR h.from_text LIKE ?7 ESCAPE '\\' OR h.subject LIKE ?7 ESCAPE '\\')";
    if (query.action)
        sql += " AND h.action = ?8";
    if (query.since)
        sql += " AND h.time >= ?9";
    if (query.until)
        sql += " AND h.time <= ?10";
    if (query.id)
        sql += " AND h.mail = ?11";
    return sql;
}

/// "spf.fail", "spf." for any of the layer, "auth.account(bob)" with its detail, which is JSON and
/// so holds no bare quote.
std::string finding_pattern(const std::string& finding)
{
    const auto at = finding.find('(');
    auto pattern = "%{\"name\":\"" + like_escaped(finding.substr(0, at));
    if (at == finding.npos)
        return pattern + (finding.ends_with('.') ? "%" : "\"%");
    const auto end = finding.ends_with(')') ? finding.size() - 1 : finding.size();
    return pattern + "\",\"detail\":\"" + like_escaped(finding.substr(at + 1, end - at - 1))
        + "\"%";
}

/// Texts of bound values, which SQLite does not copy.
struct Patterns {
    Patterns(const HistoryQuery& query, const VerdictQuery& verdicts)
        : sender{"%@" + like_escaped(query.sender_domain)},
          recipient{"%@" + like_escaped(query.recipient_domain)}, text{like_pattern(query.text)},
          finding{finding_pattern(verdicts.finding)}, rule{like_pattern(verdicts.rule)}
    {
        std::vector<std::int64_t> numbers;
        for (const auto action : verdicts.actions)
            numbers.push_back(static_cast<std::int64_t>(action));
        actions = json_list(numbers);
    }
    std::string sender, recipient, text, finding, rule, actions;
};

void bind_filters(Statement& statement, const VerdictQuery& query, const Patterns& patterns)
{
    if (!query.actions.empty())
        statement.bind(14, patterns.actions);
    if (query.direction)
        statement.bind(22, static_cast<int>(*query.direction));
    if (query.score_min)
        statement.bind(23, *query.score_min);
    if (query.score_max)
        statement.bind(24, *query.score_max);
    if (!query.finding.empty())
        statement.bind(25, patterns.finding);
    if (!query.rule.empty())
        statement.bind(26, patterns.rule);
}

void bind_filters(Statement& statement, const HistoryQuery& query, const Patterns& patterns)
{
    statement.bind(3, patterns.sender);
    statement.bind(4, patterns.recipient);
    statement.bind(7, patterns.text);
    statement.bind(1, query.sender);
    statement.bind(2, query.recipient);
    statement.bind(5, query.client);
    statement.bind(6, bare_message_id(query.message_id));
    if (query.action)
        statement.bind(8, static_cast<int>(*query.action));
    if (query.since)
        statement.bind(9, stored_time(*query.since));
    if (query.until)
        statement.bind(10, stored_time(*query.until));
    if (query.id)
        statement.bind(11, query.id->value());
}

const Source all_rows{"FROM history h", "h.row", "1"};
// The plus keeps SQLite from walking the rows in their order.
const Source rows_of_mail{
    "FROM history h", "+h.row", "1", std::nullopt, {}, false, std::numeric_limits<int>::max()};

/// Rows of addresses and domains, by the index of terms; what left, by the domain that sent it.
const Source rows_within{"FROM history h",
                         "h.row",
                         "h.row IN (SELECT s.row FROM terms s WHERE s.segment = ?18 AND s.term IN"
                         " (SELECT value FROM json_each(?21)) UNION ALL"
                         " SELECT o.row FROM history o WHERE o.sending_domain <> ''"
                         " AND o.sending_domain IN (SELECT value FROM json_each(?20))"
                         " AND o.row BETWEEN ?12 AND ?13)",
                         std::nullopt,
                         {},
                         true};

/// The narrowest index for a query.
Source source_of(const HistoryQuery& query, const Reach& reach)
{
    // A person has little mail, whatever else is asked for.
    if (!reach.is_everything() && reach.domains().empty())
        return rows_within;
    const auto by_term = [](Term term, std::string_view text) {
        return Source{"FROM terms s CROSS JOIN history h ON h.row = s.row",
                      "s.row",
                      "s.segment = ?18 AND s.term = ?15",
                      term_number(term, text),
                      {},
                      true};
    };
    if (!query.message_id.empty())
        return by_term(Term::message_id, bare_message_id(query.message_id));
    if (!query.recipient.empty())
        return by_term(Term::recipient, query.recipient);
    if (!query.sender.empty())
        return by_term(Term::sender, query.sender);
    if (!query.client.empty())
        return by_term(Term::client, query.client);
    if (auto match = trigram_query(query.text); !match.empty())
        return {"FROM history_text s CROSS JOIN history h ON h.row = s.rowid",
                "s.rowid",
                "s.history_text MATCH ?16",
                std::nullopt,
                std::move(match),
                false,
                16 * segment_rows};
    if (!query.sender_domain.empty())
        return by_term(Term::sender_domain, query.sender_domain);
    if (!query.recipient_domain.empty())
        return by_term(Term::recipient_domain, query.recipient_domain);
    return reach.is_everything() ? all_rows : rows_within;
}
}

struct HistoryReader::Question {
    const HistoryQuery& query;
    const Reach& reach;
    const VerdictQuery& verdicts;
    std::optional<std::chrono::steady_clock::time_point> deadline = {};
};

struct HistoryReader::Findings {
    std::vector<HistoryRow> rows = {};
    /// The time was over: the next row to look at.
    std::optional<std::int64_t> stopped_at = {};
};

HistoryReader::Findings HistoryReader::find(const Question& question)
{
    const auto& [query, reach, verdicts, deadline] = question;
    Findings found;
    const auto range = range_of(query);
    if (!range || reach.is_nothing())
        return found;
    if (query.id) {
        collect(question, rows_of_mail, *range, found);
        return found;
    }
    const auto source = source_of(query, reach);
    Statement progress{database_, "SELECT indexed FROM progress"};
    progress.start().next();
    const auto indexed = source.where == all_rows.where ? 0 : progress.integer(0);
    collect(question, all_rows, {std::max(range->first, indexed + 1), range->last}, found);
    collect(question, source, {range->first, std::min(range->last, indexed)}, found);
    return found;
}

std::vector<HistoryRow> HistoryReader::search(const HistoryQuery& query, const Reach& reach,
                                              const VerdictQuery& verdicts)
{
    const View view{database_};
    return find({query, reach, verdicts}).rows;
}

HistoryPage HistoryReader::page(const HistoryQuery& query, const Reach& reach,
                                const VerdictQuery& verdicts)
{
    const View view{database_};
    const auto deadline = std::chrono::steady_clock::now() + verdicts.longest;
    auto found = find({query, reach, verdicts, deadline});
    HistoryPage page{std::move(found.rows)};
    if (page.rows.size() == query.limit && query.limit > 0)
        page.next = page.rows.back().id;
    if (page.next || !found.stopped_at)
        return page;
    // The last row that was looked at is the cursor.
    Statement last{database_,
                   "SELECT mail, number, time FROM history WHERE row > ?1"
                   " ORDER BY row LIMIT 1"};
    if (last.start(*found.stopped_at).next()) {
        page.next = RowId{mail::MailId{static_cast<std::uint64_t>(last.integer(0))},
                          static_cast<std::uint32_t>(last.integer(1))};
        page.looked_back_to = time_from(last.integer(2));
    }
    return page;
}

std::vector<Count> HistoryReader::counts(const CountQuery& query)
{
    return read_counts(database_, query);
}

std::optional<HistoryReader::Range> HistoryReader::range_of(const HistoryQuery& query)
{
    Range range;
    Statement ends{database_,
                   "SELECT (SELECT min(row) FROM history), (SELECT max(row) FROM history)"};
    if (!ends.start().next() || ends.is_null(0))
        return std::nullopt;
    range = {ends.integer(0), ends.integer(1)};
    if (query.since) {
        Statement segments{database_, "SELECT min(number) FROM segments WHERE latest >= ?1"};
        if (!segments.start(stored_time(*query.since)).next() || segments.is_null(0))
            return std::nullopt;
        range.first = std::max(range.first, segments.integer(0) * segment_rows + 1);
    }
    if (query.until) {
        Statement segments{database_, "SELECT max(number) FROM segments WHERE earliest <= ?1"};
        if (!segments.start(stored_time(*query.until)).next() || segments.is_null(0))
            return std::nullopt;
        range.last = std::min(range.last, (segments.integer(0) + 1) * segment_rows);
    }
    if (query.after) {
        Statement cursor{database_, "SELECT min(row) FROM history WHERE mail = ?1 AND number = ?2"};
        cursor.start(query.after->mail.value(), query.after->number).next();
        // A cursor that was swept away has nothing behind it.
        if (cursor.is_null(0))
            return std::nullopt;
        range.last = std::min(range.last, cursor.integer(0) - 1);
    }
    return range;
}

void HistoryReader::collect(const Question& question, const Source& source, const Range& range,
                            Findings& found)
{
    const auto& [query, reach, verdicts, deadline] = question;
    auto& rows = found.rows;
    if (range.first > range.last || rows.size() >= query.limit || found.stopped_at)
        return;
    std::string sql{columns};
    sql += source.from + " WHERE " + source.where + " AND " + source.key + " BETWEEN ?12 AND ?13"
        + filters_of(query, reach) + filters_of(verdicts) + " ORDER BY " + source.key
        + " DESC LIMIT ?17";
    Statement statement{database_, sql};
    const Patterns patterns{query, verdicts};
    bind_filters(statement, query, patterns);
    bind_filters(statement, verdicts, patterns);
    statement.bind(15, source.term);
    statement.bind(16, source.match);
    const auto addresses = json_list(reach.addresses()), domains = json_list(reach.domains());
    const auto terms = json_list(reach_terms(reach));
    if (!reach.is_everything()) {
        statement.bind(19, addresses);
        statement.bind(20, domains);
    }
    if (source.where.contains("?21"))
        statement.bind(21, terms);
    // Slice by slice, from the newest to the oldest; an index of segments knows one at a time.
    bool is_first = true;
    for (auto last = range.last; last >= range.first && rows.size() < query.limit;) {
        if (!std::exchange(is_first, false) && deadline
            && std::chrono::steady_clock::now() >= *deadline) {
            found.stopped_at = last;
            return;
        }
        const auto lowest
            = source.has_segments ? segment_of(last) * segment_rows + 1 : last - source.slice + 1;
        const auto first = std::max(range.first, lowest);
        statement.reset();
        statement.bind(12, first);
        statement.bind(13, last);
        statement.bind(17, query.limit - rows.size());
        if (source.has_segments)
            statement.bind(18, segment_of(last));
        while (statement.next())
            rows.push_back(read(statement));
        last = first - 1;
    }
}
}
