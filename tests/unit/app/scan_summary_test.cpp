// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/scan_summary.hpp"

#include "gateway/commands/message_files.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using app::commands::MessageFiles;
using app::commands::ScanSummary;
using app::commands::with_crlf;

namespace {
mail::Verdict verdict(mail::Action action, double score, mail::Step step = mail::Step::points)
{
    mail::Verdict v;
    v.action = action;
    v.score = score;
    v.step = step;
    return v;
}

filters::Policy policy()
{
    filters::Policy p;
    p.tag = 3.5;
    p.block = 9;
    return p;
}

struct Folder {
    std::filesystem::path path;
    Folder()
        : path{std::filesystem::temp_directory_path()
               / ("mailweir-scan-" + std::to_string(::getpid()))}
    {
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const
    {
        std::filesystem::create_directories((path / name).parent_path());
        std::ofstream{path / name, std::ios::binary} << text;
    }
};

std::vector<std::pair<std::string, std::string>> read(const std::filesystem::path& path)
{
    auto files = MessageFiles::find({path.string()});
    REQUIRE(files);
    std::vector<std::pair<std::string, std::string>> found;
    while (auto raw = files->next()) {
        CHECK(raw->number == found.size());
        found.emplace_back(std::filesystem::path{raw->path}.filename().string(), raw->text);
    }
    return found;
}
}

TEST_CASE("a summary says what would happen and what is nearest the line")
{
    ScanSummary summary;
    summary.add("clean", "s", verdict(mail::Action::deliver, 0, mail::Step::none), policy());
    summary.add("near", "almost", verdict(mail::Action::deliver, 3.4, mail::Step::none), policy());
    summary.add("tagged", "s", verdict(mail::Action::tag, 5), policy());
    summary.add("blocked", "s", verdict(mail::Action::reject, 12), policy());
    summary.add("listed", "s", verdict(mail::Action::reject, 3.5, mail::Step::forced_list),
                policy());
    summary.add_unreadable("x", "why");
    const auto text = summary.text();
    CHECK_THAT(
        text,
        Catch::StartsWith("6 messages: would tag 1, refuse 2, deliver 2; 1 could not be read; "
                          "here are the 3 nearest the line\n"));
    CHECK(text.find("near  almost") < text.find("tagged"));
    CHECK(text.find("tagged") < text.find("blocked"));
    CHECK(text.find("listed") == text.npos);
    CHECK_THAT(text, Catch::Contains("tag 3.5 (-0.10)"));
}

TEST_CASE("at most twelve are shown, the nearest ones")
{
    ScanSummary summary;
    for (int i = 1; i <= 40; ++i)
        summary.add("m" + std::to_string(i), "", verdict(mail::Action::tag, 3.5 + i * 0.01),
                    policy());
    const auto text = summary.text();
    CHECK(std::count(text.begin(), text.end(), '\n') == 13);
    CHECK_THAT(text, Catch::Contains(" m12 "));
    CHECK_THAT(text, !Catch::Contains(" m13 "));
}

TEST_CASE("an empty heap has a summary too")
{
    CHECK(ScanSummary{}.text()
          == "0 messages: would stop none, deliver 0; none came near a line\n");
}

TEST_CASE("line ends become CRLF")
{
    CHECK(with_crlf("a\nb\r\nc\rd") == "a\r\nb\r\nc\r\nd");
    CHECK(with_crlf("") == "");
    CHECK(with_crlf("\n\r\r\n") == "\r\n\r\n\r\n");
}

TEST_CASE("folders and Maildirs are read in order, their tmp and hidden files are not")
{
    const Folder folder;
    folder.write("cur/2", "two");
    folder.write("new/1", "one");
    folder.write("tmp/3", "three");
    folder.write(".hidden", "x");
    CHECK(read(folder.path)
          == std::vector<std::pair<std::string, std::string>>{{"2", "two"}, {"1", "one"}});
}

TEST_CASE("an mbox falls into its messages")
{
    const Folder folder;
    folder.write("box",
                 "From a@b Sat Nov 21\nSubject: one\n\nbody\n>From here\nFrom not a new one\n\n"
                 "From c@d Sat Nov 21\nSubject: two\n\n>>From x\n\n");
    const auto found = read(folder.path / "box");
    REQUIRE(found.size() == 2);
    CHECK(found[0].first == "box#1");
    CHECK(found[0].second == "Subject: one\n\nbody\nFrom here\nFrom not a new one\n");
    CHECK(found[1].second == "Subject: two\n\n>From x\n");
}

TEST_CASE("an empty mbox and a missing path are no messages")
{
    const Folder folder;
    folder.write("box", "From ");
    CHECK(read(folder.path / "box").empty());
    CHECK_FALSE(MessageFiles::find({(folder.path / "nothing").string()}));
}
