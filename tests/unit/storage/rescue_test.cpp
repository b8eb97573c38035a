// SPDX-License-Identifier: Apache-2.0
#include "storage/set_aside.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/rescue.hpp"
#include "storage/sqlite/schema.hpp"
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace std::chrono_literals;
using storage::Commit;
using storage::RowState;

namespace {
/// A closed data directory with mail in it: 1 to `count` wait or are held in turn, 1,000 has a
/// body of its own, and bob's list has an entry.
struct Kept : Gateway {
    explicit Kept(std::uint64_t mails) : count{mails}
    {
        for (std::uint64_t id = 1; id <= count; ++id)
            CHECK(commit(make_mail(id, noise(3000)),
                         one_row(id % 2 ? RowState::waiting : RowState::held))
                  == Commit::done);
        CHECK(commit(make_mail(1000, noise(2 << 20)), one_row()) == Commit::done);
        auto entry = *storage::parse_list_entry("friend.example");
        entry.scope = "bob@b.example";
        wait_for(loop, storage->lists->add(entry));
        storage.reset();
    }
    std::string path(const std::string& name = "mail.db") const
    {
        return directory.path() + "/" + name;
    }
    std::uintmax_t size() const { return std::filesystem::file_size(path()); }
    void write_at(std::uintmax_t at, const std::string& bytes) const
    {
        std::fstream file{path(), std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(static_cast<std::streamoff>(at));
        file << bytes;
    }
    /// How many of the mails are there and can be read whole.
    std::uint64_t readable()
    {
        std::uint64_t found = 0;
        for (const auto id : ids()) {
            const auto mail = mail::MailId{id};
            if (!wait_for(loop, store().row({mail, 1})))
                continue;
            const auto size = id == 1000 ? 2U << 20 : 3000U;
            found += wait_for(loop, store().message(mail)).size() > size ? 1 : 0;
        }
        return found;
    }
    std::vector<std::uint64_t> ids() const
    {
        std::vector<std::uint64_t> all{1000};
        for (std::uint64_t id = 1; id <= count; ++id)
            all.push_back(id);
        return all;
    }
    std::vector<storage::SetAside> aside() const { return storage::set_aside_in(directory.path()); }
    /// It serves: takes mail and finds it again after a restart.
    void serves()
    {
        CHECK(commit(make_mail(5000), one_row()) == Commit::done);
        restart();
        CHECK(state(5000) == RowState::waiting);
    }
    std::uint64_t count;
};
}

TEST_CASE("a page of garbage in mail.db costs what stood on it, and the rest is saved")
{
    Kept kept{200};
    const auto pages = kept.size() / 16384;
    REQUIRE(pages > 20);
    // A page of bodies or mails: only some mails have to do with it.
    kept.write_at((pages / 2) * 16384, std::string(16384, '\xA5'));
    kept.open();
    const auto aside = kept.aside();
    REQUIRE(aside.size() == 1);
    CHECK_THAT(aside[0].path, Catch::Contains("mail.db.damaged-20"));
    CHECK_THAT(aside[0].note, Catch::Contains("was damaged") && Catch::Contains("were saved"));
    const auto saved = kept.readable();
    CAPTURE(saved, aside[0].note);
    CHECK(saved >= 150);
    CHECK_THAT(aside[0].note, Catch::Contains("; at least "));
    CHECK(kept.store().usage().waiting + kept.store().usage().held == saved);
    CHECK(kept.state(1000) == RowState::waiting);
    CHECK(kept.storage->lists->count() == 1);
    kept.serves();
    CHECK(kept.aside().size() == 1);
}

TEST_CASE("a truncated mail.db gives what is left of it, and bodies without a row are kept")
{
    Kept kept{200};
    const auto body = kept.path("bodies/" + mail::MailId{1000}.to_string());
    REQUIRE(std::filesystem::exists(body));
    std::filesystem::resize_file(kept.path(), kept.size() * 3 / 4);
    kept.open();
    const auto aside = kept.aside();
    REQUIRE(aside.size() == 1);
    CHECK(std::filesystem::exists(aside[0].path));
    const bool is_saved = kept.state(1000).has_value();
    const auto moved = aside[0].path + "-bodies/" + mail::MailId{1000}.to_string();
    CHECK(std::filesystem::exists(is_saved ? body : moved));
    kept.serves();
}

TEST_CASE("a mail.db that is none any more is kept, nothing is swept, and the gateway serves")
{
    Kept kept{5};
    const auto body = mail::MailId{1000}.to_string();
    SECTION("wrong header") { kept.write_at(0, "This is not a database."); }
    SECTION("nothing but noise") { kept.write_at(0, noise(static_cast<std::size_t>(kept.size()))); }
    SECTION("cut to nothing") { std::filesystem::resize_file(kept.path(), 0); }
    SECTION("cut within the first page") { std::filesystem::resize_file(kept.path(), 700); }
    kept.open();
    const auto aside = kept.aside();
    REQUIRE(aside.size() == 1);
    CHECK(std::filesystem::exists(aside[0].path + "-bodies/" + body));
    CHECK(kept.store().usage().waiting == 0);
    kept.serves();
    std::filesystem::remove(aside[0].path);
    CHECK(kept.aside().empty());
}

TEST_CASE("a mail.db of a newer mailweir is refused in words and left alone")
{
    Kept kept{5};
    {
        storage::sqlite::Database::Options options;
        options.path = kept.path();
        options.mode = storage::sqlite::Database::Mode::write;
        storage::sqlite::Database database{options};
        database.run("PRAGMA user_version = 99");
    }
    const auto opened = storage::open(kept.settings, kept.env);
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error(), Catch::Contains("written by a newer mailweir (format 99"));
    CHECK(kept.aside().empty());
    CHECK(std::filesystem::exists(kept.path()));
}

