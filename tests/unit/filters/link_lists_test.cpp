// SPDX-License-Identifier: Apache-2.0
#include "filters/link_lists.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace filters;

namespace {
/// A file in the folder for temporary files, gone with the object.
class ListFile {
public:
    explicit ListFile(std::string_view text)
    {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path()
            / ("mailweir-links-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
        write(text);
    }
    ~ListFile() { std::filesystem::remove(path_); }
    ListFile(const ListFile&) = delete;
    ListFile& operator=(const ListFile&) = delete;
    void write(std::string_view text) { std::ofstream{path_} << text; }
    /// As if it had been written long ago.
    void age(std::chrono::seconds by)
    {
        std::filesystem::last_write_time(path_, std::filesystem::file_time_type::clock::now() - by);
    }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

LinkIndex index(std::initializer_list<std::string_view> lines)
{
    LinkIndex::Builder builder;
    for (const auto line : lines)
        CHECK(builder.add(line));
    return builder.build();
}
}

TEST_CASE("an entry covers what is under it and nothing else")
{
    const auto links = index({"evil.net", "host.example.com", "https://Files.example.org/a/b/",
                              "0.0.0.0 sink.net", "192.0.2.1", "*.wild.net", "bücher.de",
                              "odd.net, with a remark"});
    const auto [host, path, entry]
        = GENERATE(table<std::string_view, std::string_view, std::string_view>({
            {"evil.net", "/", "evil.net"},
            {"a.b.evil.net", "/x", "evil.net"},
            {"notevil.net", "/", ""},
            {"host.example.com", "/", "host.example.com"},
            {"example.com", "/", ""},
            {"files.example.org", "/a/b", "files.example.org/a/b"},
            {"files.example.org", "/a/b/c", "files.example.org/a/b"},
            {"files.example.org", "/a/bc", ""},
            {"files.example.org", "/", ""},
            {"sink.net", "/", "sink.net"},
            {"192.0.2.1", "/", "192.0.2.1"},
            {"1.192.0.2.1", "/", ""},
            {"x.wild.net", "/", "wild.net"},
            {"xn--bcher-kva.de", "/", "xn--bcher-kva.de"},
            {"odd.net", "/", "odd.net"},
        }));
    INFO(host << path);
    CHECK(links.find(host, path) == entry);
    CHECK(links.size() == 8);
}

TEST_CASE("what is no link or would cover half of the world is no entry")
{
    LinkIndex::Builder builder;
    for (const auto* line : {"com", "co.jp", "localhost", "a b c", "http://", "<html>", "@"})
        CHECK_FALSE(builder.add(line));
}

TEST_CASE("allowed wins over phishing, phishing over spam")
{
    const ListFile spam{"# remark\na.net\nb.net\nc.net\n"}, phishing{"b.net\nc.net\nnonsense\n"},
        good{"c.net"};
    const auto lists = load_link_lists({{spam.path(), LinkMeaning::spam},
                                        {phishing.path(), LinkMeaning::phishing},
                                        {good.path(), LinkMeaning::allowed}});
    REQUIRE(lists);
    std::string entry;
    CHECK((*lists)->find("a.net", "/", entry)->file.meaning == LinkMeaning::spam);
    CHECK((*lists)->find("x.b.net", "/", entry)->file.meaning == LinkMeaning::phishing);
    CHECK(entry == "b.net");
    CHECK((*lists)->find("c.net", "/", entry)->file.meaning == LinkMeaning::allowed);
    CHECK((*lists)->find("d.net", "/", entry) == nullptr);
    CHECK((*lists)->files[1].malformed == 1);
    CHECK_FALSE(load_link_lists({{"/nowhere/at/all", LinkMeaning::spam}}));
}

TEST_CASE("files are read again when they changed, and a lost one leaves all as it was")
{
    ListFile file{"a.net\n"};
    file.age(std::chrono::hours{2});
    const auto lists = std::make_shared<LinkLists>();
    REQUIRE(lists->take({{file.path(), LinkMeaning::spam}}));
    const auto first = lists->current();
    REQUIRE(lists->take({{file.path(), LinkMeaning::spam}}));
    CHECK(lists->current() == first);
    file.write("b.net\n");
    file.age(std::chrono::hours{1});
    REQUIRE(lists->take({{file.path(), LinkMeaning::spam}}));
    std::string entry;
    CHECK(lists->current()->find("b.net", "/", entry) != nullptr);
    CHECK(lists->current()->find("a.net", "/", entry) == nullptr);
    file.write("c.net\nd.net\n"); // just now: who asks what it says is not told what it said
    REQUIRE(lists->take({{file.path(), LinkMeaning::spam}}));
    CHECK(lists->current()->find("d.net", "/", entry) != nullptr);
    file.write("b.net\n");
    REQUIRE(lists->take({{file.path(), LinkMeaning::spam}}));
    CHECK_FALSE(lists->take({{"/nowhere/at/all", LinkMeaning::spam}}));
    CHECK(lists->current()->find("b.net", "/", entry) != nullptr);
}
