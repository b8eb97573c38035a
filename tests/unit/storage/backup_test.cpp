// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/swap.hpp"
#include "tests/unit/storage/site.hpp"
#include "tests/unit/storage/steps.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>

namespace {
/// The header of one file in a tar archive.
std::string tar_header(std::string name, char type = '0')
{
    std::string header(512, '\0');
    const auto put
        = [&](std::size_t at, std::string_view text) { header.replace(at, text.size(), text); };
    put(0, name);
    put(100, "0000600");
    put(108, "0000000");
    put(116, "0000000");
    put(124, "00000000000");
    put(136, "00000000000");
    put(148, "        ");
    header[156] = type;
    put(257, "ustar");
    put(263, "00");
    unsigned sum = 0;
    for (const char c : header)
        sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum));
    header[154] = '\0';
    return header;
}
}

TEST_CASE("a backup comes back whole on a bare machine")
{
    Site site;
    const auto sent = site.body(2);
    const auto archive = site.backed_up("correct horse battery");
    const auto secret = text_of(site.data() + "/secret");
    const Directory there;
    auto order = restore_of(archive, there.path() + "/new/data");
    order.passphrase = "correct horse battery";
    const auto done = restore(order);
    CHECK(done.aside.empty());
    CHECK(done.waiting == 1);
    site.settings.directory = order.data;
    site.restart();
    CHECK(site.state(1) == RowState::waiting);
    CHECK(site.state(2) == RowState::held);
    CHECK(site.body(2) == sent);
    CHECK(site.entries() == 1);
    CHECK(text_of(order.data + "/secret") == secret);
    CHECK(text_of(order.data + "/settings.json") == "{\"preset\":\"tag\"}");
    CHECK(text_of(order.data + "/feeds/site/current/index") == "index");
}

TEST_CASE("keys are in a backup only behind the right passphrase")
{
    Site site;
    const auto sealed = site.backed_up("correct horse battery");
    CHECK(verify(sealed, "correct horse battery", site.shelf.path()).problems.empty());
    CHECK(verify(sealed, "correct horse battery", site.shelf.path()).are_keys_opened);
    CHECK_FALSE(verify(sealed, "wrong horse", site.shelf.path()).problems.empty());
    const Directory there;
    auto order = restore_of(sealed, there.path() + "/data");
    order.passphrase = "wrong horse";
    CHECK_THROWS_WITH(restore(order), Catch::Contains("passphrase does not open"));
    CHECK_FALSE(std::filesystem::exists(order.data + "/mail.db"));
    std::filesystem::remove(sealed);
    const auto made = create(site.order());
    CHECK_FALSE(made.notes.empty());
    for (const auto& member : read_through(made.path).members)
        CHECK_FALSE(member.name.contains("secret"));
}

TEST_CASE("a backup is made while mail comes and goes")
{
    Site site;
    std::atomic<bool> is_over{false};
    std::thread traffic{[&] {
        net::Loop loop{site.env};
        for (std::uint64_t id = 100; !is_over; ++id)
            wait_for(loop, site.store().commit(make_mail(id), one_row(), {}));
    }};
    const auto archive = site.backed_up();
    is_over = true;
    traffic.join();
    CHECK(verify(archive, "", site.shelf.path()).problems.empty());
}

TEST_CASE("mail that was delivered during a backup is not in it")
{
    Site site;
    auto order = site.order();
    const auto body = site.data() + "/bodies/" + mail::MailId{2}.to_string();
    REQUIRE(std::filesystem::exists(body));
    order.between = [&] { std::filesystem::remove(body); };
    const auto archive = create(std::move(order)).path;
    const Directory there;
    restore(restore_of(archive, there.path() + "/data"));
    site.settings.directory = there.path() + "/data";
    site.restart();
    CHECK(site.state(1) == RowState::waiting);
    CHECK_FALSE(site.state(2));
}

