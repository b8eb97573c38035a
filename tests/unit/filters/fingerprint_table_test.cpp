// SPDX-License-Identifier: Apache-2.0
#include "filters/fingerprint_table.hpp"

#include "filters/services.hpp"
#include "storage/records.hpp"
#include "storage/set_aside.hpp"
#include "tests/unit/filters/folder.hpp"
#include "tests/unit/filters/prints.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace filters;
using namespace filters::test;
using namespace std::chrono_literals;

namespace {
const FingerprintTable::Time start{1'800'000'000s};
const Teacher ann{Teacher::Kind::user, "ann@b.example"}, bob{Teacher::Kind::user, "bob@b.example"},
    root{Teacher::Kind::administrator, "root"};

/// What one part is taken for: similarity, or -1 for a contested one, 0 for an unknown one.
double found(const FingerprintTable& table, const content::Fingerprint& print,
             FingerprintTable::Time now = start)
{
    const auto all = table.find(Prints{print}, 0.7, now);
    if (all.empty())
        return 0;
    return all[0].is_contested ? -1 : all[0].similarity;
}
double strength(const FingerprintTable& table, const content::Fingerprint& print)
{
    const auto all = table.find(Prints{print}, 0.7, start);
    return all.empty() ? 0 : all[0].strength;
}
}

TEST_CASE("what one person reported is found again, also with changes")
{
    FingerprintTable table;
    CHECK(found(table, text_print(1)) == 0);
    CHECK(table.learn(Prints{text_print(1), picture_print(1)}, true, ann, start));
    CHECK(found(table, text_print(1)) == 1);
    for (const std::size_t places : {1U, 4U, 8U, 16U}) {
        CAPTURE(places);
        const double shared = 1 - static_cast<double>(places) / 64;
        // How much of the known one is there, which is more than what both share of all.
        CHECK(found(table, changed(text_print(1), places))
              == Approx(2 * shared / (1 + shared)).margin(0.01));
    }
    CHECK(found(table, changed(text_print(1), 40)) == 0);
    CHECK(found(table, text_print(2)) == 0);
    auto picture = picture_print(1);
    picture.exact[0] += 1;
    picture.look ^= 0x0001000100010001; // a bit in each quarter
    CHECK(found(table, picture) > 0.8);
    CHECK(found(table, picture_print(2)) == 0);
    const auto all = table.find(Prints{text_print(1)}, 0.7, start);
    CHECK(all[0].is_exact);
    CHECK(all[0].evidence == "2027-01-15 to 2027-01-15: 1 user");
}

TEST_CASE("a known text inside of a longer one is found")
{
    FingerprintTable table;
    table.learn(Prints{text_print(1)}, true, ann, start);
    auto longer = changed(text_print(1), 30); // shares 34 of 64 places
    longer.shingles = 180;
    CHECK(found(table, longer) > 0.9);
    longer.shingles = 90; // as long, but different
    CHECK(found(table, longer) == 0);
}

TEST_CASE("who says it counts: different people, an administrator three times, nobody twice")
{
    FingerprintTable table;
    const auto print = text_print(1);
    const auto says
        = [&](const Teacher& who) { return table.learn(Prints{print}, true, who, start); };
    CHECK(says(ann));
    CHECK(strength(table, print) == 0.5);
    CHECK_FALSE(says(ann));
    CHECK(strength(table, print) == 0.5);
    CHECK(says(bob));
    CHECK(strength(table, print) == 0.75);
    CHECK(says(root));
    CHECK(strength(table, print) == Approx(1 - 1.0 / 32));
    // A vote for what is all but the same is one for this.
    table.learn(Prints{changed(print, 3)}, true, {Teacher::Kind::trap, "t@b.example"}, start);
    CHECK(table.counts().spam == 1);
    CHECK(strength(table, print) == Approx(1 - 1.0 / 64));
    CHECK_FALSE(table.learn(Prints{}, true, ann, start));
}

TEST_CASE("what is in wanted mail, too, counts nothing and says so")
{
    FingerprintTable table;
    const auto print = text_print(1);
    table.learn(Prints{print}, true, ann, start);
    CHECK(found(table, print) == 1);

    SECTION("a release of the very same disarms it")
    {
        table.learn(Prints{print}, false, bob, start);
        CHECK(found(table, print) == -1);
        CHECK(table.find(Prints{print}, 0.7, start)[0].evidence.contains("wanted by 1 user"));
        CHECK(table.counts().contested == 1);
        table.learn(Prints{print}, true, root, start);
        CHECK(found(table, print) == 1); // an administrator and a user against one user
    }
    SECTION("so does a release of what is like it")
    {
        table.learn(Prints{changed(print, 10)}, false, bob, start);
        CHECK(found(table, print) == -1);
        CHECK(found(table, changed(print, 3)) == -1);
    }
    SECTION("it does not matter which was first")
    {
        table.learn(Prints{text_print(2)}, false, bob, start);
        table.learn(Prints{text_print(2)}, true, ann, start);
        CHECK(found(table, text_print(2)) == -1);
        table.learn(Prints{text_print(3)}, false, bob, start);
        table.learn(Prints{changed(text_print(3), 8)}, true, root, start);
        CHECK(found(table, text_print(3)) == -1);
        CHECK(found(table, changed(text_print(3), 8)) == 1);
    }
    SECTION("three senders of good repute disarm it, one of them three times does not")
    {
        for (int i = 0; i < 3; ++i)
            table.note_good_sender(Prints{print}, "a.example");
        CHECK(found(table, print) == 1);
        table.note_good_sender(Prints{changed(print, 5)}, "b.example");
        table.note_good_sender(Prints{print}, "c.example");
        CHECK(found(table, print) == -1);
    }
}

TEST_CASE("a lesson can be taken back")
{
    FingerprintTable table;
    const auto print = text_print(1);
    table.learn(Prints{print}, true, ann, start);
    table.learn(Prints{print}, true, bob, start);
    CHECK(table.unlearn(Prints{print}, true, ann));
    CHECK_FALSE(table.unlearn(Prints{print}, true, ann));
    CHECK(strength(table, print) == 0.5);
    CHECK(table.unlearn(Prints{print}, true, bob));
    CHECK(found(table, print) == 0);
    CHECK(table.counts().spam == 0);

    table.learn(Prints{print}, true, ann, start);
    table.learn(Prints{changed(print, 9)}, false, bob, start);
    CHECK(found(table, print) == -1);
    CHECK(table.unlearn(Prints{changed(print, 9)}, false, bob));
    CHECK(found(table, print) == 1);
    CHECK(table.counts().wanted == 0);
}

TEST_CASE("a fingerprint is forgotten when neither reported nor seen for long")
{
    FingerprintTable table;
    table.configure({.entries = 1000, .keep = std::chrono::days{10}});
    table.learn(Prints{text_print(1)}, true, ann, start);
    table.learn(Prints{text_print(2)}, true, ann, start);
    CHECK(found(table, text_print(1), start + 9 * 24h) == 1);
    table.note_hit(Prints{text_print(1)}, start + 9 * 24h);
    CHECK(found(table, text_print(1), start + 15 * 24h) == 1);
    CHECK(found(table, text_print(2), start + 15 * 24h) == 0);
}

TEST_CASE("a full table gives up what was wanted, then what was seen longest ago")
{
    FingerprintTable table;
    table.configure({.entries = 100});
    for (std::uint64_t i = 0; i < 50; ++i)
        table.learn(Prints{text_print(1000 + i)}, false, ann, start);
    for (std::uint64_t i = 0; i < 50; ++i)
        table.learn(Prints{text_print(i)}, true, ann, start + std::chrono::seconds{i});
    for (std::uint64_t i = 50; i < 100; ++i)
        table.learn(Prints{text_print(i)}, true, ann, start + std::chrono::seconds{i});
    const auto counts = table.counts();
    CHECK(counts.spam + counts.wanted == 100);
    CHECK(counts.spam > 90);
    for (std::uint64_t i = 100; i < 2000; ++i)
        table.learn(Prints{text_print(i)}, true, ann, start + std::chrono::seconds{i});
    CHECK(table.counts().spam == 100);
    CHECK(found(table, text_print(1999)) == 1);
    CHECK(found(table, text_print(0)) == 0);
}

TEST_CASE("what was learnt outlives a restart, and damage costs what it hit")
{
    Folder folder;
    auto records
        = std::make_unique<storage::Records>(folder.path, storage::DatabaseFile::fingerprints);
    {
        FingerprintTable table{records.get()};
        for (std::uint64_t i = 0; i < 20; ++i)
            table.learn(Prints{text_print(i), picture_print(i)}, true, ann, start);
        table.learn(Prints{text_print(3)}, false, bob, start);
        table.save(start);
        table.unlearn(Prints{text_print(4)}, true, ann);
        table.learn(Prints{text_print(5)}, true, bob, start);
        table.save(start);
        table.save(start);
    }
    const storage::Records::Change wrong[] = {{42, "nonsense"}, {43, std::string(400, '\0')}};
    records->write(wrong);
    FingerprintTable table{records.get()};
    CHECK(table.counts().spam == 39);
    CHECK(table.counts().contested == 1);
    CHECK(found(table, changed(text_print(1), 6)) > 0.8);
    CHECK(found(table, text_print(3)) == -1);
    CHECK(found(table, text_print(4)) == 0);
    CHECK(strength(table, text_print(5)) == 0.75);
}

TEST_CASE("who only judges knows what the gateway saved, and leaves its file alone")
{
    Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::fingerprints};
    FingerprintTable table{&records};
    table.learn(Prints{text_print(1)}, true, ann, start);
    table.save(start);
    Services services;
    FingerprintTable::judge_by(services, folder.path);
    const auto judging = FingerprintTable::of(services);
    CHECK(found(*judging, text_print(1)) == 1);
    judging->learn(Prints{text_print(2)}, true, ann, start);
    judging->save(start);
    CHECK(FingerprintTable{&records}.counts().spam == 1);
}

