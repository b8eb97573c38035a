// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/rescue.hpp"

#include "gateway/mail/id.hpp"
#include "storage/set_aside.hpp"
#include "storage/sqlite/formats.hpp"
#include "storage/store.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <spdlog/spdlog.h>

namespace storage::sqlite {
namespace {
using Clock = std::chrono::steady_clock;
constexpr std::size_t rows_per_transaction = 200;
constexpr std::size_t ids_told = 20;

// The columns of the first format; later ones have defaults, or what `owners_send` says.
constexpr std::string_view mail_columns
    = "id, received_at, listener, direction, client, sender, declared_size, is_8bit, is_smtputf8,"
      " ret, envid, from_text, subject, message_id, size, stored, dots, is_compressed, place,"
      " checksum, committed_at, hash";
constexpr int mail_column_count = 22;
constexpr std::string_view row_columns
    = "mail, number, state, next_attempt, attempts, changed_at, address, recipient,"
      " recipient_domain, reason, last_reply, notify, orcpt, score, stamp, left_out";
constexpr int row_column_count = 16;
constexpr std::string_view list_columns
    = "scope, effect, kind, text, author, note, created, expires, hits, last_hit";
constexpr int list_column_count = 10;

std::string places(int count)
{
    std::string text;
    for (int i = 1; i <= count; ++i)
        text += (i == 1 ? "?" : ", ?") + std::to_string(i);
    return text;
}

std::string insert_text(std::string_view table, std::string_view columns, int count)
{
    return fmt::format("INSERT OR IGNORE INTO {}({}) VALUES({})", table, columns, places(count));
}

/// Reads on until the end, the first damage, or `until`; false: time was up.
template <class Take>
bool read_while_well(Database& database, const std::string& sql, Clock::time_point until,
                     Take&& take)
{
    try {
        Statement statement{database, sql};
        for (statement.start(); statement.next();) {
            if (Clock::now() > until)
                return false;
            take(statement);
        }
    } catch (const Error& error) {
        // What lies behind the damage is looked for from the other side.
        spdlog::debug("rescue: {}: {}", sql, error.what());
    }
    return true;
}

class Rescue {
public:
    Rescue(const Database::Options& damaged, Database& fresh, std::chrono::seconds limit)
        : old_{damaged}, fresh_{fresh}, look_until_{Clock::now() + limit / 2},
          until_{Clock::now() + limit}
    {
        old_.abandon();
    }

