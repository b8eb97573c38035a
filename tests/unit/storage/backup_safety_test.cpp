// SPDX-License-Identifier: Apache-2.0
// What must not go wrong: keys in the open, backups that do not come back, files nobody can remove.
#include "storage/backup/swap.hpp"
#include "storage/sqlite/formats.hpp"
#include "storage/sqlite/snapshot.hpp"
#include "tests/unit/storage/site.hpp"
#include "tests/unit/storage/steps.hpp"

TEST_CASE("a backup has every database that a gateway writes, and one of them all comes back")
{
    Site site;
    for (const auto& known : storage::sqlite::known_databases()) {
        const auto path = site.data() + "/" + std::string{known.name};
        if (storage::sqlite::format_of(path, nullptr) > 0)
            continue;
        write(path, "");
        auto database = storage::sqlite::open_alone(path);
        storage::sqlite::migrate(database, known.migrations);
    }
    const auto archive = site.backed_up();
    CHECK(about_of(archive).formats == known_formats());
    CHECK(verify(archive, "", site.shelf.path()).problems.empty());
    site.storage.reset();
    CHECK_NOTHROW(restore(restore_of(archive, site.data())));
    for (const auto& [name, format] : known_formats())
        CHECK(storage::sqlite::format_of(site.data() + "/" + name, nullptr) == format);
}

TEST_CASE("a database that only a newer version knows stays in the backup")
{
    Site site;
    {
        write(site.data() + "/dreams.db", "");
        auto dreams = storage::sqlite::open_alone(site.data() + "/dreams.db");
        dreams.run("CREATE TABLE dreams(a); PRAGMA user_version = 1");
    }
    const auto archive = site.backed_up();
    const Directory there;
    const auto done = restore(restore_of(archive, there.path() + "/data"));
    CHECK(std::ranges::any_of(done.notes, [](const auto& n) { return n.contains("dreams.db"); }));
    CHECK_FALSE(std::filesystem::exists(there.path() + "/data/dreams.db"));
    CHECK(std::filesystem::exists(there.path() + "/data/mail.db"));
}

TEST_CASE("two backups of one directory are not made at a time")
{
    Site site;
    const Directory other;
    auto order = site.order();
    bool was_refused = false;
    order.between = [&] {
        if (was_refused)
            return;
        auto second = site.order();
        second.to = other.path();
        CHECK_THROWS_WITH(create(std::move(second)), Catch::Contains("another backup"));
        was_refused = true;
    };
    const auto archive = create(std::move(order)).path;
    CHECK(was_refused);
    CHECK(verify(archive, "", site.shelf.path()).problems.empty());
}

namespace {
/// The same archive with one member changed (nullopt: left out), and true sums.
void forge(const std::string& from, const std::string& to, std::string_view wanted,
           const std::optional<std::string>& text)
{
    ArchiveReader reader{from};
    std::ofstream out{to};
    ArchiveWriter writer{[&](std::string_view bytes) { out << bytes; }};
    while (const auto member = reader.next()) {
        if (member->name == sums_name)
            continue;
        if (!member->link.empty())
            writer.add_link(member->name, member->link);
        else if (member->name != wanted)
            writer.add_text(member->name, reader.text(64 << 20));
        else if (text)
            writer.add_text(member->name, *text);
    }
    writer.finish();
}
}