TEST_CASE("old fingerprints leave the disk")
{
    Folder folder;
    storage::Records records{folder.path, storage::DatabaseFile::fingerprints};
    {
        FingerprintTable table{&records};
        table.learn(Prints{text_print(1)}, true, ann, start);
        table.save(start);
        table.save(start + 100 * 24h);
    }
    CHECK(FingerprintTable{&records}.counts().spam == 0);
}

TEST_CASE("what one node learnt helps another, and is not handed on")
{
    FingerprintTable here, there;
    for (std::uint64_t i = 0; i < 5; ++i)
        here.learn(Prints{text_print(i)}, true, i == 0 ? root : ann, start);
    here.learn(Prints{text_print(1)}, false, bob, start);
    const auto text = here.exported(start);
    CHECK(there.import(text, "site", start) == 4U);
    CHECK(found(there, text_print(0)) == 1);
    CHECK(strength(there, text_print(0)) == 0.75);
    CHECK(found(there, text_print(1)) == 0); // contested here
    CHECK(there.import(there.exported(start), "site", start) == 0U);
    CHECK(there.counts().spam == 0); // the newest text is what counts

    CHECK(there.import(text, "site", start) == 4U);
    there.learn(Prints{text_print(2)}, true, bob, start);
    here.unlearn(Prints{text_print(2)}, true, ann);
    here.unlearn(Prints{text_print(3)}, true, ann);
    CHECK(there.import(here.exported(start), "site", start) == 2U);
    CHECK(found(there, text_print(2)) == 1); // bob said so, too
    CHECK(found(there, text_print(3)) == 0);
}

