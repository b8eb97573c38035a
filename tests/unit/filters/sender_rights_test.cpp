// SPDX-License-Identifier: Apache-2.0
#include "filters/sender_rights.hpp"

#include <catch2/catch.hpp>

using filters::SenderRights;

namespace {
SenderRights rights_of(std::initializer_list<std::string_view> lines)
{
    SenderRights rights;
    for (const auto line : lines)
        REQUIRE(rights.add(line));
    return rights;
}
}

TEST_CASE("an account may use the addresses and domains of its lines, and nobody else's")
{
    const auto rights = rights_of({"# who sends as whom", "", "ann ann@a.example office@a.example",
                                   "Ann\t@news.a.example # and its letters", "robot *",
                                   "Bob@A.example bob@a.example", "mute"});
    const auto [account, address, may] = GENERATE(table<std::string, std::string, bool>({
        {"ann", "ann@a.example", true},
        {"ANN", "Office@A.Example", true},
        {"ann", "any@news.a.example", true},
        {"ann", "any@deep.news.a.example", false},
        {"ann", "bob@a.example", false},
        {"bob@a.example", "bob@a.example", true},
        {"bob", "bob@a.example", false},
        {"robot", "who@ever.example", true},
        {"mute", "mute@a.example", false},
        {"stranger", "ann@a.example", false},
    }));
    INFO(account << " as " << address);
    CHECK(rights.may_use(account, mail::Mailbox::parse(address).value()) == may);
}

TEST_CASE("a line that names no address is refused, and changes nothing")
{
    SenderRights rights;
    for (const auto* line : {"ann office", "ann @", "ann @a..b", "ann ann@a.example,bob@a.example"})
        CHECK_FALSE(rights.add(line));
    CHECK(rights.size() == 0);
}
