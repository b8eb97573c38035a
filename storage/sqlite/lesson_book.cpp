// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/lesson_book.hpp"

#include "storage/sqlite/mail_tables.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/texts.hpp"

#include <algorithm>

namespace storage::sqlite {
namespace {
constexpr int long_wal = 1000; ///< pages
constexpr std::string_view lesson_columns
    = "SELECT number, mail, time, kind, is_trusted, features, step, undoes FROM lessons ";

Lesson::Kind kind_from(std::int64_t number)
{
    return number == 0 ? Lesson::Kind::ham
        : number == 1  ? Lesson::Kind::spam
                       : Lesson::Kind::taken_back;
}

Lesson lesson_at(const Statement& row)
{
    Lesson lesson;
    lesson.number = static_cast<std::uint64_t>(row.integer(0));
    lesson.mail = mail::MailId{static_cast<std::uint64_t>(row.integer(1))};
    lesson.time = time_from(row.integer(2));
    lesson.kind = kind_from(row.integer(3));
    lesson.is_trusted = row.integer(4) != 0;
    lesson.features = row.blob(5);
    lesson.step = row.blob(6);
    lesson.undoes = static_cast<std::uint64_t>(row.integer(7));
    return lesson;
}

std::uint64_t insert(Database& database, const Lesson& lesson)
{
    Statement{database,
              "INSERT INTO lessons(mail, time, kind, is_trusted, features, step, undoes)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"}
        .run(lesson.mail.value(), stored_time(lesson.time), static_cast<int>(lesson.kind),
             lesson.is_trusted, Blob{lesson.features}, Blob{lesson.step}, lesson.undoes);
    return static_cast<std::uint64_t>(database.last_row());
}

void write(Database& database, const Voice& voice)
{
    if (voice.kind == Lesson::Kind::taken_back)
        Statement{database, "DELETE FROM voices WHERE mail = ?1 AND who = ?2"}.run(
            voice.mail.value(), voice.who);
    else
        Statement{database,
                  "INSERT OR REPLACE INTO voices(mail, who, time, kind, offset_step)"
                  " VALUES(?1, ?2, ?3, ?4, ?5)"}
            .run(voice.mail.value(), voice.who, stored_time(voice.time),
                 static_cast<int>(voice.kind), voice.offset_step);
}

void checkpoint_if_long(Database& database)
{
    if (database.wal_pages() > long_wal)
        database.checkpoint();
}
}

LessonBook::LessonBook(const std::string& directory, Files& files)
    : database_{directory, DatabaseFile::lessons, files}
{ }

void LessonBook::keep(std::span<const KeptFeatures> kept)
{
    database_.use([&](Database& database) {
        Transaction transaction{database};
        Statement insert{database,
                         "INSERT OR REPLACE INTO kept(mail, time, features) VALUES(?1, ?2, ?3)"};
        for (const auto& one : kept)
            insert.run(one.mail.value(), stored_time(one.time), Blob{one.features});
        transaction.commit();
        checkpoint_if_long(database);
    });
}

std::optional<std::string> LessonBook::kept(mail::MailId mail)
{
    return database_.use([&](Database& database) -> std::optional<std::string> {
        Statement find{database, "SELECT features FROM kept WHERE mail = ?1"};
        if (find.start(mail.value()).next())
            return std::string{find.blob(0)};
        Statement taught{
            database, "SELECT features FROM lessons WHERE mail = ?1 ORDER BY number DESC LIMIT 1"};
        if (taught.start(mail.value()).next())
            return std::string{taught.blob(0)};
        return {};
    });
}

std::uint64_t LessonBook::record(const Change& change)
{
    return database_.use([&](Database& database) {
        Transaction transaction{database};
        std::uint64_t number = 0;
        for (const auto& lesson : change.lessons)
            number = insert(database, lesson);
        for (const auto& voice : change.voices)
            write(database, voice);
        if (change.offset)
            Statement{database,
                      "INSERT OR REPLACE INTO offsets(user, offset, time) VALUES(?1, ?2, ?3)"}
                .run(change.offset->first, change.offset->second, stored_time(change.time));
        transaction.commit();
        checkpoint_if_long(database);
        return number;
    });
}

std::optional<Lesson> LessonBook::of(mail::MailId mail)
{
    return database_.use([&](Database& database) -> std::optional<Lesson> {
        Statement find{
            database, std::string{lesson_columns} + "WHERE mail = ?1 ORDER BY number DESC LIMIT 1"};
        if (!find.start(mail.value()).next())
            return {};
        auto lesson = lesson_at(find);
        if (lesson.kind == Lesson::Kind::taken_back)
            return {};
        return lesson;
    });
}

std::vector<mail::MailId> LessonBook::taught(Lesson::Kind kind, std::size_t most)
{
    return database_.use([&](Database& database) {
        std::vector<mail::MailId> mails;
        Statement rows{
            database,
            "SELECT mail FROM lessons WHERE kind = ?1 AND is_trusted = 1 AND number NOT IN"
            " (SELECT undoes FROM lessons WHERE undoes > 0) ORDER BY number DESC LIMIT ?2"};
        for (rows.start(static_cast<int>(kind), static_cast<std::int64_t>(most)); rows.next();)
            mails.push_back(mail::MailId{static_cast<std::uint64_t>(rows.integer(0))});
        std::ranges::reverse(mails);
        return mails;
    });
}

std::vector<Voice> LessonBook::voices(mail::MailId mail)
{
    return database_.use([&](Database& database) {
        std::vector<Voice> voices;
        Statement rows{database,
                       "SELECT who, time, kind, offset_step FROM voices WHERE mail = ?1"
                       " ORDER BY time, who"};
        for (rows.start(mail.value()); rows.next();)
            voices.push_back({mail, std::string{rows.text(0)}, time_from(rows.integer(1)),
                              kind_from(rows.integer(2)), rows.real(3)});
        return voices;
    });
}

std::size_t LessonBook::said(std::string_view who, WallTime since)
{
    return database_.use([&](Database& database) {
        Statement count{database, "SELECT count(*) FROM voices WHERE who = ?1 AND time >= ?2"};
        count.start(who, stored_time(since)).next();
        return static_cast<std::size_t>(count.integer(0));
    });
}

void LessonBook::each_behind(std::uint64_t number, const std::function<void(Lesson)>& take)
{
    database_.use([&](Database& database) {
        Statement rows{database,
                       std::string{lesson_columns}
                           + "WHERE number > ?1 AND (undoes <= ?1 OR undoes IN"
                             " (SELECT number FROM lessons)) ORDER BY number"};
        for (rows.start(number); rows.next();)
            take(lesson_at(rows));
    });
}

std::uint64_t LessonBook::last()
{
    return database_.use([&](Database& database) {
        Statement row{database, "SELECT seq FROM sqlite_sequence WHERE name = 'lessons'"};
        return row.start().next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
    });
}

std::map<std::string, double, std::less<>> LessonBook::offsets()
{
    return database_.use([&](Database& database) {
        std::map<std::string, double, std::less<>> offsets;
        Statement rows{database, "SELECT user, offset FROM offsets"};
        for (rows.start(); rows.next();)
            offsets.emplace(rows.text(0), rows.real(1));
        return offsets;
    });
}

bool LessonBook::sweep(const Sweep& sweep)
{
    return database_.use([&](Database& database) {
        const auto before = stored_time(sweep.before);
        Transaction transaction{database};
        Statement{database, "DELETE FROM kept WHERE time < ?1"}.run(before);
        Statement{database,
                  "DELETE FROM kept WHERE mail <= (SELECT mail FROM kept ORDER BY mail DESC"
                  " LIMIT 1 OFFSET ?1)"}
            .run(static_cast<std::int64_t>(sweep.most_kept));
        Statement{database, "DELETE FROM lessons WHERE time < ?1 AND number <= ?2"}.run(
            before, sweep.saved);
        Statement{database, "DELETE FROM voices WHERE time < ?1"}.run(before);
        auto gone = Statement{database, "DELETE FROM offsets WHERE time < ?1"}.run(
            stored_time(sweep.offsets_before));
        gone += Statement{database,
                          "DELETE FROM offsets WHERE user IN (SELECT user FROM offsets"
                          " ORDER BY time DESC LIMIT -1 OFFSET ?1)"}
                    .run(static_cast<std::int64_t>(sweep.most_offsets));
        transaction.commit();
        checkpoint_if_long(database);
        return gone > 0;
    });
}
}
