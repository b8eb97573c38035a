// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/srs.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace std::chrono_literals;

namespace {
mail::Mailbox mailbox(std::string_view text) { return *mail::Mailbox::parse(text); }
smtp::Srs at(std::string_view domain, std::string key = "a key")
{
    return {*mail::Domain::parse(domain), std::move(key)};
}
const smtp::Srs::Time now{std::chrono::seconds{1'790'000'000}};
constexpr std::chrono::hours day{24};

std::string back(const smtp::Srs& srs, const mail::Mailbox& address, smtp::Srs::Time when = now)
{
    return mail::to_string(srs.reverse(address, when));
}
}

TEST_CASE("a forwarded mail's envelope sender leads back to the sender it stands for")
{
    const auto srs = at("our.example");
    for (const auto* sender :
         {"ann@far.example", "Ann.Smith+x@far.example", "bounces-1=2=bob@lists.far.example"}) {
        const auto made = srs.forward(mailbox(sender), now);
        REQUIRE(made);
        CHECK(made->domain().ascii() == "our.example");
        CHECK(made->local().starts_with("SRS0="));
        CHECK(back(srs, *made) == sender);
        CHECK(back(srs, *made, now + 20 * day) == sender);
    }
}

TEST_CASE("servers on the way may change the case of its letters")
{
    const auto srs = at("our.example");
    auto text = srs.forward(mailbox("ann@far.example"), now)->to_string();
    std::ranges::transform(text, text.begin(),
                           [](char c) { return static_cast<char>(std::tolower(c)); });
    CHECK(back(srs, mailbox(text)) == "ann@far.example");
}

TEST_CASE("what is forged, of others or too old leads nowhere")
{
    const auto srs = at("our.example");
    const auto made = *srs.forward(mailbox("ann@far.example"), now);
    CHECK(back(at("our.example", "another key"), made).empty());
    CHECK(back(at("other.example"), made).empty());
    CHECK(back(srs, made, now + 22 * day).empty());
    CHECK(back(srs, made, now - 2 * day).empty());
    CHECK(back(srs, mailbox("SRS0=AAAAAAAA=AA=victim.example=bob@our.example")).empty());
    CHECK(back(srs, mailbox("SRS0=@our.example")).empty());
    CHECK(back(srs, mailbox("SRS1=A==B@our.example")).empty());
    CHECK(back(srs, mailbox("ann@our.example")).empty());
    CHECK_FALSE(srs.is_meant(mailbox("ann@our.example")));
    CHECK_FALSE(srs.is_meant(mailbox("srs0@our.example")));
    CHECK(srs.is_meant(mailbox("srs0=x@our.example")));
}

TEST_CASE("mail that was forwarded twice or thrice bounces to whoever forwarded it first")
{
    const auto one = at("one.example", "1"), two = at("two.example", "2"),
               three = at("three.example", "3");
    const auto first = *one.forward(mailbox("ann@far.example"), now);
    const auto second = *two.forward(first, now);
    const auto third = *three.forward(second, now);
    CHECK(second.local().starts_with("SRS1="));
    CHECK(third.local().starts_with("SRS1="));
    CHECK(back(two, second) == first.to_string());
    CHECK(back(three, third) == first.to_string());
    CHECK(back(one, *three.reverse(third, now)) == "ann@far.example");
}

TEST_CASE("a sender that no recipient's address could hold keeps its name")
{
    const auto srs = at("our.example");
    CHECK_FALSE(srs.forward(mailbox("\"a@b\"@far.example"), now));
    CHECK_FALSE(srs.forward(mailbox("ann@[192.0.2.1]"), now));
    CHECK_FALSE(srs.forward(mailbox(std::string(230, 'a') + "@far.example"), now));
    CHECK_FALSE(srs.forward(mailbox("SRS1=x@far.example"), now));
}
