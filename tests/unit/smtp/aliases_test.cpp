// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/aliases.hpp"

#include <catch2/catch.hpp>

namespace {
mail::Mailbox address(std::string_view text) { return mail::Mailbox::parse(text).value(); }

constexpr std::string_view file = "# who gets what\n"
                                  "info@a.example bob@a.example\n"
                                  "Sales@a.example: bob@a.example, eve@a.example\n"
                                  "far@a.example\tann@elsewhere.example # not ours\n"
                                  "chain@a.example info@a.example\n"
                                  "loop@a.example pool@a.example\n"
                                  "pool@a.example loop@a.example\n"
                                  "self@a.example self@a.example\n"
                                  "@gone.example @a.example\r\n"
                                  "nonsense\n"
                                  "empty@a.example\n";

smtp::Settings settings()
{
    smtp::Settings settings;
    for (const auto* name : {"a.example", "old.example", "gone.example", "plain.example"}) {
        smtp::DomainSettings domain{mail::Domain::parse(name).value(), nullptr, {}};
        domain.detail = domain.name.ascii() == "plain.example" ? "" : "+-";
        domain.aliases = "file";
        if (domain.name.ascii() == "old.example")
            domain.alias_of = mail::Domain::parse("a.example").value();
        settings.domains.emplace(name, std::move(domain));
    }
    return settings;
}
}

TEST_CASE("whose mailbox an address is")
{
    const auto [given, owner, is_alias] = GENERATE(table<std::string, std::string, bool>({
        {"bob@a.example", "bob@a.example", false},
        {"bob+shop@a.example", "bob@a.example", false},
        {"bob-x+y@a.example", "bob@a.example", false},
        {"+x@a.example", "+x@a.example", false},
        {"bob+@a.example", "bob@a.example", false},
        {"bob+shop@plain.example", "bob+shop@plain.example", false},
        {"info@a.example", "bob@a.example", false},
        {"INFO+x@A.example", "bob@a.example", false},
        {"chain@a.example", "bob@a.example", false},
        {"sales@a.example", "sales@a.example", true},
        {"far@a.example", "far@a.example", true},
        {"self@a.example", "self@a.example", true},
        {"bob@old.example", "bob@a.example", false},
        {"info+z@old.example", "bob@a.example", false},
        {"bob@gone.example", "bob@a.example", false},
        {"bob@elsewhere.example", "bob@elsewhere.example", false},
        {"\"b b\"@old.example", "\"b b\"@a.example", false},
        {"empty@a.example", "empty@a.example", false},
    }));
    INFO(given);
    const auto aliases = std::make_shared<const smtp::Aliases>(smtp::Aliases::parse(file));
    const auto resolved = smtp::resolve(settings(), address(given),
                                        [&](const smtp::DomainSettings&) { return aliases; });
    CHECK(resolved.owner.to_string() == owner);
    CHECK(resolved.is_alias == is_alias);
}

TEST_CASE("aliases of each other end somewhere")
{
    const auto aliases = std::make_shared<const smtp::Aliases>(smtp::Aliases::parse(file));
    const auto resolved = smtp::resolve(settings(), address("loop@a.example"),
                                        [&](const smtp::DomainSettings&) { return aliases; });
    CHECK(resolved.owner.domain().ascii() == "a.example");
}

TEST_CASE("a missing file changes nothing")
{
    const auto resolved
        = smtp::resolve(settings(), address("info+x@a.example"), [](const smtp::DomainSettings&) {
              return std::shared_ptr<const smtp::Aliases>{};
          });
    CHECK(resolved.owner.to_string() == "info@a.example");
}

TEST_CASE("what a line of a file of addresses says")
{
    const auto [line, is_first, content] = GENERATE(table<std::string, bool, std::string>({
        {"bob@a.example", false, "bob@a.example"},
        {"  bob@a.example\t\r", false, "bob@a.example"},
        {"# bob@a.example", false, ""},
        {"bob@a.example # who", false, "bob@a.example"},
        {"bob#1@a.example", false, "bob#1@a.example"},
        {"bob#1@a.example #2", false, "bob#1@a.example"},
        {"\xEF\xBB\xBF"
         "bob@a.example",
         true, "bob@a.example"},
        {"\xEF\xBB\xBF# bob@a.example", true, ""},
        {"\xEF\xBB\xBF"
         "bob@a.example",
         false,
         "\xEF\xBB\xBF"
         "bob@a.example"},
        {" , \r", false, ""},
        {"", true, ""},
    }));
    CHECK(smtp::content_of_line(line, is_first) == content);
}

TEST_CASE("lines that are no alias, or not wholly one, are told")
{
    using Lines = std::vector<std::size_t>;
    CHECK(smtp::Aliases::parse(file).unread() == Lines{10, 11});
    CHECK(smtp::Aliases::parse("info@a.example: bob@a.example, eve\n"
                               "@old.example bob@a.example\n"
                               "@old.example @a.example @b.example\n"
                               "info@a.example:bob@a.example\n"
                               "\n# ok\nok@a.example bob@a.example")
              .unread()
          == Lines{1, 2, 3, 4});
}
