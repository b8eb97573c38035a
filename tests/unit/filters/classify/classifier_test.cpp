// SPDX-License-Identifier: Apache-2.0
#include "storage/set_aside.hpp"
#include "tests/unit/filters/classify/house.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace filters;
using namespace filters::classify;

namespace {
using Outcome = Classifier::Outcome;
}

TEST_CASE("of a lesson that was taken again after a crash nothing is left once it is taken back")
{
    House house;
    constexpr std::uint64_t count = 20;
    for (std::uint64_t mail = 1; mail <= count; ++mail)
        house.learn(mail, Label::spam, house.spam);
    // The first steps were the largest; what is left to be taken again is the smallest alone.
    for (std::uint64_t mail = 1; mail < count; ++mail)
        house.unlearn(mail);
    house.kill();
    const double of_unknown = house.logit({{70}, {70}, {}});
    CHECK(house.logit(house.spam) > of_unknown + 0.002);
    house.unlearn(count);
    CHECK(house.logit(house.spam) == Approx(of_unknown).margin(1e-4));
}

TEST_CASE("a lesson is taken once, and as the other kind instead of the first")
{
    House house;
    CHECK(house.learn(1, Label::spam, house.spam) == Outcome::learnt);
    const auto once = house.logit(house.spam);
    CHECK(once > 0);
    CHECK(house.learn(1, Label::spam, house.spam) == Outcome::known_already);
    CHECK(house.logit(house.spam) == once);
    CHECK(house.learn(1, Label::ham, house.spam) == Outcome::learnt);
    CHECK(house.logit(house.spam) < 0);
    CHECK(house.classifier->model().lessons(Label::spam) == 0);
    CHECK(house.learn(2, Label::ham, {{5, 4}, {}, {}}) == Outcome::unknown);
}

TEST_CASE("what was learnt outlives a stop and a kill, neither lost nor learnt twice")
{
    House house;
    for (std::uint64_t i = 1; i <= 5; ++i) {
        house.learn(i, Label::spam, house.spam);
        house.learn(100 + i, Label::ham, house.ham);
    }
    const auto logit = house.logit(house.spam);
    house.restart();
    CHECK(house.logit(house.spam) == Approx(logit));
    CHECK(house.classifier->model().lessons(Label::ham) == 5);
    house.learn(50, Label::spam, house.ham);
    const auto after = house.logit(house.ham);
    house.kill();
    CHECK(house.logit(house.ham) == Approx(after));
    CHECK(house.classifier->model().lessons(Label::spam) == 6);
}

TEST_CASE("a lesson that is taken back stays so after a kill")
{
    House house;
    house.learn(1, Label::spam, house.spam);
    house.learn(2, Label::ham, house.ham);
    house.write(house.now);
    const auto before = house.logit(house.ham);
    house.learn(3, Label::spam, house.ham);
    CHECK(house.unlearn(3) == Outcome::learnt);
    CHECK(house.unlearn(3) == Outcome::unknown);
    CHECK(house.logit(house.ham) == Approx(before).margin(0.05));
    house.kill();
    CHECK(house.logit(house.ham) == Approx(before).margin(0.05));
    CHECK(house.classifier->model().lessons(Label::spam) == 1);
}

TEST_CASE("what was kept of a mail can teach until it is too old")
{
    House house;
    house.classifier->keep(id(7), house.now, house.spam);
    CHECK(house.wait(house.classifier->learn({id(8), house.now, Label::spam})) == Outcome::unknown);
    CHECK(house.wait(house.classifier->learn({id(7), house.now, Label::spam})) == Outcome::learnt);
    CHECK(house.logit(house.spam) > 0);
    house.classifier->keep(id(9), house.now, house.spam);
    house.restart();
    house.write(house.now + 1h + 1s);
    CHECK(house.wait(house.classifier->learn({id(9), house.now, Label::spam})) == Outcome::unknown);
    CHECK(house.unlearn(7) == Outcome::unknown);
}

