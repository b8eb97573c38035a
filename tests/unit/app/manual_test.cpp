// SPDX-License-Identifier: Apache-2.0
#include "filters/finding_types.hpp"
#include "gateway/config_schema.hpp"
#include "gateway/manual/nouns.hpp"
#include "gateway/manual/pages.hpp"
#include "gateway/manual/roff.hpp"
#include "web/api/metric_families.hpp"

#include <catch2/catch.hpp>

using app::commands::all_commands;
using app::manual::Roff;

TEST_CASE("no text steers roff")
{
    CHECK(Roff::escaped("a-b") == "a\\-b");
    CHECK(Roff::escaped(R"(\fB')") == R"(\efB\(aq)");
    CHECK(Roff::escaped("…") == "\\[u2026]");
    CHECK(Roff::escaped("\xff") == "?");
    Roff roff{"x", 1, "y"};
    const auto text = roff.section("A").text(".so /etc/passwd").example(".ex\n\n'n").take();
    CHECK(text.contains("\n\\&.so /etc/passwd\n"));
    CHECK(text.contains("\n\\&.ex\n\\&\n\\(aqn\n"));
}

TEST_CASE("code is bold, and lines are short")
{
    Roff roff{"x", 1, "y"};
    std::string longest;
    for (int i = 0; i < 60; ++i)
        longest += "word ";
    const auto text = roff.section("A").text("see `a-b c` now\n\n" + longest).take();
    CHECK(text.contains("see \\fBa\\-b\\fP \\fBc\\fP now\n.PP\nword"));
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != text.npos; at = end + 1)
        CHECK(end - at <= 78);
}

TEST_CASE("every noun of the command line has a page of its own, and words about it")
{
    for (const auto& command : all_commands()) {
        INFO("nouns.cpp says nothing of: " << command.noun);
        CHECK(app::manual::find_noun(command.noun) != nullptr);
        const auto page = app::manual::noun_page(all_commands(), command.noun);
        CHECK(page.path() == "man1/mailweir-" + std::string{command.noun} + ".1");
        for (const auto& option : command.options)
            CHECK(page.text.contains(Roff::escaped(option.name)));
    }
}

TEST_CASE("keys, findings and numbers stand in the manual")
{
    const auto keys = app::manual::configuration_page().text;
    for (const auto& key : app::schema())
        CHECK(keys.contains(Roff::escaped(key.path)));
    const auto facts = app::manual::policy_page().text;
    for (const auto name : filters::finding_names())
        if (!name.ends_with(".error"))
            CHECK(facts.contains(Roff::escaped(name)));
    const auto numbers = app::manual::metrics_page().text;
    for (const auto& family : web::metric_families)
        CHECK(numbers.contains(Roff::escaped(family.name)));
}