    Rescued run()
    {
        take_lists();
        find_rows();
        std::optional<Transaction> transaction;
        std::size_t in_transaction = 0;
        for (const auto& id : ids_) {
            if (Clock::now() > until_) {
                rescued_.is_cut_short = true;
                break;
            }
            if (!transaction)
                transaction.emplace(fresh_);
            take_row(id);
            if (++in_transaction == rows_per_transaction) {
                transaction->commit();
                transaction.reset();
                in_transaction = 0;
            }
        }
        if (transaction)
            transaction->commit();
        fresh_.run(owners_send);
        look_until_ = until_;
        take_audit();
        return std::move(rescued_);
    }

private:
    template <class Take> void look(const std::string& sql, Take&& take)
    {
        if (!read_while_well(old_, sql, look_until_, std::forward<Take>(take)))
            rescued_.is_cut_short = true;
    }
    void take_lists()
    {
        Transaction transaction{fresh_};
        Statement insert{fresh_, insert_text("lists", list_columns, list_column_count)};
        for (const auto* order : {"ASC", "DESC"})
            look(fmt::format("SELECT {} FROM lists ORDER BY number {}", list_columns, order),
                 [&](const Statement& entry) {
                     rescued_.entries += Rescue::insert(insert, entry, list_column_count) ? 1U : 0U;
                 });
        transaction.commit();
    }
    /// Who did what: of all that is taken it may be the longest and is the least.
    void take_audit()
    {
        Transaction transaction{fresh_};
        Statement insert_audit{fresh_, insert_text("audit", "number, time, who, act, object", 5)};
        for (const auto* order : {"ASC", "DESC"})
            look(fmt::format("SELECT number, time, who, act, object FROM audit"
                             " ORDER BY number {}",
                             order),
                 [&](const Statement& act) { Rescue::insert(insert_audit, act, 5); });
        transaction.commit();
    }
    void find_rows()
    {
        for (const auto* from :
             {"rows NOT INDEXED", "rows INDEXED BY rows_waiting", "rows INDEXED BY rows_held"})
            for (const auto* order : {"ASC", "DESC"}) {
                const std::string_view table = from;
                const auto* states = table.ends_with("waiting") ? "state = 0"
                    : table.ends_with("held")                   ? "state = 1"
                                                                : "state <= 1";
                look(fmt::format("SELECT mail, number FROM {} WHERE {}"
                                 " ORDER BY mail {}, number {}",
                                 from, states, order, order),
                     [this](const Statement& row) {
                         ids_.insert({mail::MailId{static_cast<std::uint64_t>(row.integer(0))},
                                      static_cast<std::uint32_t>(row.integer(1))});
                     });
            }
    }
    void take_row(RowId id)
    {
        const auto mail = id.mail.value();
        const bool is_whole = take_mail(mail)
            && copy(row_, insert_row_, row_column_count,
                    [&](Statement& row) { row.start(mail, id.number); });
        if (is_whole) {
            ++rescued_.rows;
            return;
        }
        if (rescued_.lost++ < ids_told)
            rescued_.some_lost += (rescued_.some_lost.empty() ? "" : " ") + id.to_string();
    }
    /// The mail with its body, once for all its rows.
    bool take_mail(std::uint64_t id)
    {
        if (id == last_mail_)
            return is_last_whole_;
        last_mail_ = id;
        is_last_whole_ = false;
        int place = 0;
        const auto name = mail::MailId{id}.to_string();
        if (!copy(
                mail_, insert_mail_, mail_column_count, [&](Statement& row) { row.start(id); },
                [&](const Statement& row) { place = static_cast<int>(row.integer(18)); }))
            return false;
        is_last_whole_
            = place == 2 || copy(body_, insert_body_, 2, [&](Statement& row) { row.start(id); });
        if (place == 2)
            rescued_.bodies.insert(name);
        return is_last_whole_;
    }
    /// False when the row holds what no row may hold.
    static bool insert(Statement& to, const Statement& row, int columns)
    {
        try {
            return to.copy(row, columns) > 0;
        } catch (const Error& error) {
            if (!error.is_harmless())
                throw;
            return false;
        }
    }
    /// False when the old row is not there or cannot be read.
    bool copy(Statement& from, Statement& to, int columns, auto start,
              const std::function<void(const Statement&)>& look = {})
    {
        try {
            start(from);
            if (!from.next())
                return false;
            if (look)
                look(from);
        } catch (const Error&) {
            return false;
        }
        const bool is_taken = insert(to, from, columns);
        from.reset();
        return is_taken;
    }