TEST_CASE("a user's decisions move an offset of their own, within bounds, for good")
{
    House house;
    CHECK(house.classifier->offset_of("bob@b.example") == 0);
    for (std::uint64_t i = 1; i < 100; ++i)
        house.learn(i, Label::ham, {{static_cast<std::uint32_t>(1000 + i)}, {}, {}},
                    "bob@b.example");
    const auto offset = house.classifier->offset_of("bob@b.example");
    CHECK(offset < -0.5);
    CHECK(offset >= -2);
    CHECK(house.classifier->offset_of("eve@b.example") == 0);
    house.kill();
    CHECK(house.classifier->offset_of("bob@b.example") == offset);
}

TEST_CASE("a damaged model is set aside, its owner is told, and the record teaches a new one")
{
    House house;
    house.learn(1, Label::spam, house.spam);
    house.learn(2, Label::ham, house.ham);
    house.learn(3, Label::spam, house.ham);
    house.unlearn(3);
    house.restart();
    const auto before = house.logit(house.spam);
    std::ofstream{house.folder + "/classifier.model", std::ios::app} << "x";
    house.restart();
    const auto aside = storage::set_aside_in(house.folder);
    REQUIRE(aside.size() == 1);
    CHECK(aside[0].path.contains("classifier.model.damaged-"));
    CHECK(aside[0].note.contains("no model"));
    CHECK(house.logit(house.spam) == Approx(before).epsilon(0.1));
    CHECK(house.lessons(Label::spam) == 1);
}

TEST_CASE("what was taken back is not subtracted from a model that never took it")
{
    House house;
    house.learn(1, Label::ham, house.ham);
    house.restart();
    house.unlearn(1);
    house.learn(2, Label::spam, house.spam);
    house.write(house.now + 2h); // the lesson is forgotten, not that it was taken back
    house.classifier.reset();
    std::filesystem::remove(house.folder + "/classifier.model");
    house.restart();
    House other;
    other.learn(2, Label::spam, other.spam);
    CHECK(house.logit(house.spam) == Approx(other.logit(other.spam)));
    CHECK(house.logit({{5, 6}, {5, 6}, {}}) == other.logit({{5, 6}, {5, 6}, {}}));
}

TEST_CASE("a damaged record of lessons costs what it holds: judging and learning go on")
{
    House house;
    for (std::uint64_t i = 1; i <= 40; ++i)
        house.learn(i, i % 2 == 0 ? Label::spam : Label::ham, i % 2 == 0 ? house.spam : house.ham);
    const auto before = house.logit(house.spam);
    house.classifier.reset();
    house.book.reset();
    house.damage("lessons.db");
    house.start();
    CHECK(house.logit(house.spam) == before);
    CHECK(storage::set_aside_in(house.folder).size() == 1);
    CHECK(house.learn(41, Label::spam, house.spam) == Outcome::learnt);
    const auto after = house.logit(house.spam);
    house.kill(); // numbers begin anew: what was answered as learnt is learnt all the same
    CHECK(house.logit(house.spam) == Approx(after));
    CHECK(house.lessons(Label::spam) == 21);
}

TEST_CASE("a model that cannot be read, or a record that cannot, teaches nobody and stops nobody")
{
    House house;
    house.learn(1, Label::spam, house.spam);
    house.classifier.reset();
    house.book.reset();
    SECTION("the model")
    {
        std::filesystem::remove(house.folder + "/classifier.model");
        std::filesystem::create_directory(house.folder + "/classifier.model");
    }
    SECTION("the record")
    {
        std::filesystem::remove(house.folder + "/lessons.db");
        std::filesystem::create_directory(house.folder + "/lessons.db");
    }
    house.start();
    CHECK(house.learn(2, Label::spam, house.spam) == Outcome::unknown);
    house.write(house.now);
}

