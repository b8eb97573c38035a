// SPDX-License-Identifier: Apache-2.0
#include "filters/settings.hpp"

#include <catch2/catch.hpp>

using namespace filters;
using namespace std::chrono_literals;

namespace {
constexpr std::string_view defaults = R"(# what it does
limit: 20
share: 0.5
wait: 30 s
room: 2 MiB
pace: 200 per 30 min
on: true
name: "30 s"
mode: reply
exempt: ["127.0.0.0/8"]
rules: !example
  - { name: "x", points: 1.5 }
)";
struct Read {
    std::shared_ptr<Complaints> complaints = std::make_shared<Complaints>();
    Settings settings;
    explicit Read(std::string_view given)
    {
        const auto yaml = Yaml::parse(given, "m.yaml");
        if (!yaml)
            FAIL(to_string(yaml.error()));
        settings = Settings::read("test", defaults, *yaml, complaints);
    }
    std::string said() const { return to_string(*complaints); }
};
}

TEST_CASE("without the administrator's values the layer's own text counts")
{
    const Read read{""};
    CHECK(read.settings.number("limit") == 20);
    CHECK(read.settings.real("share") == 0.5);
    CHECK(read.settings.duration("wait") == 30s);
    CHECK(read.settings.size("room") == 2U << 20);
    CHECK(read.settings.rate("pace") == Rate{200, 30min});
    CHECK(read.settings.boolean("on"));
    CHECK(read.settings.text("name") == "30 s");
    CHECK(read.settings.networks("exempt").size() == 1);
    CHECK(read.settings.items("rules").empty());
    CHECK(read.said().empty());
}

TEST_CASE("given values replace defaults one by one")
{
    const Read read{"limit: 5\nwait: 1 min\nexempt: [10.0.0.0/8, 192.0.2.1]\n"
                    "rules: [{ name: a }, { points: 3 }]\n"};
    CHECK(read.settings.number("limit") == 5);
    CHECK(read.settings.duration("wait") == 1min);
    CHECK(read.settings.networks("exempt").size() == 2);
    const auto items = read.settings.items("rules");
    REQUIRE(items.size() == 2);
    CHECK(items[0].text("name") == "a");
    CHECK_FALSE(items[0].has("points"));
    CHECK(items[1].real("points") == 3);
    CHECK(read.settings.where("limit") == "m.yaml:1:8");
    CHECK(read.said().empty());
}

TEST_CASE("values must fit the defaults' form, and the default stays in use")
{
    const Read read{"limit: many\nwait: 30\nlimt: 3\nrules: [{ nam: a }]\nexempt: [10.0.0.0/99]\n"};
    CHECK(read.settings.number("limit") == 20);
    CHECK(read.settings.duration("wait") == 30s);
    CHECK(read.settings.networks("exempt").empty());
    CHECK(read.said()
          == "m.yaml:1:8: error: \"limit\" must be a whole number\n"
             "limit: many\n"
             "       ^\n"
             "m.yaml:2:7: error: \"wait\" must be a time with its unit, such as 30 s or 5 min\n"
             "wait: 30\n"
             "      ^\n"
             "m.yaml:3:1: error: unknown key \"limt\" of \"test\"\n"
             "limt: 3\n"
             "^\n"
             "did you mean \"limit\"?\n"
             "m.yaml:4:11: error: unknown key \"nam\" of an entry of \"rules\"\n"
             "rules: [{ nam: a }]\n"
             "          ^\n"
             "did you mean \"name\"?\n"
             "m.yaml:5:10: error: \"10.0.0.0/99\" is no network (192.0.2.0/24, 2001:db8::/32)\n"
             "exempt: [10.0.0.0/99]\n"
             "         ^\n");
}

TEST_CASE("a layer's own complaints stand at the key")
{
    const Read read{"mode: silent\n"};
    CHECK(read.settings.choice("mode", {"reply", "silence"}) == 0);
    CHECK(read.said()
          == "m.yaml:1:7: error: \"mode\" must be one of reply, silence\n"
             "mode: silent\n"
             "      ^\n"
             "did you mean \"silence\"?\n");
}