TEST_CASE("a backup whose databases are not what it says is not well, and is not restored")
{
    Site site;
    const auto archive = site.backed_up();
    site.storage.reset();
    const auto body = "data/bodies/" + mail::MailId{2}.to_string();
    const auto [member, text] = GENERATE_COPY(
        table<std::string, std::optional<std::string>>({{"data/mail.db", std::nullopt},
                                                        {"data/mail.db", std::string{}},
                                                        {"data/history.db", std::string{}},
                                                        {"data/mail.db", std::string(40'000, 'x')},
                                                        {body, std::nullopt}}));
    const auto forged = site.shelf.path() + "/forged";
    forge(archive, forged, member, text);
    CHECK_NOTHROW(read_through(forged));
    CHECK_FALSE(verify(forged, "", site.shelf.path()).problems.empty());
    if (text || member == body) {
        CHECK_THROWS(restore(restore_of(forged, site.data())));
        CHECK_FALSE(std::filesystem::exists(waiting_folder(site.data())));
    }
    site.open();
    CHECK(site.state(2) == RowState::held);
}

TEST_CASE("what the disk refuses of other files is noted, and the backup is made")
{
    Site site;
    const auto& data = site.data();
    std::filesystem::create_directories(data + "/lost+found");
    std::filesystem::create_symlink("/etc/hostname", data + "/leads-out");
    std::filesystem::create_symlink("nowhere", data + "/leads-nowhere");
    write(data + "/two\nlines", "text");
    write(data + "/other/plain", "text");
    write(data + "/other/x.key", std::string(2 << 20, 'x'));
    const auto made = create(site.order("correct horse battery"));
    const auto is_noted = [&](std::string_view name) {
        return std::ranges::any_of(made.notes, [&](const auto& n) { return n.contains(name); });
    };
    CHECK(is_noted("leads-out"));
    CHECK(is_noted("lines"));
    CHECK(is_noted("x.key"));
    CHECK_FALSE(is_noted("lost+found"));
    const auto members = read_through(made.path).members;
    CHECK(std::ranges::find(members, "data/other/plain", &Member::name) != members.end());
    CHECK(verify(made.path, "", site.shelf.path()).problems.empty());
}

TEST_CASE("a damaged history is noted and keeps no mail out of the backup")
{
    Site site;
    site.storage.reset();
    write(site.data() + "/history.db", std::string(40'000, 'x'));
    const auto made = create(site.order());
    CHECK(std::ranges::any_of(made.notes, [](const auto& n) { return n.contains("history.db"); }));
    CHECK(verify(made.path, "", site.shelf.path()).problems.empty());
    write(site.data() + "/mail.db", std::string(40'000, 'x'));
    CHECK_THROWS(create(site.order()));
}

TEST_CASE("private keys are sealed wherever they lie")
{
    Site site;
    const std::string pem = "-----BEGIN CERTIFICATE-----\nx\n-----BEGIN PRIVATE KEY-----\nSESAME\n"
                            "-----END PRIVATE KEY-----\n";
    const Directory outside;
    write(outside.path() + "/both.pem", pem);
    write(outside.path() + "/mailweir.yaml", "hostname: mx.test");
    write(site.data() + "/dkim/s1.pem", pem);
    write(site.data() + "/tls/server", pem);
    write(site.data() + "/tls/named", "SESAME");
    write(site.data() + "/tls/certificate", "public");
    const bool is_sealed = GENERATE(true, false);
    auto order = site.order(is_sealed ? "correct horse battery" : "");
    order.configuration = {outside.path() + "/both.pem", outside.path() + "/mailweir.yaml"};
    order.keys = {outside.path() + "/both.pem", site.data() + "/tls/named"};
    const auto archive = create(std::move(order)).path;
    ArchiveReader reader{archive};
    std::size_t sealed = 0;
    while (const auto member = reader.next()) {
        if (member->link.empty())
            CHECK_FALSE(reader.text(64 << 20).contains("SESAME"));
        sealed += member->name.starts_with(sealed_prefix);
    }
    CHECK(sealed == (is_sealed ? 5 : 0)); // and the secret
    // Keys that the backup does not bring stay.
    site.storage.reset();
    restore(restore_of(archive, site.data()));
    CHECK(text_of(site.data() + "/tls/server") == pem);
    CHECK(text_of(site.data() + "/tls/certificate") == "public");
}

TEST_CASE("a kill of root's backup or restore leaves nothing that its owner cannot clear away")
{
    if (::geteuid() != 0) {
        WARN("SKIPPED: only root can be killed as root");
        return;
    }
    constexpr uid_t nobody = 65534;
    Site site;
    const auto archive = site.backed_up("correct horse battery");
    site.storage.reset();
    const Directory again;
    std::filesystem::permissions(again.path(), std::filesystem::perms::all);
    const auto give
        = [](const std::string& path) { REQUIRE(::lchown(path.c_str(), nobody, nobody) == 0); };
    const auto shelf = again.path() + "/shelf";
    const bool is_restore = GENERATE(true, false);
    for (int step = 0;; step += 3) {
        const auto data = again.path() + "/" + std::to_string(step);
        std::filesystem::copy(site.data(), data,
                              std::filesystem::copy_options::recursive
                                  | std::filesystem::copy_options::copy_symlinks);
        give(data);
        for (const auto& entry : std::filesystem::recursive_directory_iterator{data})
            give(entry.path());
        auto from = restore_of(archive, data);
        from.passphrase = "correct horse battery";
        auto to = site.order();
        to.data = data;
        to.to = shelf;
        const bool is_killed = killed_at(step, [&](Files& files) {
            is_restore ? (void)restore(from, files) : (void)create(to, files);
        });
        const auto as_nobody = [&](Files&) {
            if (::setresgid(nobody, nobody, nobody) != 0
                || ::setresuid(nobody, nobody, nobody) != 0)
                throw std::runtime_error{"cannot become nobody"};
            net::TestEnv env;
            auto opened = storage::open({.directory = data}, env);
            if (!opened)
                throw std::runtime_error{opened.error()};
            create(to);
        };
        CHECK_FALSE(killed_at(1'000'000, as_nobody));
        std::filesystem::remove_all(shelf);
        std::filesystem::remove_all(data);
        if (!is_killed)
            break;
        REQUIRE(step < 1000);
    }
}

TEST_CASE("an empty file or one of the future is not the last backup")
{
    const Directory directory;
    write(directory.path() + "/" + backup_file_name(noon, false), "x");
    write(directory.path() + "/" + backup_file_name(noon + std::chrono::days{4000}, false), "x");
    write(directory.path() + "/" + backup_file_name(noon + std::chrono::hours{1}, false), "");
    write(directory.path() + "/mailweir-.tar.zst", "x");
    CHECK(last_backup(directory.path(), noon + std::chrono::hours{2})->made == noon);
    CHECK_FALSE(last_backup(directory.path() + "/none", noon));
}
