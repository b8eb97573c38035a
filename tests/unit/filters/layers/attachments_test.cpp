// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/utf8.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
Findings inspect(World& world, const Content& content, std::string_view settings = "")
{
    const auto& type = type_named("attachments");
    const auto layer = type.make_content(world.read(type, settings), world.services);
    REQUIRE(layer->is_needed());
    auto found = layer->inspect(world.mail.message, content);
    CHECK(all_declared(found, "attachments"));
    return found;
}
Content with(content::File file)
{
    Content content;
    content.files.push_back(std::move(file));
    return content;
}
content::File named(std::string name, content::Kind kind = content::Kind::unknown)
{
    content::File file;
    file.filename = std::move(name);
    file.type = {kind, "some kind"};
    return file;
}
}

TEST_CASE("attachments: kinds and extensions are blocked, honest files are not")
{
    World world;
    for (const auto* name : {"setup.exe", "SETUP.EXE", "a.pdf.js", "link.url", "x.iso"})
        CHECK(names(inspect(world, with(named(name)))) == Names{"attachments.blocked"});
    for (const auto* name : {"", "report.pdf", "exe", "photo.jpeg", "notes.txt", "patch.diff"})
        CHECK(inspect(world, with(named(name))).empty());
    CHECK(names(inspect(world, with(named("report.pdf", content::Kind::executable))))
          == Names{"attachments.blocked"});
    CHECK(inspect(world, with(named("x.png", content::Kind::picture))).empty());
    auto other = named("notes.txt");
    other.other_filenames = {"notes.exe"};
    CHECK(names(inspect(world, with(other))) == Names{"attachments.blocked"});
}

TEST_CASE("attachments: what is blocked can be set")
{
    World world;
    const auto* settings = "{ blocked_kinds: [picture], blocked_extensions: [.DOC] }";
    CHECK(inspect(world, with(named("a.exe")), settings).empty());
    CHECK(names(inspect(world, with(named("a.doc")), settings)) == Names{"attachments.blocked"});
    CHECK(names(inspect(world, with(named("a", content::Kind::picture)), settings))
          == Names{"attachments.blocked"});
    World wrong;
    const auto& type = type_named("attachments");
    type.make_content(wrong.read(type, "{ blocked_kinds: [executble] }"), wrong.services);
    CHECK(wrong.said().contains("did you mean \"executable\"?"));
}

TEST_CASE("attachments: files inside of archives count unless that is switched off")
{
    World world;
    auto file = named("setup.exe", content::Kind::executable);
    file.path = "2/docs/setup.exe";
    file.depth = 1;
    const auto found = inspect(world, with(file));
    REQUIRE(names(found) == Names{"attachments.blocked"});
    CHECK(found[0].detail == "2/docs/setup.exe (some kind)");
    CHECK(inspect(world, with(file), "{ inside_archives: false }").empty());
}

TEST_CASE("attachments: what a file carries becomes a finding")
{
    World world;
    auto file = named("a.doc");
    file.is_disguised = file.is_encrypted = file.has_macros = file.has_script
        = file.has_external_template = file.has_embedded_files = true;
    CHECK(names(inspect(world, with(file)))
          == Names{"attachments.disguised", "attachments.encrypted", "attachments.macros",
                   "attachments.script", "attachments.external_template", "attachments.embedded"});
    file = named("a.doc");
    file.has_macros = file.has_auto_macros = true;
    CHECK(names(inspect(world, with(file))) == Names{"attachments.auto_macros"});
}

TEST_CASE("attachments: every oddity of the analysis has its finding")
{
    World world;
    for (const auto name : content::oddity_names()) {
        Content content;
        content.oddities.push_back({name, "part 1: something"});
        const auto found = inspect(world, content);
        REQUIRE(found.size() == 1);
        CHECK(found[0].name == "attachments." + std::string{name});
        CHECK(found[0].detail == "part 1: something");
    }
}

TEST_CASE("attachments: a long name is cut between characters")
{
    World world;
    auto file = named("a");
    file.filename = "x";
    for (int i = 0; i < 100; ++i)
        file.filename += "請";
    file.is_encrypted = true;
    CHECK(mail::is_utf8(inspect(world, with(file)).at(0).detail));
}

TEST_CASE("attachments: many files of one kind are one finding")
{
    World world;
    Content content;
    for (int i = 0; i < 9; ++i)
        content.files.push_back(named("a" + std::to_string(i) + "\n.exe"));
    const auto found = inspect(world, content);
    REQUIRE(found.size() == 1);
    CHECK(found[0].detail
          == "a0 .exe (some kind), a1 .exe (some kind), a2 .exe (some kind) and 6 more");
}
