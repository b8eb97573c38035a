// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>
#include <zlib.h>

using namespace filters::content;
using namespace std::string_literals;

namespace {
std::string little(std::uint64_t value, std::size_t octets)
{
    std::string out;
    for (; octets-- > 0; value >>= 8)
        out += static_cast<char>(value & 0xFF);
    return out;
}

std::uint64_t sum_of(std::string_view octets)
{
    return crc32(0, reinterpret_cast<const Bytef*>(octets.data()),
                 static_cast<uInt>(octets.size()));
}

struct Made {
    std::string name, octets;
    std::string listed = {}; ///< its name in the directory, where that is another one
    bool is_link = false;
    std::size_t flags = 0;
    std::size_t more = 0; ///< octets that only the directory knows of
};

std::string compressed(std::string_view text)
{
    std::string out(1000, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// The fields that both headers have, from the flags on.
std::string fields(std::size_t flags, std::string_view octets, std::string_view name)
{
    return little(flags, 2) + little(0, 2) + little(0x5A210000, 4) + little(sum_of(octets), 4)
        + little(octets.size(), 4) + little(octets.size(), 4) + little(name.size(), 2)
        + little(0, 2);
}

std::string entry(const Made& one)
{
    const auto told = std::string_view{one.octets}.substr(0, one.octets.size() - one.more);
    return "PK\x03\x04" + little(20, 2) + fields(one.flags, told, one.name) + one.name + one.octets;
}

std::string listing(const Made& one, std::size_t offset)
{
    const auto& name = one.listed.empty() ? one.name : one.listed;
    return "PK\x01\x02" + little(one.is_link ? 0x314 : 20, 2) + little(20, 2)
        + fields(one.flags, one.octets, name) + little(0, 2) + little(0, 2) + little(0, 2)
        + little(one.is_link ? 0xA1FF0000 : 0, 4) + little(offset, 4) + name;
}

std::string record(std::size_t count, std::size_t size, std::size_t start,
                   const std::string& comment = {})
{
    return "PK\x05\x06" + little(0, 4) + little(count, 2) + little(count, 2) + little(size, 4)
        + little(start, 4) + little(comment.size(), 2) + comment;
}

std::string zip(const std::vector<Made>& files, const std::string& comment = {})
{
    std::string out, list;
    for (const auto& one : files) {
        list += listing(one, out.size());
        out += entry(one);
    }
    return out + list + record(files.size(), list.size(), out.size(), comment);
}

struct Walked {
    bool is_archive = false, is_unscannable = false, is_ambiguous = false;
    std::string entries; ///< "name=octets "
};

Walked walk(std::string_view bytes)
{
    Walked walked;
    ArchiveBudget budget{Limits{}};
    Oddities oddities;
    walked.is_archive = walk_archive(bytes, budget, oddities, [&](const ArchiveEntry& one) {
        walked.entries += one.name + "=" + std::string{one.bytes} + " ";
    });
    for (const auto& oddity : oddities) {
        walked.is_unscannable |= oddity.is_unscannable;
        walked.is_ambiguous |= oddity.name == "ambiguous_structure";
    }
    return walked;
}
}

TEST_CASE("a zip's comment does not hide its directory")
{
    const Made renamed{"a.txt", "hello", "a.jse"};
    for (const auto& comment :
         {""s, "PK\x05\x06"s, "PK\x05\x06" + std::string(18, '\xFF'), "hello"s}) {
        const auto walked = walk(zip({renamed}, comment));
        CHECK(walked.entries.contains("a.jse="));
        CHECK(walked.is_ambiguous);
    }
    // An empty zip as the comment of one that is not.
    const auto walked = walk(zip({renamed}, record(0, 0, 0)));
    CHECK(walked.entries.contains("a.jse="));
    CHECK(walked.is_ambiguous);
    CHECK_FALSE(walk(zip({{"a.txt", "hello"}}, "hello")).is_ambiguous);
    CHECK_FALSE(walk(zip({{"a.txt", "hello"}}) + "\r\n").is_ambiguous);
}

TEST_CASE("a zip with two directories gives the files of both")
{
    const Made first{"a.exe", "MZ"}, second{"a.txt", "hello"};
    auto bytes = entry(first) + entry(second);
    const auto start = bytes.size();
    const auto one = listing(first, 0), other = listing(second, entry(first).size());
    bytes += one + other;
    const auto at = bytes.size();
    bytes += "PK\x06\x06" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
        + little(1, 8) + little(1, 8) + little(other.size(), 8) + little(start + one.size(), 8);
    bytes += "PK\x06\x07" + little(0, 4) + little(at, 8) + little(1, 4);
    const auto walked = walk(bytes + record(1, one.size(), start));
    CHECK(walked.entries.contains("a.exe="));
    CHECK(walked.entries.contains("a.txt=hello"));
    CHECK(walked.is_ambiguous);
    const auto whole = bytes.substr(0, at) + record(2, one.size() + other.size(), start);
    CHECK(walk(whole).entries == "a.exe=MZ a.txt=hello ");
    CHECK_FALSE(walk(whole).is_ambiguous);
}

TEST_CASE("what a directory has and nobody reads is unscannable")
{
    const Made nowhere{"b.html", "hello"};
    const auto first = entry({"a.txt", "hello"});
    const auto list = listing({"a.txt", "hello"}, 0) + listing(nowhere, 5);
    const auto walked = walk(first + list + record(2, list.size(), first.size()));
    CHECK(walked.entries.contains("b.html="));
    CHECK(walked.is_unscannable);
}

TEST_CASE("an entry that says less of its octets than the directory is unscannable")
{
    CHECK(walk(zip({{.name = "a.txt", .octets = "hello and more", .more = 9}})).is_unscannable);
    CHECK_FALSE(walk(zip({{"a.txt", "hello and more"}})).is_unscannable);
}

TEST_CASE("an entry between those of the directory makes a zip ambiguous")
{
    const auto first = entry({"a.txt", "hello"}), hidden = entry({"b.exe", "MZ"});
    const auto list = listing({"a.txt", "hello"}, 0);
    const auto walked
        = walk(first + hidden + list + record(1, list.size(), (first + hidden).size()));
    CHECK(walked.is_ambiguous);
    CHECK(walked.entries.contains("b.exe=MZ"));
}

TEST_CASE("a link in a zip is read as the file that other programs make of it")
{
    const Made link{.name = "l", .octets = "e\xCC\x81t\xC3\xA9.txt", .flags = 0x800};
    auto honest = link;
    honest.is_link = true;
    CHECK(walk(zip({honest})).entries == "l=" + link.octets + " ");
    CHECK_FALSE(walk(zip({honest})).is_unscannable);
    auto encrypted = honest;
    encrypted.flags = 1;
    encrypted.octets = std::string(12, '\0') + "a.txt";
    CHECK_FALSE(walk(zip({encrypted})).is_unscannable);
    for (const auto& octets : {"<html>\0more"s, std::string(5000, 'a')}) {
        const Made page{.name = "a.html", .octets = octets, .is_link = true};
        CHECK(walk(zip({{"a.txt", "hello"}, page})).is_unscannable);
    }
}

TEST_CASE("signatures of archives that are none hide no archive behind them")
{
    const auto rar = "Rar!\x1A\x07"s, seven_zip = "7z\xBC\xAF\x27\x1C"s;
    std::string decoys = "GIF89a";
    for (int i = 0; i < 40; ++i)
        decoys += rar + "\x05" + seven_zip;
    CHECK_FALSE(walk(decoys).is_unscannable);
    for (int i = 0; i < 17; ++i)
        decoys += rar + "\x01\0"s;
    CHECK(walk(decoys).is_unscannable);
}

TEST_CASE("what is compressed twice is unpacked twice")
{
    const auto twice = compressed(compressed("hello"));
    CHECK(walk(twice).entries.starts_with("=\x1F\x8B"));
    CHECK_FALSE(walk(twice).is_unscannable);
}
