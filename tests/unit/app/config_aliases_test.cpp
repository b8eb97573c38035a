// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"

#include <catch2/catch.hpp>

namespace {
std::expected<app::Configuration, filters::Complaints> parse(const std::string& domains)
{
    return app::parse_configuration(*filters::Yaml::parse(
        "domains:\n  - { name: new.example, next_hop: [\"mail\"] }\n" + domains, "mailweir.yaml"));
}
}

TEST_CASE("a domain that is another's needs no next hop of its own")
{
    const auto c = parse("  - { name: old.example, alias_of: new.example, rewrite: true }\n"
                         "  - { name: b.example, next_hop: [\"b\"], detail: \"+-\", "
                         "aliases: /dev/null }\n"
                         "  - { name: c.example, next_hop: [\"c\"], aliases: /dev/null }\n");
    REQUIRE(c);
    const auto& domains = c->smtp.domains;
    CHECK(domains.at("old.example").route == domains.at("new.example").route);
    CHECK(domains.at("old.example").alias_of->ascii() == "new.example");
    CHECK(domains.at("old.example").is_rewritten);
    CHECK(domains.at("b.example").detail == "+-");
    CHECK(c->smtp.alias_files == std::vector<std::string>{"/dev/null"});
    CHECK(c->smtp.has_aliases);
    CHECK_FALSE(parse("")->smtp.has_aliases);
}

TEST_CASE("each wrong alias domain is complained of")
{
    const auto [domains, words] = GENERATE(table<std::string, std::string>({
        {"  - { name: old.example }\n", "\"next_hop\" is missing here"},
        {"  - { name: old.example, alias_of: far.example }\n", "is none of the domains"},
        {"  - { name: old.example, alias_of: \"a b\" }\n", "is no domain name"},
        {"  - { name: a.example, alias_of: b.example }\n"
         "  - { name: b.example, alias_of: new.example }\n",
         "is an alias itself"},
        {"  - { name: old.example, alias_of: old.example }\n", "is an alias itself"},
        {"  - { name: old.example, next_hop: [\"x\"], detail: \"a\" }\n", "is one or more of"},
    }));
    INFO(domains);
    const auto c = parse(domains);
    REQUIRE_FALSE(c);
    CHECK_THAT(filters::to_string(c.error()), Catch::Contains(words));
}

TEST_CASE("a file of aliases that cannot be read is a warning with its place")
{
    const auto c = parse("  - { name: b.example, next_hop: [\"b\"], aliases: /nonexistent/a }\n");
    REQUIRE(c);
    REQUIRE(c->warnings.size() == 1);
    CHECK(c->warnings[0].line == 3);
}
