// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/fingerprint_table.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/prints.hpp"

using namespace filters;
using namespace filters::test;

namespace {
constexpr std::string_view offer
    = "Subject: [list] offer\r\n\r\n"
      "Our pharmacy has the lowest prices on the whole continent and ships within two days.\r\n"
      "Every customer who orders before Friday gets a second package for free, without\r\n"
      "questions and without any prescription from a doctor. Thousands of happy people have\r\n"
      "ordered from us last month, and they come back again because quality never lies.\r\n";

struct PrintWorld : World {
    explicit PrintWorld(std::string_view settings = "{}") : World{"fingerprint", settings}
    {
        const auto& type = type_named("fingerprint");
        reader = type.make_content(read(type, settings), services);
        table = FingerprintTable::of(services);
        mail.recipients.push_back(recipient());
    }
    /// As the scan would.
    void receives(std::string_view text)
    {
        World::receives(text);
        Content content = content::analyse(mail.message, {});
        reader->extract(mail.message, content);
        mail.content = std::make_shared<const Content>(std::move(content));
    }
    void has(Prints prints)
    {
        auto content = std::make_shared<Content>();
        content->fingerprints = std::move(prints);
        mail.content = std::move(content);
    }
    void is_reported(bool is_spam, Teacher::Kind kind = Teacher::Kind::administrator)
    {
        table->learn(mail.content->fingerprints, is_spam, {kind, "somebody"},
                     std::chrono::floor<std::chrono::seconds>(env.wall_now()));
    }
    std::unique_ptr<ContentLayer> reader;
    std::shared_ptr<FingerprintTable> table;
};

mail::Recipient trap()
{
    return {.address = mailbox("trap@b.example"), .findings = {{.name = "traps.address"}}};
}

std::string with(std::string_view text, std::string_view what, std::string_view by)
{
    std::string out{text};
    return out.replace(out.find(what), what.size(), by);
}
}

TEST_CASE("a message that was reported is known when it comes again")
{
    PrintWorld world;
    world.receives(offer);
    CHECK(world.message().empty());
    world.is_reported(true);
    auto found = world.message();
    REQUIRE(names(found) == Names{"fingerprint.exact"});
    CHECK(found[0].detail == "1");
    CHECK(found[0].weight == Approx(0.875));
    CHECK(found[0].evidence.ends_with(": 1 administrator"));

    world.receives(with(with(offer, "[list] offer", "**SPAM** Fwd: offer"), "Friday", "Monday"));
    found = world.message();
    REQUIRE(names(found) == Names{"fingerprint.fuzzy"});
    CHECK(found[0].weight.value() > 0.7);
    CHECK(found[0].weight.value() < 0.875);
    CHECK(found[0].evidence.contains(" % alike; "));
    CHECK(all_declared(found, "fingerprint"));
}

TEST_CASE("the parts of one message weigh together as much as the strongest of them")
{
    PrintWorld world;
    Prints prints;
    for (std::uint64_t i = 0; i < 8; ++i) {
        prints.push_back(text_print(i));
        prints.back().path = std::to_string(i + 1);
    }
    world.has(prints);
    world.is_reported(true, Teacher::Kind::user);
    world.table->learn(Prints{prints[4]}, true, {Teacher::Kind::trap, "trap@b.example"},
                       std::chrono::floor<std::chrono::seconds>(world.env.wall_now()));
    const auto found = world.message();
    REQUIRE(found.size() == 8);
    CHECK(found[0].detail == "5");
    CHECK(found[0].weight == Approx(0.75));
    for (std::size_t i = 1; i < found.size(); ++i)
        CHECK_FALSE(found[i].weight);
}

TEST_CASE("a picture that was reported is not enough where nothing else was")
{
    PrintWorld world;
    world.has({text_print(1), picture_print(1)});
    world.is_reported(true);
    CHECK(world.message().front().weight == Approx(0.875));
    world.has({text_print(2), picture_print(1)}); // the owner of the logo
    auto found = world.message();
    REQUIRE(names(found) == Names{"fingerprint.exact"});
    CHECK(found[0].weight == Approx(0.5));
    world.has({picture_print(1)});
    CHECK(world.message()[0].weight == Approx(0.5));
}

TEST_CASE("a message that is wanted disarms the report and says so")
{
    PrintWorld world;
    world.receives(offer);
    world.is_reported(true, Teacher::Kind::user);
    world.is_reported(false);
    const auto found = world.message();
    REQUIRE(names(found) == Names{"fingerprint.contested"});
    CHECK_FALSE(found[0].weight);
    CHECK(all_declared(found, "fingerprint"));
}

TEST_CASE("mail to a trap teaches")
{
    PrintWorld world;
    world.receives(offer);
    CHECK(world.message().empty());
    CHECK(world.message().empty()); // bob's mail teaches nothing
    world.mail.recipients.push_back(trap());
    CHECK(world.message().empty());
    const auto found = world.message();
    REQUIRE(names(found) == Names{"fingerprint.exact"});
    CHECK(found[0].evidence.ends_with(": 1 spam trap"));
}

TEST_CASE("a sender of good repute teaches no trap, and three disarm a report")
{
    PrintWorld world;
    world.receives(offer);
    world.mail.recipients.push_back(trap());
    const auto sends = [&](std::string_view domain) {
        world.mail.findings = {{.name = "reputation.good", .detail = std::string{domain}}};
        return names(world.message());
    };
    sends("a.example");
    CHECK(sends("a.example").empty());
    world.is_reported(true);
    CHECK(sends("a.example") == Names{"fingerprint.exact"});
    CHECK(sends("192.0.2.0/24") == Names{"fingerprint.exact"});
    CHECK(sends("192.0.2.1") == Names{"fingerprint.exact"});
    sends("c.example");
    sends("d.example");
    CHECK(sends("e.example") == Names{"fingerprint.contested"});
}

TEST_CASE("mail that was not scanned has no fingerprints")
{
    PrintWorld world;
    world.World::receives(offer);
    world.mail.content.reset();
    CHECK(world.message().empty());
}

TEST_CASE("settings of fingerprint that cannot be are complained of")
{
    CHECK(PrintWorld{"similarity: 0.2"}.said().contains("from 0.5 to 1"));
    CHECK(PrintWorld{"entries: 10"}.said().contains("from 1000"));
    CHECK(PrintWorld{"similarity: 0.8\nkeep: 7 days"}.said().empty());
}
