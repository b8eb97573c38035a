// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_reader.hpp"

#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/reach_terms.hpp"
#include "storage/sqlite/texts.hpp"

#include <algorithm>
#include <map>

namespace storage::sqlite {
namespace {
// In the order in which `read` takes them.
const std::string select_row
    = "SELECT r.mail, r.number, r.state, r.next_attempt, r.attempts, r.changed_at, r.address, "
      "r.reason,"
      " r.last_reply, r.notify, r.orcpt, r.score, m.received_at, m.direction, m.client, m.sender,"
      " m.declared_size, m.is_8bit, m.is_smtputf8, m.ret, m.envid, m.from_text, m.subject,"
      " m.message_id, m.size, r.stamp, r.left_out"
      " FROM rows r CROSS JOIN mails m ON m.id = r.mail ";
constexpr int sender_column = 15;

RowId row_id(const Statement& row, int column = 0)
{
    return {mail::MailId{static_cast<std::uint64_t>(row.integer(column))},
            static_cast<std::uint32_t>(row.integer(column + 1))};
}

void add_filters(std::string& sql, const RowQuery& query)
{
    // State and trash stand in the text, not in bound values: only so do the partial indexes serve.
    if (query.state)
        sql += " AND r.state = " + std::to_string(static_cast<int>(*query.state));
    sql += " AND r.trashed_at = 0";
    if (!query.recipient.empty())
        sql += " AND r.recipient = ?1";
    if (!query.recipient_domain.empty())
        sql += " AND r.recipient_domain = ?2";
    if (!query.text.empty())
        sql += " AND (r.address LIKE ?3 ESCAPE '\\' OR m.sender LIKE ?3 ESCAPE '\\'"
               " OR m.from_text LIKE ?3 ESCAPE '\\' OR m.subject LIKE ?3 ESCAPE '\\')";
    if (query.mail)
        sql += " AND r.mail = ?4";
    if (query.after)
        sql += " AND (r.mail, r.number) < (?5, ?6)";
}
}

struct MailReader::Statements {
    explicit Statements(Database& database) : db{database} { }
    Database& db;
    Statement due{db,
                  "SELECT mail, number FROM rows WHERE state = 0 AND next_attempt <= ?1"
                  " ORDER BY next_attempt, mail, number"};
    Statement address{db, "SELECT address FROM rows WHERE mail = ?1 AND number = ?2"};
    Statement earlier{db,
                      "SELECT mail, number, next_attempt FROM rows"
                      " WHERE state = 0 AND unreachable_since > 0 AND address = ?1"
                      " AND mail > ?2 AND mail < ?3 ORDER BY mail, number"};
    Statement next_due{db,
                       "SELECT mail, number, next_attempt FROM rows WHERE state = 0"
                       " ORDER BY next_attempt, mail, number"};
    Statement row{db, select_row + "WHERE r.mail = ?1 AND r.number = ?2"};
    Statement waiting{db, "SELECT 1 FROM rows WHERE mail = ?1 AND number = ?2 AND state = 0"};
    Statement body{db,
                   "SELECT size, stored, dots, is_compressed, place, checksum"
                   " FROM mails WHERE id = ?1"};
    Statement bytes{db, "SELECT bytes FROM bodies WHERE mail = ?1"};
    Statement find{db,
                   "SELECT id FROM mails WHERE committed_at / 3600000000000 = ?1 AND hash = ?2"
                   " AND committed_at >= ?3 ORDER BY id LIMIT 1"};
};

MailReader::MailReader(const Database::Options& options, std::chrono::days keep_held)
    : database_{options}, keep_held_{keep_held}, sql_{std::make_unique<Statements>(database_)}
{ }

MailReader::~MailReader() = default;

Row MailReader::read(const Statement& from, bool with_stamp) const
{
    Row row;
    row.id = row_id(from);
    row.state = static_cast<RowState>(from.integer(2));
    row.next_attempt = time_from(from.integer(3));
    row.attempts = static_cast<unsigned>(from.integer(4));
    row.since = time_from(from.integer(5));
    if (row.state == RowState::held)
        row.expires_at = row.since + keep_held_;
    row.address = from.text(6);
    row.reason = from.text(7);
    row.last_reply = from.text(8);
    row.notify = from.text(9);
    row.orcpt = from.text(10);
    row.score = from.real(11);
    row.received_at = time_from(from.integer(12));
    row.direction = static_cast<mail::Direction>(from.integer(13));
    row.client = from.text(14);
    if (!from.is_null(sender_column)) {
        if (auto sender = mail::Mailbox::parse(from.text(sender_column)))
            row.sender = std::move(*sender);
    }
    row.parameters
        = {static_cast<std::size_t>(from.integer(16)), from.integer(17) != 0, from.integer(18) != 0,
           std::string{from.text(19)}, std::string{from.text(20)}};
    row.from = from.text(21);
    row.subject = from.text(22);
    row.message_id = from.text(23);
    row.size = static_cast<std::size_t>(from.integer(24));
    if (with_stamp)
        row.stamp = {std::string{from.text(25)}, ranges_from(from.blob(26))};
    return row;
}

/// One look for due rows that keeps the order of each address.
class MailReader::Taking {
public:
    Taking(Statements& sql, WallTime now, std::set<RowId>& handed_out)
        : sql_{sql}, now_{now}, handed_out_{handed_out}
    { }
    ~Taking()
    {
        if (is_kept)
            return;
        for (const auto& row : taken)
            handed_out_.erase(row);
    }
    Taking(const Taking&) = delete;
    Taking& operator=(const Taking&) = delete;