TEST_CASE("a damaged or shortened backup is never taken for a whole one")
{
    Site site;
    const auto archive = site.backed_up();
    const auto bytes = text_of(archive);
    const auto broken = site.shelf.path() + "/broken";
    for (std::size_t tenth = 0; tenth < 10; ++tenth) {
        write(broken, bytes.substr(0, bytes.size() * tenth / 10));
        CHECK_THROWS_AS(read_through(broken), std::runtime_error);
        if (tenth == 0)
            continue; // the frame's header has bits that change nothing of what is unpacked
        auto flipped = bytes;
        flipped[bytes.size() * tenth / 10 + 5] ^= 0x10;
        write(broken, flipped);
        CHECK_THROWS_AS(read_through(broken), std::runtime_error);
    }
    CHECK_THROWS(restore(restore_of(broken, site.shelf.path() + "/data")));
    CHECK_FALSE(std::filesystem::exists(site.shelf.path() + "/data"));
}

TEST_CASE("an archive that leads out of its folder is refused")
{
    const Directory directory;
    const auto path = directory.path() + "/evil";
    const auto [name, type] = GENERATE(table<std::string, char>({{"../evil", '0'},
                                                                 {"/etc/evil", '0'},
                                                                 {"data/../../evil", '0'},
                                                                 {"data//evil", '0'},
                                                                 {"data/link", '2'},
                                                                 {"data/device", '3'},
                                                                 {"data/hard", '1'}}));
    auto header = tar_header(name, type);
    write(path, header + std::string(1024, '\0'));
    CHECK_THROWS_AS(read_through(path), std::runtime_error);
}

TEST_CASE("a backup of a newer version is refused in plain words")
{
    About about;
    about.version = "9.9";
    about.formats["mail.db"] = 99;
    CHECK_THAT(too_new(about), Catch::Contains("newer Mailweir (9.9)"));
    about.formats = {{"dreams.db", 1}};
    CHECK(too_new(about).empty());
    about.formats = known_formats();
    CHECK(too_new(about).empty());
    about.layout = 2;
    CHECK_THROWS_WITH(About::parse(about.to_string()), Catch::Contains("newer Mailweir"));
    about.layout = 1;
    CHECK(About::parse(about.to_string()).formats == about.formats);
}

TEST_CASE("a directory in use is refused, and a rehearsal changes nothing")
{
    Site site;
    const auto archive = site.backed_up();
    CHECK_THROWS_WITH(restore(restore_of(archive, site.data())), Catch::Contains("stop it first"));
    site.storage.reset();
    auto order = restore_of(archive, site.data());
    order.is_rehearsal = true;
    const auto before = Files::real().names(site.data()).size();
    const auto parts = restore(order).parts;
    CHECK(Files::real().names(site.data()).size() == before);
    CHECK(std::ranges::find(parts, "mail", &PartReport::name) != parts.end());
}

TEST_CASE("lists alone come back and the mail of today stays")
{
    Site site;
    const auto archive = site.backed_up();
    wait_for(site.loop, site.storage->lists->add(entry("later@a.example")));
    site.commit(make_mail(3), one_row());
    site.storage.reset();
    const auto done = restore(restore_of(archive, site.data(), {Part::lists, Part::settings}));
    CHECK_FALSE(done.aside.empty());
    site.open();
    CHECK(site.entries() == 1);
    CHECK(site.state(3) == RowState::waiting);
    CHECK_FALSE(site.body(2).empty());
}

TEST_CASE("mail of a restored queue can be held instead of sent twice")
{
    Site site;
    const auto archive = site.backed_up();
    site.storage.reset();
    auto order = restore_of(archive, site.data());
    order.holds_waiting = true;
    restore(order);
    site.open();
    CHECK(site.state(1) == RowState::held);
    CHECK(site.due().empty());
    CHECK(site.store().usage().held == 2);
}

