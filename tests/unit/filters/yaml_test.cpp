// SPDX-License-Identifier: Apache-2.0
#include "filters/yaml.hpp"

#include <catch2/catch.hpp>

using namespace filters;
using namespace std::chrono_literals;

namespace {
Yaml read(std::string_view text)
{
    auto yaml = Yaml::parse(text, "p.yaml");
    if (!yaml)
        FAIL(to_string(yaml.error()));
    return *yaml;
}
std::string complaint(std::string_view text)
{
    const auto yaml = Yaml::parse(text, "p.yaml");
    return yaml ? "none" : to_string(yaml.error());
}
}

TEST_CASE("a document becomes a tree whose places know where they are")
{
    const auto yaml = read("a: 1\nb:\n  - x\n  - \"2\"\nc: { d: [e] }\nempty:\n");
    CHECK(yaml.find("a").text() == "1");
    CHECK_FALSE(yaml.find("a").is_quoted());
    CHECK(yaml.find("b").items().at(1).is_quoted());
    CHECK(yaml.find("b").items().at(1).where() == "p.yaml:4:5");
    CHECK(yaml.at({"c", "d"}).items().at(0).text() == "e");
    CHECK(yaml.has("empty"));
    CHECK_FALSE(yaml.find("empty"));
    CHECK_FALSE(yaml.has("missing"));
    CHECK_FALSE(read(""));
    CHECK_FALSE(read("# nothing\n"));
}

TEST_CASE("columns count characters, not octets")
{
    const auto yaml = read("a: { 名前: 値, b: x }\n");
    CHECK(yaml.at({"a", "b"}).where() == "p.yaml:1:16");
}

TEST_CASE("a duplicate key is refused with both places")
{
    CHECK(complaint("hostname: a\nport: 1\nhostname: b\n")
          == "p.yaml:3:1: error: duplicate key \"hostname\"; first in line 1\n"
             "hostname: b\n"
             "^\n");
    CHECK(complaint("a: { b: 1, b: 2 }\n")
          == "p.yaml:1:12: error: duplicate key \"b\"; first in line 1\n"
             "a: { b: 1, b: 2 }\n"
             "           ^\n");
}

TEST_CASE("what YAML offers and configuration does not need is refused")
{
    CHECK(
        complaint("a: &x 1\nb: *x\n").starts_with("p.yaml:1:4: error: anchors are not used here"));
    CHECK(complaint("a: 1\n---\nb: 2\n").find("a second document begins") != std::string::npos);
    CHECK(complaint("? [a, b]\n: 1\n").find("a key must be a plain word") != std::string::npos);
    CHECK(complaint(std::string(40, '[') + std::string(40, ']')).find("nested too deeply")
          != std::string::npos);
    CHECK(complaint("a: \"\xff\"\n").find("not UTF-8") != std::string::npos);
    CHECK(complaint(std::string_view{"a: \0", 4}).find("not UTF-8") != std::string::npos);
    CHECK(complaint(std::string((8U << 20) + 1, ' ')).find("larger than 8 MiB")
          != std::string::npos);
}

TEST_CASE("broken syntax says where")
{
    CHECK(complaint("a: b: c\n").starts_with("p.yaml:1:5: error: "));
    CHECK(complaint("a: [1, 2\nb: 3\n").starts_with("p.yaml:2:"));
    for (const auto open : {"a: \"open\nb: 1\n", "a: 'open\n", "a: \"x\\\"\n", "a: 'it''s\n"})
        CHECK(complaint(open).starts_with("p.yaml:1:4: error: a quote that is never closed"));
    CHECK(complaint("a: 'it''s'\nb: \"x\\\"y\"\n") == "none");
    CHECK(complaint("- a\nb: 1\n").starts_with("p.yaml:2:1: error: a second document begins"));
    CHECK(complaint("a: !!binary x\n").starts_with("p.yaml:1:4: error: tags are not used here"));
}

TEST_CASE("merging replaces values key by key and keeps their places")
{
    const auto over = Yaml::parse("a: { c: 3 }\nd: [9]\ne: 5\n", "over.yaml");
    const auto merged = Yaml::merged(read("a: { b: 1, c: 2 }\nd: [1, 2]\n"), *over);
    CHECK(merged.at({"a", "b"}).text() == "1");
    CHECK(merged.at({"a", "c"}).text() == "3");
    CHECK(merged.at({"a", "c"}).where() == "over.yaml:1:9");
    CHECK(merged.find("d").items().size() == 1);
    CHECK(merged.find("e").text() == "5");
    CHECK(merged.find("a").entries().size() == 2);
}

TEST_CASE("a map is read key by key and unknown keys are complained of")
{
    Complaints complaints;
    YamlMap map{read("hostname: mx\nport: 70000\ntimeout: 30\nsize: 4 KiB\nwho: [a, b]\n"
                     "mode: enforse\ntls: maybe\nrate: 5 per h\nlistner: x\n"),
                complaints};
    CHECK(map.text("hostname") == "mx");
    CHECK(map.number("port", 25, 1, 65535) == 25);
    CHECK(map.duration("timeout", 1s) == 1s);
    CHECK(map.size("size", 0) == 4096);
    CHECK(map.texts("who") == std::vector<std::string>{"a", "b"});
    CHECK(map.choice("mode", {"enforce", "observe"}, 1) == 1);
    CHECK(map.boolean("tls", true));
    CHECK(map.rate("rate", {}) == Rate{5, 1h});
    CHECK(map.texts("listener").empty());
    map.finish();
    CHECK(to_string(complaints)
          == "p.yaml:2:7: error: \"port\" must be from 1 to 65535\n"
             "port: 70000\n"
             "      ^\n"
             "p.yaml:3:10: error: \"timeout\" must be a time with its unit, such as 30 s or 5 min\n"
             "timeout: 30\n"
             "         ^\n"
             "p.yaml:6:7: error: \"mode\" must be one of enforce, observe\n"
             "mode: enforse\n"
             "      ^\n"
             "did you mean \"enforce\"?\n"
             "p.yaml:7:6: error: \"tls\" must be true or false\n"
             "tls: maybe\n"
             "     ^\n"
             "p.yaml:9:1: error: unknown key \"listner\"\n"
             "listner: x\n"
             "^\n"
             "did you mean \"listener\"?\n");
}