TEST_CASE("of a mail the model holds the strongest voice, and every user's offset their own")
{
    House house;
    const std::string eve = "eve@b.example", bob = "bob@b.example";
    CHECK(house.learn(1, Label::spam, house.spam) == Outcome::learnt);
    const auto of_administrators = house.logit(house.spam);
    CHECK(house.learn(1, Label::ham, house.spam, eve) == Outcome::learnt);
    CHECK(house.learn(1, Label::ham, house.spam, eve) == Outcome::known_already);
    CHECK(house.learn(1, Label::spam, house.spam, std::string{spam_traps}) == Outcome::learnt);
    CHECK(house.logit(house.spam) == of_administrators);
    CHECK(house.classifier->offset_of(eve) < 0);
    CHECK(house.learn(1, Label::ham, house.spam, bob) == Outcome::learnt);
    CHECK(house.classifier->offset_of(bob) < 0); // though eve said so before

    CHECK(house.unlearn(1, "zoe@b.example") == Outcome::unknown);
    CHECK(house.logit(house.spam) == of_administrators);
    CHECK(house.unlearn(1) == Outcome::learnt); // administrators, and the trap
    CHECK(house.logit(house.spam) < 0); // now eve's is the strongest
    CHECK(house.unlearn(1) == Outcome::unknown);
    CHECK(house.unlearn(1, eve) == Outcome::learnt);
    CHECK(house.logit(house.spam) < 0);
    CHECK(house.unlearn(1, bob) == Outcome::learnt);
    CHECK(house.logit(house.spam) == Approx(0).margin(0.02));
    CHECK(house.classifier->offset_of(eve) == Approx(0).margin(1e-9));
    CHECK(house.classifier->offset_of(bob) == Approx(0).margin(1e-9));
}

TEST_CASE("an administrator raises what a user said to full trust")
{
    House house, other;
    house.learn(1, Label::spam, house.spam, "eve@b.example");
    const auto little = house.logit(house.spam);
    CHECK(house.learn(1, Label::spam, house.spam) == Outcome::learnt);
    other.learn(1, Label::spam, other.spam);
    CHECK(little < house.logit(house.spam) / 2);
    CHECK(house.logit(house.spam) == Approx(other.logit(other.spam)).epsilon(0.1));
    CHECK(house.lessons(Label::spam) == 1);
}

TEST_CASE("a change of mind leaves a user's offset as if only the last had been said")
{
    House house;
    const std::string eve = "eve@b.example";
    for (int i = 0; i < 3; ++i) {
        house.learn(1, Label::spam, house.spam, eve);
        house.learn(1, Label::ham, house.spam, eve);
    }
    CHECK(house.classifier->offset_of(eve) == Approx(-0.15).margin(0.03));
}

TEST_CASE("offsets that nobody moved for long go, from memory too")
{
    House house;
    house.learn(1, Label::ham, house.ham, "eve@b.example");
    house.now += 300 * 24h;
    house.learn(2, Label::ham, house.ham, "bob@b.example");
    house.now += 200 * 24h;
    house.write(house.now);
    CHECK(house.classifier->offset_of("eve@b.example") == 0);
    CHECK(house.classifier->offset_of("bob@b.example") < 0);
}

TEST_CASE("one user teaches the model so many mails a day, and their own offset any number")
{
    House house;
    for (std::uint64_t i = 1; i <= 80; ++i)
        house.learn(i, Label::spam, {{static_cast<std::uint32_t>(100 + i)}, {}, {}},
                    "eve@b.example");
    const Features none{{9999}, {}, {}};
    CHECK(house.logit({{150}, {}, {}}) > house.logit(none));
    CHECK(house.logit({{151}, {}, {}}) == house.logit(none));
    CHECK(house.classifier->offset_of("eve@b.example") > 1);
    house.now += 25h;
    house.learn(99, Label::spam, {{199}, {}, {}}, "eve@b.example");
    CHECK(house.logit({{199}, {}, {}}) > house.logit(none));
}

TEST_CASE("what a file taught can be corrected by its id")
{
    House house;
    house.learn(1, Label::spam, house.spam);
    CHECK(house.wait(house.classifier->learn({id(1), house.now, Label::ham})) == Outcome::learnt);
    CHECK(house.logit(house.spam) < 0);
    CHECK(house.lessons(Label::spam) == 0);
}

TEST_CASE("who only judges reads the model and learns nothing")
{
    House house;
    house.learn(1, Label::spam, house.spam);
    house.restart();
    Classifier reader{house.folder};
    CHECK(reader.model().judge(house.spam).logit == house.logit(house.spam));
    CHECK(house.wait(reader.learn({id(2), house.now, Label::ham}, house.ham)) == Outcome::unknown);
    Classifier nothing{"/nonexistent"};
    CHECK(nothing.model().judge(house.spam).probability == 0.5);
}
