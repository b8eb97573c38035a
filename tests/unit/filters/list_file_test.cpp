// SPDX-License-Identifier: Apache-2.0
#include "filters/link_lists.hpp"
#include "filters/list_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <vector>
#include <zstd.h>

using namespace filters;

namespace {
using Lines = std::vector<std::string>;

std::string packed(std::string_view text)
{
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

struct Read {
    Lines lines;
    std::size_t too_long = 0;
    std::string problem;
};

/// What is read of a file with these octets.
Read read(std::string_view octets)
{
    const auto path = std::filesystem::temp_directory_path()
        / ("mailweir-list-file-" + std::to_string(::getpid()));
    std::ofstream{path, std::ios::binary} << octets;
    Read found;
    const auto done = read_list_file(path.string(), [&](std::string_view line, bool is_too_long) {
        if (is_too_long)
            ++found.too_long;
        else
            found.lines.emplace_back(line);
    });
    std::filesystem::remove(path);
    if (!done)
        found.problem = done.error();
    return found;
}
}

TEST_CASE("a list file is lines, whatever their ends and however it is packed")
{
    const Lines three{"a.net", "b.net", "c.net"};
    for (const std::string_view text :
         {"a.net\nb.net\nc.net\n", "a.net\r\nb.net\r\n\r\nc.net", "\n\na.net\nb.net\nc.net"}) {
        CHECK(read(text).lines == three);
        CHECK(read(packed(text)).lines == three);
    }
    CHECK(read(packed("a.net\nb.n") + packed("et\nc.net")).lines == three);
    CHECK(read("").lines.empty());
    CHECK(read(packed("")).problem.empty());
}

TEST_CASE("a large list is unpacked whole, a damaged one is an error")
{
    std::string text;
    for (int i = 0; i < 200'000; ++i)
        text += "site" + std::to_string(i) + ".net\n";
    const auto zstd = packed(text);
    const auto whole = read(zstd);
    CHECK(whole.problem.empty());
    CHECK(whole.lines.size() == 200'000);
    CHECK(whole.lines.back() == "site199999.net");
    CHECK(read(zstd.substr(0, zstd.size() - 10)).problem.ends_with("it is cut off"));
    auto damaged = zstd;
    damaged[damaged.size() / 2] ^= 0x55;
    damaged[damaged.size() / 3] ^= 0x55;
    CHECK_FALSE(read(damaged.replace(4, 3, "xxx")).problem.empty());
}

TEST_CASE("a line without an end is one line too long, and costs no memory")
{
    const auto found = read("a.net\n" + std::string(5000, 'x') + "\nb.net\n");
    CHECK(found.lines == Lines{"a.net", "b.net"});
    CHECK(found.too_long == 1);
    CHECK(read(packed(std::string(50U << 20, 'x'))).too_long == 1);
}

TEST_CASE("a folder, or nothing at all, is no list")
{
    CHECK_FALSE(read_list_file("/", [](std::string_view, bool) { }));
    CHECK_FALSE(read_list_file("/nowhere/at/all", [](std::string_view, bool) { }));
}

TEST_CASE("the feed of phishing sites is read as it comes")
{
    const std::string feed
        = std::string{SOURCE_DIR} + "/../shared/corpora/feeds/phishing-domains.txt.zst";
    if (!std::filesystem::exists(feed)) {
        WARN("SKIPPED: " << feed << " is not there");
        return;
    }
    const auto lists = load_link_lists({{feed, LinkMeaning::phishing}});
    REQUIRE(lists);
    CHECK((*lists)->files[0].index.size() > 13'000);
    CHECK((*lists)->files[0].malformed < 100);
}
