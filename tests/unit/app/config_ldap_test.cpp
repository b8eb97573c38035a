// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace {
std::expected<app::Configuration, filters::Complaints> parse(const std::string& text)
{
    return app::parse_configuration(*filters::Yaml::parse(text, "mailweir.yaml"));
}

/// A domain whose recipients are as written.
std::string with_recipients(const std::string& recipients)
{
    return "domains: [{ name: a.example, next_hop: [\"mail\"], recipients: " + recipients + " }]\n";
}
}

TEST_CASE("each wrong directory is complained of")
{
    const std::string whole = "servers: \"ldap://x\", base: \"dc=x\"";
    const auto [text, words] = GENERATE_COPY(table<std::string, std::string>({
        {with_recipients("{ ldap: {} }"), "\"servers\" is missing for this directory"},
        {with_recipients("{ ldap: staff }"), "no directory of \"ldap\" has the name \"staff\""},
        {with_recipients("{ ldap: { " + whole + ", filter: \"(mail=bob)\" } }"),
         "the filter finds the same for everybody"},
        {with_recipients("{ ldap: { " + whole + ", filter: \"mail={address}\" } }"),
         "is no LDAP filter"},
        {with_recipients("{ ldap: { " + whole + ", bind_dn: \"cn=x\" } }"), "need each other"},
        {with_recipients("{ ldap: { sewers: x } }"), "unknown key \"sewers\""},
        {with_recipients("{ ldap: { servers: \"ldap://x\" } }"), "\"base\" is missing"},
        {with_recipients("{ ldap: { " + whole + " }, file: x }"), "wants any, callout"},
        {"ldap: [{ name: s, servers: [\"http://x\"] }]\n", "\"servers\" wants a list of LDAP"},
        {"ldap: [{ name: s, servers: [\"ldap://x/dc=x\"] }]\n", "wants a list of LDAP"},
        {"ldap: [{ name: s }]\n", "\"servers\" is missing here"},
        {"ldap: [{ servers: [\"ldap://x\"] }]\n", "\"name\" is missing here"},
        {"ldap: [{ name: s, servers: \"ldap://x\" }, { name: s, servers: \"ldap://y\" }]\n",
         "two directories have this name"},
    }));
    INFO(text);
    const auto configuration = parse(text);
    REQUIRE_FALSE(configuration);
    CHECK_THAT(filters::to_string(configuration.error()), Catch::Contains(words));
}

TEST_CASE("a domain's keys for a directory count before those of the entry it names")
{
    const auto c = parse("ldap: [{ name: staff, servers: [\"ldaps://one\", \"ldap://two:3890\"],\n"
                         "         base: \"dc=x\" }]\n"
                         "domains:\n"
                         "  - { name: a.example, next_hop: [\"mail:25\"],\n"
                         "      recipients: { ldap: staff } }\n"
                         "  - { name: b.example, next_hop: [\"mail:25\"], recipients:\n"
                         "      { ldap: { name: staff, base: \"dc=y\", canonical: mail } } }\n");
    REQUIRE(c);
    const auto& a = *c->smtp.domains.at("a.example").recipients.ldap;
    const auto& b = *c->smtp.domains.at("b.example").recipients.ldap;
    CHECK(a.base == "dc=x");
    CHECK(a.filter == "(mail={address})");
    CHECK(b.base == "dc=y");
    CHECK(b.canonical == "mail");
    CHECK(a.directory == b.directory);
    CHECK(a.directory.servers == std::vector<std::string>{"ldaps://one", "ldap://two:3890"});
    CHECK(a.directory.timeout == std::chrono::seconds{5});
}

TEST_CASE("an unreadable file is named where a directory stands with its domain, too")
{
    const auto c = parse(with_recipients("{ ldap: { servers: \"ldap://x\", base: \"dc=x\",\n"
                                         "bind_dn: \"cn=x\", password_file: /nonexistent/p } }"));
    REQUIRE(c);
    REQUIRE(c->warnings.size() == 1);
    CHECK(c->warnings[0].line == 2);
    CHECK(c->warnings[0].text.contains("/nonexistent/p: No such file"));
}
