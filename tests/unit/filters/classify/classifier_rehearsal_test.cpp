// SPDX-License-Identifier: Apache-2.0
#include "filters/content/feature_views.hpp"
#include "tests/unit/filters/classify/house.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>

using namespace filters;
using namespace filters::classify;

namespace {
using Outcome = Classifier::Outcome;

/// Messages of two kinds, as real ones: hundreds of features stand in nearly all of them.
class Letters {
public:
    Features next(Label label)
    {
        std::set<std::uint32_t> all, words;
        for (std::uint32_t i = 0; i < 1000; ++i)
            if (number(0, 10) != 0)
                all.insert(400'000 + i);
        for (int i = 0; i < 100; ++i)
            all.insert(number(0, 100'000));
        for (int i = 0; i < 20; ++i)
            words.insert(number(label == Label::spam ? 200'000 : 300'000, 2'000));
        all.insert(words.begin(), words.end());
        return {{all.begin(), all.end()}, {words.begin(), words.end()}, {}};
    }

private:
    std::uint32_t number(std::uint32_t from, std::uint32_t count)
    {
        return from + static_cast<std::uint32_t>(random_()) % count;
    }
    std::mt19937 random_{5};
};

/// A folder of one kind: mails from `first` on.
void teach(House& house, Letters& letters, Label label, std::uint64_t first, unsigned count = 220)
{
    for (std::uint64_t mail = first; mail < first + count; ++mail)
        house.learn(mail, label, letters.next(label));
}

/// A hundred features from `first` on in its header and in its body.
Features of_both_views(std::uint32_t first)
{
    Features one;
    for (const auto view : {0U, static_cast<std::uint32_t>(content::first_body_feature)})
        for (std::uint32_t i = 0; i < 100; ++i)
            one.all.push_back(view + first + i);
    one.words = one.all;
    return one;
}

/// Of 50 of each kind.
int misjudged(const House& house, Letters letters)
{
    int wrong = 0;
    for (int i = 0; i < 50; ++i) {
        wrong += house.logit(letters.next(Label::spam)) < 0;
        wrong += house.logit(letters.next(Label::ham)) > 0;
    }
    return wrong;
}
}

TEST_CASE("folders that are taught one after the other teach both kinds")
{
    House house;
    Letters letters;
    Label first = Label::ham, second = Label::spam;
    SECTION("ham first") { }
    SECTION("spam first") { std::swap(first, second); }
    SECTION("with a stop in between, and a kill afterwards")
    {
        teach(house, letters, first, 1);
        house.restart();
        teach(house, letters, second, 1001);
        const auto probe = letters.next(first);
        const auto before = house.logit(probe);
        house.kill();
        CHECK(house.logit(probe) == Approx(before).epsilon(1e-5));
        CHECK(house.lessons(first) == 220);
        CHECK(house.lessons(second) == 220);
        CHECK(misjudged(house, letters) <= 2);
        return;
    }
    teach(house, letters, first, 1);
    teach(house, letters, second, 1001);
    CHECK(misjudged(house, letters) <= 2);
}

TEST_CASE("a kill repeats every lesson that was taken anew, and nothing of what it was before")
{
    House house;
    Letters letters;
    teach(house, letters, Label::ham, 1, 60);
    house.write(house.now);
    teach(house, letters, Label::spam, 1001, 60);
    REQUIRE(house.book->of(id(1))->number > 60);
    const auto ham = letters.next(Label::ham), spam = letters.next(Label::spam);
    const auto of_ham = house.logit(ham), of_spam = house.logit(spam);
    house.kill();
    CHECK(house.logit(ham) == Approx(of_ham).epsilon(1e-5));
    CHECK(house.logit(spam) == Approx(of_spam).epsilon(1e-5));
    CHECK(house.lessons(Label::ham) == 60);
}

TEST_CASE("of a lesson that was taken anew nothing is left once it is taken back")
{
    House house;
    Letters letters;
    const Features own{{4'000'000}, {4'000'000}, {}}, unknown{{4'000'001}, {4'000'001}, {}};
    auto mistaken = letters.next(Label::spam);
    mistaken.all.push_back(own.all[0]);
    mistaken.words.push_back(own.words[0]);
    house.learn(1, Label::ham, mistaken);
    teach(house, letters, Label::ham, 2, 30);
    teach(house, letters, Label::spam, 1001, 60);
    REQUIRE(house.book->of(id(1))->number > 91);
    SECTION("right away") { }
    SECTION("after a stop") { house.restart(); }
    SECTION("after a kill") { house.kill(); }
    CHECK(house.logit(own) < house.logit(unknown) - 0.01);
    CHECK(house.unlearn(1) == Outcome::learnt);
    CHECK(house.logit(own) == Approx(house.logit(unknown)).margin(1e-4));
    CHECK(house.lessons(Label::ham) == 30);
    teach(house, letters, Label::spam, 2001, 60);
    CHECK_FALSE(house.book->of(id(1)));
}

TEST_CASE("what a user taught is not taken anew, and what is well known neither")
{
    House house;
    Letters letters;
    SECTION("a user's")
    {
        for (std::uint64_t mail = 1; mail <= 40; ++mail)
            house.learn(mail, Label::ham, letters.next(Label::ham), "eve@b.example");
        teach(house, letters, Label::spam, 1001, 60);
        CHECK(house.book->last() == 100);
    }
    SECTION("well known")
    {
        const auto ham = of_both_views(100), spam = of_both_views(200);
        for (std::uint64_t mail = 1; mail <= 200; ++mail)
            house.learn(mail, mail % 2 == 0 ? Label::spam : Label::ham, mail % 2 == 0 ? spam : ham);
        for (std::uint64_t mail = 201; mail <= 240; ++mail)
            house.learn(mail, Label::spam, spam);
        CHECK(house.book->last() == 240);
    }
}
