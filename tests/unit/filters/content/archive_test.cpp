// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive.hpp"

#include "filters/content/seven_zip.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

using namespace filters::content;

namespace {
std::string sample(const std::string& name)
{
    std::ifstream in{SOURCE_DIR "/tests/fuzz/corpus/content_archive/" + name, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

struct Walked {
    bool is_archive = false;
    std::string entries; ///< "name=octets " or "name! " where encrypted
    Oddities oddities;
};

Walked walk(std::string_view bytes, const Limits& limits = {})
{
    Walked walked;
    ArchiveBudget budget{limits};
    walked.is_archive
        = walk_archive(bytes, budget, walked.oddities, [&](const ArchiveEntry& entry) {
              walked.entries += entry.name
                  + (entry.is_encrypted ? "! " : "=" + std::string{entry.bytes.substr(0, 5)} + " ");
          });
    return walked;
}
}

TEST_CASE("archives are unpacked, names become UTF-8")
{
    const auto [name, entries] = GENERATE(table<std::string, std::string>({
        {"plain.zip", "hello.txt=hello sub/請求書.txt=invoi "},
        {"plain.7z", "hello.txt=hello 請求書.txt=invoi "},
        {"plain.tar.gz", "hello.txt=hello "},
        {"plain.tar.bz2", "hello.txt=hello "},
        {"plain.tar.xz", "hello.txt=hello "},
        {"single.gz", "=hello "},
        {"shift_jis.zip", "請求書.txt=invoi "},
    }));
    INFO(name);
    const auto walked = walk(sample(name));
    CHECK(walked.is_archive);
    CHECK(walked.entries == entries);
    CHECK(walked.oddities.empty());
}

TEST_CASE("encrypted archives are known by their names")
{
    const auto [name, entries] = GENERATE(table<std::string, std::string>({
        {"encrypted.zip", "hello.txt! "},
        {"aes.zip", "hello.txt! "},
        {"encrypted.7z", "hello.txt! "},
        {"hidden.7z", "! "},
    }));
    INFO(name);
    const auto walked = walk(sample(name));
    CHECK(walked.is_archive);
    CHECK(walked.entries == entries);
    CHECK(walked.oddities.empty());
}

TEST_CASE("bombs end as unscannable")
{
    const auto* name = GENERATE("overlapping.zip", "ratio.zip", "zeros.bz2");
    INFO(name);
    const auto walked = walk(sample(name));
    CHECK(walked.is_archive);
    REQUIRE(walked.oddities.size() == 1);
    CHECK(walked.oddities[0].name == "over_limit");
    CHECK(walked.oddities[0].is_unscannable);
}

TEST_CASE("budgets hold over all archives of a message")
{
    Limits limits;
    limits.archive_entries = 3;
    ArchiveBudget budget{limits};
    Oddities oddities;
    int entries = 0;
    const auto take = [&](const ArchiveEntry&) { ++entries; };
    walk_archive(sample("plain.zip"), budget, oddities, take);
    CHECK(oddities.empty());
    walk_archive(sample("plain.7z"), budget, oddities, take);
    CHECK(entries == 3);
    REQUIRE(oddities.size() == 1);
    CHECK(oddities[0].is_unscannable);
    limits.archive_bytes = 3;
    CHECK(walk(sample("plain.zip"), limits).oddities.size() == 1);
    limits.archive_entries = 1;
    CHECK(walk(sample("plain.zip"), limits).entries.empty());
}

TEST_CASE("a zip that programs read differently gives what each of them sees")
{
    const auto hidden = walk(sample("ambiguous.zip"));
    CHECK(hidden.entries == "a.txt=hi evil.exe=MZ a.txt=hi ");
    REQUIRE(hidden.oddities.size() == 1);
    CHECK(hidden.oddities[0].name == "ambiguous_structure");
    CHECK(walk(sample("two_names.zip")).entries.contains("a.exe=MZ"));
    CHECK(walk(sample("two_names.zip")).entries.contains("a.txt="));
}

TEST_CASE("what is damaged is said to be unreadable; what is no archive is none")
{
    const auto damaged = walk(sample("damaged.tar.gz"));
    CHECK((damaged.oddities.empty() ? !damaged.is_archive : damaged.oddities[0].is_unscannable));
    auto cut = sample("plain.7z");
    cut.resize(cut.size() / 2);
    CHECK(walk(cut).entries.empty());
    CHECK_FALSE(walk("just a text").is_archive);
    CHECK_FALSE(walk("").is_archive);
    CHECK_FALSE(walk("#mtree\n./x contents=/etc/passwd\n").is_archive);
}

TEST_CASE("a file that is several archives gives what each program finds in it")
{
    const auto [name, entries] = GENERATE(table<std::string, std::vector<std::string>>({
        {"gz_and_zip.zip", {"=hello", "evil.exe=MZ ev"}},
        {"7z_and_zip.zip", {"hello.txt=hello", "evil.exe=MZ ev"}},
        {"tar_and_zip.zip", {"a.txt=hello", "evil.exe=MZ ev"}},
        {"rar_and_zip.rar", {"evil.exe=MZ ev", "a.txt=hello"}},
        {"gz_and_rar.rar", {"=hello", "evil.exe=MZ ev"}},
    }));
    INFO(name);
    const auto walked = walk(sample(name));
    for (const auto& entry : entries)
        CHECK(walked.entries.contains(entry));
    CHECK((name == "gz_and_rar.rar" || walked.oddities.at(0).name == "ambiguous_structure"));
}

TEST_CASE("honest archives have nothing odd")
{
    const auto [name, entries] = GENERATE(table<std::string, std::string>({
        {"picture_and_zip.zip", "one.txt=insid two.txt=insid "},
        {"zip_in_tar.tar.gz",
         "a name that is longer than that of others.txt=some  b.zip=PK\x03\x04 "},
        {"empty.gz", "= "},
        {"link.zip", "a=../b. "},
        {"plain.iso.gz", "docs/a.txt=hello "},
    }));
    INFO(name);
    const auto walked = walk(sample(name));
    CHECK(walked.oddities.empty());
    auto found = walked.entries;
    std::erase(found, '\n');
    CHECK(found.contains(entries.substr(0, entries.find('='))));
    CHECK(walked.is_archive);
}

TEST_CASE("a link in a zip that is none is unscannable")
{
    const auto walked = walk(sample("link_with_octets.zip"));
    CHECK(walked.entries.contains("a.docm=PK"));
    REQUIRE(walked.oddities.size() == 1);
    CHECK(walked.oddities[0].is_unscannable);
}

TEST_CASE("a zip that is the last file of a tar makes it no other archive")
{
    const auto walked = walk(sample("zip_in_tar.tar"));
    CHECK(walked.entries.starts_with("a.txt=hello b.zip=PK"));
    CHECK(walked.oddities.empty());
}

TEST_CASE("an archive behind words is one, and a folder with octets cannot be read")
{
    CHECK(walk(sample("words_and_rar.rar")).entries == "evil.exe=MZ ev ");
    const auto folder = walk(sample("folder_with_octets.zip"));
    REQUIRE(folder.oddities.size() == 1);
    CHECK(folder.oddities[0].is_unscannable);
}

TEST_CASE("what compression makes is counted, whatever becomes of it")
{
    // A folder of 4 GiB, which readers pass over; a list of entries.
    for (const auto* name : {"folder.cpio.gz", "list.7z"}) {
        INFO(name);
        const auto walked = walk(sample(name));
        REQUIRE(walked.oddities.size() == 1);
        CHECK(walked.oddities[0].name == "over_limit");
        CHECK(walked.oddities[0].is_unscannable);
    }
    Limits limits;
    limits.archive_bytes = 15'000;
    ArchiveBudget budget{limits};
    Oddities oddities;
    const auto take = [](const ArchiveEntry&) { };
    CHECK(walk_archive(sample("plain.tar.gz"), budget, oddities, take));
    CHECK(oddities.empty());
    CHECK(walk_archive(sample("plain.tar.gz"), budget, oddities, take));
    CHECK(oddities.size() == 1);
}

TEST_CASE("a 7z archive says how long its list of entries is")
{
    CHECK(unpacked_list(sample("list.7z")) > 128U << 20);
    const auto hidden = sample("hidden.7z");
    CHECK(unpacked_list(hidden) > 0);
    CHECK(unpacked_list(hidden) < 1000);
    CHECK(unpacked_list(sample("plain.zip")) == 0);
    for (std::size_t size = 0; size < hidden.size(); ++size)
        unpacked_list(std::string_view{hidden}.substr(0, size));
}
