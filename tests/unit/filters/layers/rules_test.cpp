// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/scan/circumstances.hpp"
#include "filters/scan/examine.hpp"
#include "tests/unit/filters/fixture.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace filters;
using namespace filters::test;

namespace {
/// A folder with one rule file.
class RuleFolder {
public:
    explicit RuleFolder(std::string_view text)
        : path_{std::filesystem::temp_directory_path()
                / ("rules_test." + std::to_string(::getpid()))}
    {
        std::filesystem::create_directory(path_);
        std::ofstream{path_ / "local.cf"} << text;
        std::ofstream{path_ / "notes.txt"} << "body NOT_READ /a/\n";
    }
    ~RuleFolder() { std::filesystem::remove_all(path_); }
    RuleFolder(const RuleFolder&) = delete;
    RuleFolder& operator=(const RuleFolder&) = delete;
    std::string settings() const
    {
        return "own: false\nfolders: [\"" + path_.string() + "\"]\nscale: 2.0";
    }

private:
    std::filesystem::path path_;
};
}

TEST_CASE("rules: each hit is a finding with its points and its description")
{
    const RuleFolder folder{"body LOTTERY /you have won/i\nscore LOTTERY 1.5\n"
                            "describe LOTTERY Promises a prize\n"
                            "lang ja describe LOTTERY 賞金を約束しています\n"
                            "body __SUB /won/\nmeta BOTH __SUB && LOTTERY\nscore BOTH -0.5\n"};
    World world;
    const auto& type = type_named("rules");
    const auto layer = type.make_content(world.read(type, folder.settings()), world.services);
    REQUIRE(world.said().empty());
    REQUIRE(layer->is_needed());
    world.receives("Subject: Hello\r\n\r\nYou have\r\nwon!\r\n");
    const auto found = layer->inspect(world.mail.message, content::analyse(world.mail.message, {}));
    CHECK(names(found) == Names{"rules.hit", "rules.hit", "rules.score"});
    REQUIRE(found.size() == 3);
    CHECK(found[0].detail == "LOTTERY");
    CHECK(found[0].weight == 3.0);
    CHECK(found[0].evidence == "Promises a prize / 賞金を約束しています");
    CHECK(found[1].detail == "BOTH");
    CHECK(found[1].weight == -1.0);
    CHECK(found[2].weight == 2.0);
    CHECK(all_declared(found, "rules"));
}

TEST_CASE("rules: a broken rule file refuses the configuration and shows where")
{
    const RuleFolder folder{"body GOOD /a/\nbody BAD a/\n"};
    World world;
    const auto& type = type_named("rules");
    type.make_content(world.read(type, folder.settings()), world.services);
    const auto said = world.said();
    CHECK_THAT(said, Catch::Contains("local.cf:2:10: error:"));
    CHECK_THAT(said, Catch::Contains("body BAD a/\n"));
    CHECK_THAT(said, Catch::Contains("^"));
}

TEST_CASE("rules: without any test no scan happens")
{
    World world;
    const auto& type = type_named("rules");
    CHECK_FALSE(type.make_content(world.read(type, "own: false"), world.services)->is_needed());
}

TEST_CASE("rules: the gateway's own hop is the last one, and its sender the envelope's")
{
    const RuleFolder folder{"header HOP X-Spam-Relays-External =~ /^\\[ ip=198\\.51\\.100\\.7 "
                            "rdns=dyn\\.example helo=liar\\.example /\n"
                            "header ENVELOPE EnvelopeFrom =~ /^bounce\\@shop\\.example$/\n"
                            "header TOP Received =~ /^from liar\\.example /\n"
                            "header OLD X-Spam-Relays-External =~ /ip=192\\.0\\.2\\.1 /\n"
                            "full WHOLE /^Received: from liar/\n"};
    World world;
    const auto& type = type_named("rules");
    const auto layer = type.make_content(world.read(type, folder.settings()), world.services);
    world.mail.listener = "public";
    world.mail.client.ip = *mail::Ip::parse("198.51.100.7");
    world.mail.client.helo = "liar.example";
    world.mail.client.reverse_name = "dyn.example";
    world.mail.sender = *mail::Mailbox::parse("bounce@shop.example");
    world.receives(
        "Received: from a.example (a.example [192.0.2.1]) by b.example with SMTP id 1\r\n"
        "Subject: Hello\r\n\r\nHi\r\n");
    const auto hop = hop_of(world.mail);
    INFO(hop);
    const auto scanned
        = examine(world.mail.message, std::vector<filters::NamedLayer>{{layer.get()}},
                  {.hop = hop, .is_measured = true});
    CHECK(names(scanned.findings)
          == Names{"rules.hit", "rules.hit", "rules.hit", "rules.hit", "rules.hit", "rules.score"});
    CHECK(scanned.costs.size() == 5);
    const auto without
        = examine(world.mail.message, std::vector<filters::NamedLayer>{{layer.get()}});
    CHECK(names(without.findings) == Names{"rules.hit", "rules.score"});
    CHECK(without.costs.empty());
}

TEST_CASE("a hop is bounded, harmless and not told twice")
{
    World world;
    CHECK(hop_of(world.mail).empty() == (world.mail.client.ip == mail::Ip{}));
    world.mail.listener = "public";
    world.mail.client.ip = *mail::Ip::parse("198.51.100.7");
    world.mail.client.helo = std::string(5000, 'x') + "\r\nX-Evil: ([1.2.3.4]) ";
    world.mail.client.reverse_name = "a.example";
    world.receives("Received: from a ([198.51.100.7]) by b\r\nSubject: x\r\n\r\n");
    CHECK(hop_of(world.mail).size() <= longest_hop);
    CHECK_FALSE(hop_of(world.mail).contains('\n'));
    world.mail.client.helo = "a";
    CHECK(hop_of(world.mail).contains("[198.51.100.7]"));
    // A file that is looked at offline tells itself who handed it over.
    world.mail.listener.clear();
    CHECK(hop_of(world.mail).empty());
}