    void take_in_turn(RowId row)
    {
        if (handed_out_.contains(row))
            return;
        const auto address = address_of(row);
        // What stands before it is handed out: nobody need look there again.
        std::uint64_t& looked_to = looked_to_[address];
        auto& earlier = sql_.earlier;
        bool has_changed_places = false;
        for (earlier.start(address, looked_to, row.mail.value());
             !has_changed_places && earlier.next();) {
            const auto id = row_id(earlier);
            if (take(id)) {
                const auto when = time_from(earlier.integer(2));
                has_changed_places = when > now_;
                if (has_changed_places)
                    postponed.push_back({row, when});
            }
            looked_to = id.mail.value();
        }
        earlier.reset();
        if (!has_changed_places)
            take(row);
    }

    std::vector<RowId> taken;
    std::vector<Postponed> postponed;
    bool is_kept = false;

private:
    bool take(RowId row)
    {
        if (handed_out_.contains(row))
            return false;
        taken.push_back(row);
        handed_out_.insert(row);
        return true;
    }
    std::string address_of(RowId row)
    {
        std::string address;
        if (sql_.address.start(row.mail.value(), row.number).next())
            address = sql_.address.text(0);
        sql_.address.reset();
        return address;
    }

    Statements& sql_;
    WallTime now_;
    std::set<RowId>& handed_out_;
    std::map<std::string, std::uint64_t, std::less<>> looked_to_;
};

MailReader::Due MailReader::due(WallTime now, std::size_t limit, std::set<RowId>& handed_out)
{
    const View view{database_};
    Taking taking{*sql_, now, handed_out};
    for (sql_->due.start(stored_time(now)); taking.taken.size() < limit && sql_->due.next();)
        taking.take_in_turn(row_id(sql_->due));
    sql_->due.reset();
    Due due{{}, std::move(taking.postponed), {}};
    for (const auto& id : taking.taken)
        read_due(id, due);
    taking.is_kept = true;
    return due;
}

void MailReader::read_due(RowId id, Due& due)
{
    auto& from = sql_->row;
    if (!from.start(id.mail.value(), id.number).next()) {
        due.unreadable.push_back({id, "its mail is missing"});
        return;
    }
    auto found = read(from, true);
    const bool is_whole = found.sender || from.is_null(sender_column);
    from.reset();
    if (is_whole)
        due.rows.push_back(std::move(found));
    else
        due.unreadable.push_back({id, "its stored sender is damaged"});
}

std::optional<WallTime> MailReader::next_due(const std::function<bool(RowId)>& counts)
{
    std::optional<WallTime> earliest;
    auto& rows = sql_->next_due;
    for (rows.start(); !earliest && rows.next();) {
        if (counts(row_id(rows)))
            earliest = time_from(rows.integer(2));
    }
    rows.reset();
    return earliest;
}

std::optional<Row> MailReader::row(RowId id)
{
    std::optional<Row> found;
    if (sql_->row.start(id.mail.value(), id.number).next())
        found = read(sql_->row, true);
    sql_->row.reset();
    return found;
}

bool MailReader::is_waiting(RowId id)
{
    const bool is_so = sql_->waiting.start(id.mail.value(), id.number).next();
    sql_->waiting.reset();
    return is_so;
}

namespace {
constexpr std::string_view by_address = " AND r.recipient = ?8";
constexpr std::string_view by_domain = " AND r.recipient_domain = ?8";
// Its index holds only rows that have one.
constexpr std::string_view by_sending_domain
    = " AND r.sending_domain = ?8 AND r.sending_domain <> ''";
constexpr std::string_view by_many = " AND (r.recipient IN (SELECT value FROM json_each(?8))"
                                     " OR r.recipient_domain IN (SELECT value FROM json_each(?9))"
                                     " OR r.sending_domain IN (SELECT value FROM json_each(?9)))";
/// Each of so many has an index with the rows in their order.
constexpr std::size_t few_keys = 24;
}

std::vector<Row> MailReader::list(const RowQuery& query) { return select(query, "", "", ""); }

std::vector<Row> MailReader::list(const RowQuery& query, const Reach& reach)
{
    if (reach.is_everything())
        return list(query);
    if (reach.addresses().size() + reach.domains().size() > few_keys)
        return select(query, by_many, json_list(reach.addresses()), json_list(reach.domains()));
    std::vector<Row> rows;
    const auto add = [&](std::string_view within, const std::string& key) {
        auto some = select(query, within, key, "");
        std::ranges::move(some, std::back_inserter(rows));
    };
    for (const auto& address : reach.addresses())
        add(by_address, address);
    for (const auto& domain : reach.domains()) {
        add(by_domain, domain);
        add(by_sending_domain, domain);
    }
    std::ranges::sort(rows, std::ranges::greater{}, &Row::id);
    const auto twice = std::ranges::unique(rows, {}, &Row::id);
    rows.erase(twice.begin(), twice.end());
    if (rows.size() > query.limit)
        rows.resize(query.limit);
    return rows;
}

std::uint64_t MailReader::count_held(const Reach& reach)
{
    const bool is_all = reach.is_everything();
    Statement count{database_,
                    is_all ? "SELECT (SELECT count(*) FROM rows WHERE state = 1) - (SELECT count(*)"
                             " FROM rows WHERE trashed_at > 0 AND state = 1)"
                           : "SELECT (SELECT count(*) FROM rows WHERE state = 1 AND trashed_at = 0"
                             " AND (recipient IN (SELECT value FROM json_each(?1))"
                             " OR recipient_domain IN (SELECT value FROM json_each(?2)))) +"
                             " (SELECT count(*) FROM rows WHERE state = 1 AND trashed_at = 0"
                             " AND sending_domain <> ''"
                             " AND sending_domain IN (SELECT value FROM json_each(?2))"
                             " AND recipient NOT IN (SELECT value FROM json_each(?1))"
                             " AND recipient_domain NOT IN (SELECT value FROM json_each(?2)))"};
    const auto addresses = json_list(reach.addresses()), domains = json_list(reach.domains());
    if (!is_all) {
        count.bind(1, addresses);
        count.bind(2, domains);
    }
    count.next();
    return static_cast<std::uint64_t>(count.integer(0));
}

std::vector<Row> MailReader::select(const RowQuery& query, std::string_view within,
                                    const std::string& eighth, const std::string& ninth)
{
    std::string sql = select_row + "WHERE 1";
    add_filters(sql, query);
    sql += within;
    sql += " ORDER BY r.mail DESC, r.number DESC LIMIT ?7";
    Statement statement{database_, sql};
    const std::string pattern = like_pattern(query.text);
    const auto bind = [&](int index, bool is_used, const auto& value) {
        if (is_used)
            statement.bind(index, value);
    };
    bind(1, !query.recipient.empty(), query.recipient);
    bind(2, !query.recipient_domain.empty(), query.recipient_domain);
    bind(3, !query.text.empty(), pattern);
    bind(8, within.contains("?8"), eighth);
    bind(9, within.contains("?9"), ninth);
    if (query.mail)
        statement.bind(4, query.mail->value());
    if (query.after) {
        statement.bind(5, query.after->mail.value());
        statement.bind(6, query.after->number);
    }
    statement.bind(7, query.limit);
    std::vector<Row> rows;
    while (statement.next())
        rows.push_back(read(statement, false));
    return rows;
}

std::optional<PackedBody> MailReader::body(mail::MailId id)
{
    const View view{database_};
    PackedBody body;
    auto& from = sql_->body;
    if (!from.start(id.value()).next())
        return std::nullopt;
    body.size = static_cast<std::uint64_t>(from.integer(0));
    body.stored = static_cast<std::uint64_t>(from.integer(1));
    body.dots = static_cast<mail::Dots>(from.integer(2));
    body.is_compressed = from.integer(3) != 0;
    const auto place = static_cast<Place>(from.integer(4));
    body.checksum = static_cast<std::uint64_t>(from.integer(5));
    from.reset();
    body.is_file = place == Place::file;
    if (place == Place::dropped)
        return std::nullopt;
    if (place == Place::table) {
        if (!sql_->bytes.start(id.value()).next())
            return std::nullopt;
        body.bytes = sql_->bytes.blob(0);
        sql_->bytes.reset();
    }
    return body;
}

std::optional<mail::MailId> MailReader::find(const TransactionHash& hash, WallTime since,
                                             WallTime until)
{
    const std::int64_t hour = 3'600'000'000'000;
    const Blob blob{{reinterpret_cast<const char*>(hash.data()), hash.size()}};
    std::optional<mail::MailId> found;
    for (auto bucket = stored_time(since) / hour; !found && bucket <= stored_time(until) / hour;
         ++bucket) {
        if (sql_->find.start(bucket, blob, stored_time(since)).next())
            found = mail::MailId{static_cast<std::uint64_t>(sql_->find.integer(0))};
        sql_->find.reset();
    }
    return found;
}
}