TEST_CASE("a replacement that a crash interrupted is ended by the next start")
{
    Kept kept{5};
    std::filesystem::rename(kept.path(), kept.path("mail.db.rescued"));
    kept.open();
    CHECK(kept.readable() == 6);
    CHECK_FALSE(std::filesystem::exists(kept.path("mail.db.rescued")));
}

TEST_CASE("two damages in one second are kept under two names")
{
    Kept kept{1};
    for (int i = 0; i < 2; ++i) {
        kept.storage.reset();
        kept.write_at(0, "This is not a database.");
        kept.open();
    }
    CHECK(kept.aside().size() == 2);
}

TEST_CASE("a crash between the log's new name and the database's leaves the rescued one in force")
{
    Kept kept{5};
    const auto aside = kept.path("mail.db.damaged-20260101T000000Z");
    std::filesystem::copy_file(kept.path(), kept.path("mail.db.rescued"));
    {
        // Without its log it is whole, and knows nothing of the mail.
        storage::sqlite::Database::Options options;
        options.path = kept.path();
        options.mode = storage::sqlite::Database::Mode::write;
        storage::sqlite::Database database{options};
        database.run("DELETE FROM rows; DELETE FROM mails");
    }
    std::ofstream{aside + "-wal"} << "the log";
    std::ofstream{kept.path("mail.db.replacing")} << aside << "\n";
    kept.open();
    CHECK(kept.readable() == 6);
    CHECK(std::filesystem::exists(aside));
    CHECK_FALSE(std::filesystem::exists(kept.path("mail.db.rescued")));
    CHECK_FALSE(std::filesystem::exists(kept.path("mail.db.replacing")));
    kept.serves();
}

TEST_CASE("a replacement stopped at any step is ended by the next start")
{
    struct Stopping : storage::Files {
        explicit Stopping(int steps) : left{steps} { }
        void reach(Step, const std::string& path) override
        {
            if (left-- == 0)
                throw std::system_error{EIO, std::generic_category(), path};
        }
        int left;
    };
    bool was_stopped = true;
    for (int steps = 0; was_stopped; ++steps) {
        REQUIRE(steps < 40);
        Kept kept{60};
        kept.write_at(kept.size() / 16384 / 2 * 16384, std::string(16384, '\xA5'));
        Stopping files{steps};
        was_stopped = !storage::open(kept.settings, kept.env, files);
        kept.open();
        CAPTURE(steps);
        CHECK(kept.readable() > 30);
        CHECK(kept.aside().size() == 1);
        CHECK_FALSE(std::filesystem::exists(kept.path("mail.db.replacing")));
    }
}

TEST_CASE("the limit of a rescue holds for all that it reads")
{
    Kept kept{5};
    storage::sqlite::Database::Options options;
    options.path = kept.path("new.db");
    options.mode = storage::sqlite::Database::Mode::write;
    storage::sqlite::Database fresh{options};
    storage::sqlite::migrate(fresh, storage::sqlite::mail_migrations());
    options.path = kept.path();
    options.mode = storage::sqlite::Database::Mode::read;
    const auto none = storage::sqlite::rescue(options, fresh, 0s);
    CHECK(none.is_cut_short);
    CHECK(none.rows + none.entries == 0);
    const auto all = storage::sqlite::rescue(options, fresh, 60s);
    CHECK_FALSE(all.is_cut_short);
    CHECK(all.rows == 6);
    CHECK(all.entries == 1);
}