TEST_CASE("a full disk or a kill at any step of a backup leaves no backup that looks whole")
{
    Site site;
    site.storage.reset();
    const auto end = GENERATE(StepFiles::End::kill, StepFiles::End::full);
    int step = 0;
    for (;; step += step < 40 ? 1 : 7) {
        bool is_over = false;
        if (end == StepFiles::End::kill) {
            is_over = !killed_at(step, [&](Files& files) { create(site.order(), files); });
        } else {
            StepFiles files{end, step};
            try {
                create(site.order(), files);
                is_over = true;
            } catch (const std::system_error&) { }
        }
        for (const auto& kept : kept_in(site.shelf.path()))
            CHECK_NOTHROW(read_through(kept.path));
        if (is_over)
            break;
    }
    CHECK(step > 10);
    CHECK(kept_in(site.shelf.path()).size() == 1);
    for (const auto& name : Files::real().names(site.data()))
        CHECK_FALSE(name.starts_with(".backup.work"));
    site.open();
    CHECK(site.state(1) == RowState::waiting);
}

TEST_CASE("a kill or a full disk at any step of a restore leaves the old state or the new one")
{
    Site site;
    const auto archive = site.backed_up();
    site.commit(make_mail(3), one_row());
    site.storage.reset();
    const Directory again;
    const auto end = GENERATE(StepFiles::End::kill, StepFiles::End::full);
    bool was_old = false, was_new = false;
    for (int step = 0;; ++step) {
        const auto data = again.path() + "/" + std::to_string(step);
        std::filesystem::copy(site.data(), data,
                              std::filesystem::copy_options::recursive
                                  | std::filesystem::copy_options::copy_symlinks);
        bool is_over = false;
        if (end == StepFiles::End::kill) {
            is_over = !killed_at(step,
                                 [&](Files& files) { restore(restore_of(archive, data), files); });
        } else {
            StepFiles files{end, step};
            try {
                restore(restore_of(archive, data), files);
                is_over = true;
            } catch (const std::system_error&) { }
        }
        site.settings.directory = data;
        site.open();
        const bool is_old = site.state(3).has_value();
        (is_old ? was_old : was_new) = true;
        CHECK(site.state(1) == RowState::waiting);
        CHECK_FALSE(site.body(2).empty());
        CHECK(site.entries() == 1);
        CHECK_FALSE(std::filesystem::exists(data + "/restore.journal"));
        CHECK_FALSE(std::filesystem::exists(data + "/restore.waiting"));
        site.storage.reset();
        std::filesystem::remove_all(data);
        if (is_over)
            break;
    }
    CHECK(was_old);
    CHECK(was_new);
}

TEST_CASE("old backups go, and those before an upgrade are counted apart")
{
    const Directory directory;
    for (int day = 0; day < 5; ++day)
        for (const bool is_upgrade : {false, true})
            write(directory.path() + "/"
                      + backup_file_name(noon + std::chrono::days{day}, is_upgrade),
                  "x");
    write(directory.path() + "/notes.txt", "mine");
    prune(directory.path(), 3, Files::real());
    const auto kept = kept_in(directory.path());
    CHECK(kept.size() == 5);
    CHECK(std::ranges::count(kept, true, &Kept::is_before_upgrade) == 2);
    CHECK(last_backup(directory.path(), noon + std::chrono::days{9})->made
          == noon + std::chrono::days{4});
    CHECK(std::filesystem::exists(directory.path() + "/notes.txt"));
}

TEST_CASE("each name in a data directory has its part, and what must not be touched has none")
{
    CHECK(part_of("mail.db") == Part::mail);
    CHECK(part_of("digest.key") == Part::keys);
    CHECK(part_of("greylist-known") == Part::reputation);
    CHECK(part_of("something-new") == Part::other);
    CHECK(part_of("mail.db.rescued") == Part::mail);
    CHECK(part_of("alerts.db") == Part::other);
    CHECK(is_key_name("tls/mx.key"));
    CHECK_FALSE(is_key_name("tls/mx"));
    for (const auto* name : {"control.sock", "lock", "serve.lock", "mail.db-wal", "backups",
                             "mail.db.damaged-20260101T000000Z", "before-restore-x", ".hidden",
                             "restore.waiting", "dedupe.journal", "settings.json.new"})
        CHECK_FALSE(part_of(name));
}
