// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/lesson_book.hpp"

#include "gateway/net/env.hpp"
#include "storage/set_aside.hpp"
#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/texts.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace storage::sqlite {
namespace {
constexpr int long_wal = 1000; ///< pages
constexpr std::string_view lesson_columns
    = "SELECT number, mail, time, kind, is_trusted, features, step FROM lessons ";

Lesson lesson_at(const Statement& row)
{
    Lesson lesson;
    lesson.number = static_cast<std::uint64_t>(row.integer(0));
    lesson.mail = mail::MailId{static_cast<std::uint64_t>(row.integer(1))};
    lesson.time = time_from(row.integer(2));
    const auto kind = row.integer(3);
    lesson.kind = kind == 0 ? Lesson::Kind::ham
        : kind == 1         ? Lesson::Kind::spam
                            : Lesson::Kind::taken_back;
    lesson.is_trusted = row.integer(4) != 0;
    lesson.features = row.blob(5);
    lesson.step = row.blob(6);
    return lesson;
}
}

LessonBook::LessonBook(const std::string& directory, Files& files)
    : path_{directory + "/lessons.db"}, files_{files}
{
    open_or_renew();
}

void LessonBook::open()
{
    Database::Options options;
    options.path = path_;
    options.mode = Database::Mode::write;
    options.sync = Database::Sync::normal;
    options.vfs = files_.vfs();
    database_ = std::make_unique<Database>(options);
    migrate(*database_, lesson_migrations());
}

void LessonBook::open_or_renew()
{
    try {
        open();
        return;
    } catch (const Error& error) {
        // What was learnt stands in the model's file: a broken record must not keep the gate from
        // starting.
        if (!error.is_corruption() && !error.is_read_fault())
            throw;
        database_.reset();
        const auto aside = name_aside(path_, net::Env::real().wall_now());
        const auto note = fmt::format("{} was damaged ({}) and begun anew; no mail is concerned",
                                      path_, error.what());
        note_aside({aside, note});
        set_aside(path_, aside);
        spdlog::error("lessons: {}; it is kept as {}", note, aside);
    }
    open();
}

Database& LessonBook::database()
{
    if (!database_)
        open_or_renew();
    return *database_;
}

void LessonBook::checkpoint_if_long()
{
    if (database_->wal_pages() > long_wal)
        database_->checkpoint();
}

void LessonBook::keep(std::span<const KeptFeatures> kept)
{
    Transaction transaction{database()};
    Statement insert{*database_,
                     "INSERT OR REPLACE INTO kept(mail, time, features) VALUES(?1, ?2, ?3)"};
    for (const auto& one : kept)
        insert.run(one.mail.value(), stored_time(one.time), Blob{one.features});
    transaction.commit();
    checkpoint_if_long();
}

std::optional<std::string> LessonBook::kept(mail::MailId mail)
{
    Statement find{database(), "SELECT features FROM kept WHERE mail = ?1"};
    if (!find.start(mail.value()).next())
        return {};
    return std::string{find.blob(0)};
}

std::uint64_t LessonBook::record(const Lesson& lesson,
                                 const std::optional<std::pair<std::string, double>>& offset)
{
    Transaction transaction{database()};
    Statement insert{*database_,
                     "INSERT INTO lessons(mail, time, kind, is_trusted, features, step)"
                     " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"};
    insert.run(lesson.mail.value(), stored_time(lesson.time), static_cast<int>(lesson.kind),
               lesson.is_trusted, Blob{lesson.features}, Blob{lesson.step});
    const auto number = static_cast<std::uint64_t>(database_->last_row());
    if (offset) {
        Statement set{*database_, "INSERT OR REPLACE INTO offsets(user, offset) VALUES(?1, ?2)"};
        set.run(offset->first, offset->second);
    }
    transaction.commit();
    checkpoint_if_long();
    return number;
}

std::optional<Lesson> LessonBook::of(mail::MailId mail)
{
    Statement find{database(),
                   std::string{lesson_columns} + "WHERE mail = ?1 ORDER BY number DESC LIMIT 1"};
    if (!find.start(mail.value()).next())
        return {};
    auto lesson = lesson_at(find);
    if (lesson.kind == Lesson::Kind::taken_back)
        return {};
    return lesson;
}

void LessonBook::each_behind(std::uint64_t number, const std::function<void(Lesson)>& take)
{
    Statement rows{database(), std::string{lesson_columns} + "WHERE number > ?1 ORDER BY number"};
    for (rows.start(number); rows.next();)
        take(lesson_at(rows));
}

std::map<std::string, double, std::less<>> LessonBook::offsets()
{
    std::map<std::string, double, std::less<>> offsets;
    Statement rows{database(), "SELECT user, offset FROM offsets"};
    for (rows.start(); rows.next();)
        offsets.emplace(rows.text(0), rows.real(1));
    return offsets;
}

void LessonBook::sweep(WallTime before, std::size_t most, std::uint64_t saved)
{
    Transaction transaction{database()};
    Statement{*database_, "DELETE FROM kept WHERE time < ?1"}.run(stored_time(before));
    Statement{*database_,
              "DELETE FROM kept WHERE mail <= (SELECT mail FROM kept ORDER BY mail DESC"
              " LIMIT 1 OFFSET ?1)"}
        .run(static_cast<std::int64_t>(most));
    Statement{*database_, "DELETE FROM lessons WHERE time < ?1 AND number <= ?2"}.run(
        stored_time(before), saved);
    transaction.commit();
    checkpoint_if_long();
}
}