TEST_CASE(
    "what others share fills half of the table, and never takes the place of what was said here")
{
    FingerprintTable here, there;
    here.configure({.entries = 5000});
    there.configure({.entries = 1000});
    for (std::uint64_t i = 0; i < 2000; ++i)
        here.learn(Prints{text_print(10'000 + i)}, true, ann, start);
    for (std::uint64_t i = 0; i < 600; ++i)
        there.learn(Prints{text_print(i)}, i % 2 == 0, root, start - 10 * 24h);
    const auto kept = [&] {
        std::size_t count = 0;
        for (std::uint64_t i = 0; i < 600; i += 2)
            count += found(there, text_print(i)) == 1;
        return count;
    };
    const auto text = here.exported(start);
    CHECK(there.import(text, "one", start).value() == 400);
    CHECK(there.counts().spam == 300 + 400);
    CHECK(there.counts().wanted == 300);
    CHECK(kept() == 300);
    CHECK(there.import(text, "two", start).value() == 400); // the same, for there is no more room
    CHECK(kept() == 300);
    CHECK(there.import(FingerprintTable{}.exported(start), "one", start).value() == 0);
    CHECK(there.import(FingerprintTable{}.exported(start), "two", start).value() == 0);
    CHECK(there.counts().spam == 300);
    CHECK(there.import(text, "one", start).value() == 400);
    for (std::uint64_t i = 0; i < 100; ++i)
        there.learn(Prints{text_print(50'000 + i)}, true, ann, start);
    CHECK(kept() > 290);
    CHECK(found(there, text_print(50'000)) == 1);
}

TEST_CASE("all voices of one kind can be taken back")
{
    FingerprintTable table;
    const auto print = text_print(1);
    for (const auto* trap : {"t@b.example", "u@b.example"})
        table.learn(Prints{print}, true, {Teacher::Kind::trap, trap}, start);
    table.learn(Prints{print}, true, ann, start);
    CHECK(table.unlearn(Prints{print}, true, {Teacher::Kind::trap, ""}));
    CHECK(strength(table, print) == 0.5);
    CHECK_FALSE(table.unlearn(Prints{print}, true, {Teacher::Kind::trap, ""}));
}

TEST_CASE("a file that is damaged while it is in use is written anew, whole")
{
    Folder folder;
    const auto path = folder.path + "/fingerprints.db";
    {
        storage::Records records{folder.path, storage::DatabaseFile::fingerprints};
        FingerprintTable table{&records};
        for (std::uint64_t i = 0; i < 3000; ++i)
            table.learn(Prints{text_print(i)}, true, ann, start);
        table.save(start);
    }
    storage::Records records{folder.path, storage::DatabaseFile::fingerprints};
    FingerprintTable table{&records};
    CHECK(table.counts().spam == 3000);
    std::ofstream{path} << std::string(200'000, 'x');
    for (std::uint64_t i = 3000; i < 3010; ++i)
        table.learn(Prints{text_print(i)}, true, ann, start);
    table.save(start);
    CHECK(storage::set_aside_in(folder.path).size() == 1);
    CHECK(FingerprintTable{&records}.counts().spam == 3010);
}

TEST_CASE("a text that is no export is refused whole")
{
    FingerprintTable here, there;
    here.learn(Prints{text_print(1), text_print(2)}, true, ann, start);
    const auto text = here.exported(start);
    for (const std::string_view wrong :
         {std::string_view{}, std::string_view{"mailweir fingerprints 2\n"},
          std::string_view{text}.substr(0, text.size() - 1)})
        CHECK_FALSE(there.import(wrong, "site", start));
    CHECK_FALSE(there.import(text + "x", "site", start));
    auto version = text;
    version[24] = 9;
    CHECK_FALSE(there.import(version, "site", start));
    CHECK(there.counts().spam == 0);
}

TEST_CASE("texts that were made to fall into one place cost little")
{
    FingerprintTable table;
    auto hostile = text_print(1);
    for (std::uint64_t i = 0; i < 3000; ++i) {
        auto print = text_print(i);
        for (std::size_t place = 0; place < 60; ++place)
            print.sketch[place] = place < 30 ? std::uint8_t{7} : print.sketch[place];
        print.exact[0] = i;
        table.learn(Prints{print}, true, ann, start);
    }
    CHECK(table.counts().spam == 3000);
    table.learn(Prints{text_print(9999)}, true, ann, start);
    CHECK(found(table, changed(text_print(9999), 8)) > 0.8);
}

TEST_CASE("a decision on a mail teaches by its id, for some days")
{
    Folder folder;
    storage::Records mails{folder.path, storage::DatabaseFile::mail_fingerprints};
    mail::IdSource ids;
    const auto first = ids.next(start), second = ids.next(start + 24h), empty = ids.next(start);
    {
        FingerprintTable table{nullptr, &mails};
        table.remember(first, Prints{text_print(1)});
        table.remember(second, Prints{text_print(2)});
        table.remember(empty, Prints{});
        CHECK(table.learn(first, true, ann, start) == true);
        CHECK(table.learn(first, true, ann, start) == false);
        CHECK(found(table, changed(text_print(1), 4)) > 0.9);
        CHECK_FALSE(table.learn(empty, true, ann, start));
        table.save(start + 24h);
    }
    FingerprintTable table{nullptr, &mails};
    CHECK(table.learn(second, true, ann, start) == true);
    CHECK(found(table, text_print(2)) == 1);
    CHECK(table.unlearn(second, true, ann) == true);
    CHECK(found(table, text_print(2)) == 0);
    table.keep_mails(std::chrono::days{8});
    table.save(start + 8 * 24h - 1h);
    CHECK(table.learn(first, true, ann, start) == true);
    CHECK(table.unlearn(first, true, ann) == true);
    table.keep_mails(std::chrono::days{7});
    table.save(start + 8 * 24h - 1h);
    CHECK_FALSE(table.learn(first, true, ann, start));
    CHECK(table.learn(second, true, ann, start) == true);
}