    Database old_;
    Database& fresh_;
    Clock::time_point look_until_; ///< half of the time is for what is found
    Clock::time_point until_;
    std::set<RowId> ids_;
    std::uint64_t last_mail_ = 0;
    bool is_last_whole_ = false;
    Rescued rescued_;
    Statement row_{old_,
                   fmt::format("SELECT {} FROM rows WHERE mail = ?1 AND number = ?2"
                               " AND state <= 1",
                               row_columns)};
    Statement mail_{old_, fmt::format("SELECT {} FROM mails WHERE id = ?1", mail_columns)};
    Statement body_{old_, "SELECT mail, bytes FROM bodies WHERE mail = ?1"};
    Statement insert_row_{fresh_, insert_text("rows", row_columns, row_column_count)};
    Statement insert_mail_{fresh_, insert_text("mails", mail_columns, mail_column_count)};
    Statement insert_body_{fresh_, insert_text("bodies", "mail, bytes", 2)};
};

constexpr std::string_view marker_name = "mail.db.replacing";

std::string fresh_path(const std::string& directory) { return directory + "/mail.db.rescued"; }

void remove_with_log(const std::string& path)
{
    for (const std::string suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(path + suffix);
}

/// Bodies that no saved row names are kept beside the damaged database, not swept.
void keep_bodies(const std::string& directory, const std::set<std::string>& needed,
                 const std::string& aside)
{
    const auto bodies = std::filesystem::path{directory} / "bodies";
    std::error_code missing;
    std::vector<std::filesystem::path> kept;
    for (const auto& entry : std::filesystem::directory_iterator{bodies, missing})
        if (!needed.contains(entry.path().filename().string()))
            kept.push_back(entry.path());
    if (kept.empty())
        return;
    std::filesystem::create_directories(aside + "-bodies");
    for (const auto& path : kept)
        std::filesystem::rename(path, std::filesystem::path{aside + "-bodies"} / path.filename());
}
}

std::string Rescued::to_string() const
{
    auto text = fmt::format("{} waiting and held recipients and {} list entries were saved", rows,
                            entries);
    if (lost > 0)
        text += fmt::format("; at least {} could not be read: {}{}", lost, some_lost,
                            lost > ids_told ? " ..." : "");
    if (is_cut_short)
        text += "; time was up, more may be in it";
    return text;
}

Rescued rescue(const Database::Options& damaged, Database& fresh, std::chrono::seconds limit)
{
    try {
        return Rescue{damaged, fresh, limit}.run();
    } catch (const Error& error) {
        if (error.is_full())
            throw;
        spdlog::error("rescue: nothing can be read: {}", error.what());
        return {};
    }
}

void replace_damaged(const std::string& directory, Files& files, std::chrono::seconds limit,
                     std::chrono::system_clock::time_point now, const std::string& why)
{
    const auto path = path_in(directory, DatabaseFile::mail);
    const auto aside = name_aside(path, now);
    spdlog::error("store: {} is damaged: {}; saving what can be read", path, why);
    files.remove(directory + "/" + std::string{marker_name});
    remove_with_log(fresh_path(directory));
    Rescued rescued;
    {
        Database::Options options;
        options.path = fresh_path(directory);
        options.mode = Database::Mode::write;
        options.vfs = files.vfs();
        Database fresh{options};
        migrate(fresh, mail_migrations());
        options.path = path;
        options.mode = Database::Mode::read;
        options.is_damaged = true;
        rescued = rescue(options, fresh, limit);
        fresh.checkpoint(true);
    }
    std::filesystem::permissions(fresh_path(directory),
                                 std::filesystem::perms::owner_read
                                     | std::filesystem::perms::owner_write);
    keep_bodies(directory, rescued.bodies, aside);
    const auto note
        = fmt::format("{} was damaged ({}) and begun anew; {}", path, why, rescued.to_string());
    note_aside({aside, note});
    // From here on the rescued one counts: mail.db without its log may look whole, and be old.
    files.create(directory, std::string{marker_name},
                 [&](const Files::Write& write) { write(aside + "\n"); });
    finish_replacement(directory, files);
    spdlog::error("store: {}; it is kept as {}", note, aside);
}

void finish_replacement(const std::string& directory, Files& files)
{
    const auto path = path_in(directory, DatabaseFile::mail);
    const auto marker = directory + "/" + std::string{marker_name};
    const bool is_begun = std::filesystem::exists(marker);
    const bool has_fresh = std::filesystem::exists(fresh_path(directory));
    if (is_begun && has_fresh && std::filesystem::exists(path)) {
        std::string aside;
        std::ifstream in{marker};
        std::getline(in, aside);
        set_aside(path, aside);
    }
    if (has_fresh && !std::filesystem::exists(path))
        std::filesystem::rename(fresh_path(directory), path);
    if (!is_begun)
        return;
    files.sync_directory(directory);
    files.remove(marker);
}
}
