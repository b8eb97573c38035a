// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/return_path.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace {
mail::Mailbox mailbox(std::string_view text) { return *mail::Mailbox::parse(text); }
const smtp::ReturnPaths ours{"a key"};
const smtp::ReturnPaths::Time now{std::chrono::seconds{1'790'000'000}};
constexpr std::chrono::hours day{24};

std::string behind(std::string_view address, smtp::ReturnPaths::Time when = now)
{
    return mail::to_string(ours.verify(mailbox(address), when));
}
}

TEST_CASE("a bounce to a signed return path finds whose it is for a week")
{
    for (const auto* sender : {"ann@our.example", "Ann.Smith+x@our.example", "a=b@our.example"}) {
        const auto made = ours.sign(mailbox(sender), now);
        REQUIRE(made);
        const auto text = made->to_string();
        CAPTURE(text);
        CHECK(text.starts_with("prvs=0"));
        CHECK(text.find('=', 5) == 15);
        CHECK(text.ends_with(std::string{"="} + sender));
        CHECK(behind(text) == sender);
        CHECK(behind(text, now + 7 * day) == sender);
        CHECK(behind(text, now + 8 * day).empty());
        CHECK(behind(text, now - 2 * day).empty());
    }
}

TEST_CASE("days are counted on over the end of a thousand")
{
    for (int days = 0; days < 1010; ++days) {
        const auto then = now + days * day;
        const auto text = ours.sign(mailbox("ann@our.example"), then)->to_string();
        CHECK(behind(text, then + 7 * day) == "ann@our.example");
        CHECK(behind(text, then + 8 * day).empty());
    }
}

TEST_CASE("letters of a signed return path may have changed their case")
{
    auto text = ours.sign(mailbox("ann@our.example"), now)->to_string();
    std::ranges::transform(text, text.begin(),
                           [](char c) { return static_cast<char>(std::toupper(c)); });
    CHECK(smtp::ReturnPaths::is_signed(mailbox(text)));
    CHECK(behind(text) == "ANN@our.example");
}

TEST_CASE("a return path that we did not sign leads nowhere")
{
    const auto text = ours.sign(mailbox("ann@our.example"), now)->to_string();
    CHECK_FALSE(smtp::ReturnPaths{"another key"}.verify(mailbox(text), now));
    CHECK(behind("prvs=" + text.substr(5, 11) + "eve@our.example").empty());
    CHECK(behind("prvs=" + text.substr(5, 11) + "ann@other.example").empty());
    for (const auto* other :
         {"ann@our.example", "prvs=@our.example", "prvs=0123abcdef=@our.example",
          "prvs=0123abcdef=ann@our.example", "prvs=0abcabcdef=ann@our.example",
          "prvs=0123abcdef@our.example", "\"prvs=0123abcdef=a b\"@our.example"})
        if (const auto address = mail::Mailbox::parse(other))
            CHECK_FALSE(ours.verify(*address, now));
    CHECK_FALSE(smtp::ReturnPaths::is_signed(mailbox("prvs=x=ann@our.example")));
    CHECK_FALSE(smtp::ReturnPaths::is_signed(mailbox("ann@our.example")));
}

TEST_CASE("an address to which no bounce could come is not signed")
{
    CHECK_FALSE(ours.sign(mailbox(std::string(49, 'a') + "@our.example"), now));
    CHECK(ours.sign(mailbox(std::string(48, 'a') + "@our.example"), now));
    CHECK_FALSE(ours.sign(mailbox("\"a b\"@our.example"), now));
}
