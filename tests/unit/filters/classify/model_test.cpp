// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/model.hpp"

#include "filters/classify/step_code.hpp"
#include "filters/content/feature_views.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace filters;
using namespace filters::classify;
using content::Features;

namespace {
/// Messages of two kinds that share most of their features.
class Mailbag {
public:
    Features message(Label label)
    {
        std::set<std::uint32_t> all, words;
        for (int i = 0; i < 300; ++i)
            all.insert(number(0, 100'000));
        for (int i = 0; i < 20; ++i) {
            const auto word = number(label == Label::spam ? 200'000 : 300'000, 2'000);
            words.insert(word);
            all.insert(word);
        }
        return {{all.begin(), all.end()}, {words.begin(), words.end()}, {}};
    }

    /// Words of legitimate mail and a few of spam.
    Features mixture()
    {
        auto one = message(Label::ham);
        const auto word = number(200'000, 2'000);
        one.words.insert(one.words.begin(), word);
        one.all.insert(std::ranges::lower_bound(one.all, word), word);
        return one;
    }

private:
    std::uint32_t number(std::uint32_t from, std::uint32_t count)
    {
        return from + static_cast<std::uint32_t>(random_()) % count;
    }
    std::mt19937 random_{5};
};

void teach(Model& model, Mailbag& bag, unsigned each)
{
    for (unsigned i = 0; i < each; ++i) {
        model.learn(bag.message(Label::spam), Label::spam, Trust::full);
        model.learn(bag.message(Label::ham), Label::ham, Trust::full);
    }
}
}

TEST_CASE("a model knows nothing at first, and is not to be asked before enough lessons")
{
    Model model;
    Mailbag bag;
    CHECK(model.judge(bag.message(Label::spam)).probability == 0.5);
    teach(model, bag, Model::lessons_needed - 1);
    CHECK_FALSE(model.judge(bag.message(Label::spam)).is_ready);
    teach(model, bag, 1);
    CHECK(model.judge(bag.message(Label::spam)).is_ready);
    CHECK(model.lessons(Label::ham) == Model::lessons_needed);
}

TEST_CASE("a model tells apart what it was taught")
{
    Model model;
    Mailbag bag;
    teach(model, bag, 300);
    for (int i = 0; i < 50; ++i) {
        CHECK(model.judge(bag.message(Label::spam)).probability > 0.9);
        CHECK(model.judge(bag.message(Label::ham)).probability < 0.1);
    }
}

TEST_CASE("what is taken back right away leaves the model as it was")
{
    Model model;
    Mailbag bag;
    teach(model, bag, 50);
    const auto probe = bag.message(Label::spam), wrong = bag.message(Label::spam);
    const double before = model.judge(probe).logit, of_wrong = model.judge(wrong).logit;
    const auto lesson = model.learn(wrong, Label::ham, Trust::full);
    const double change = std::abs(model.judge(wrong).logit - of_wrong);
    REQUIRE(change > 2);
    const auto packed = unpack_step(pack_step(lesson));
    REQUIRE(packed);
    model.unlearn(wrong, *packed);
    CHECK(model.judge(wrong).logit == Approx(of_wrong).margin(change / 20));
    CHECK(model.judge(probe).logit == Approx(before).margin(change / 20));
    CHECK(model.lessons(Label::ham) == 50);
}

TEST_CASE("steps that are none are refused")
{
    CHECK_FALSE(unpack_step(""));
    CHECK_FALSE(unpack_step(std::string(13, '\0')));
    CHECK(unpack_step(std::string(14, '\0')));
    CHECK_FALSE(unpack_step(std::string(14, '\x7f')));
    Lesson too_wrong;
    too_wrong.step.errors = {0, 1.5F};
    CHECK_FALSE(unpack_step(pack_step(too_wrong)));
    CHECK_FALSE(unpack_step("\x06" + std::string(13, '\0')));
    Model model;
    Mailbag bag;
    const auto features = bag.message(Label::ham);
    auto lesson = model.learn(features, Label::ham, Trust::full);
    lesson.step.pasts.pop_back();
    const auto before = model.judge(features).logit;
    model.unlearn(features, lesson);
    CHECK(model.judge(features).logit == before);
}

TEST_CASE("much of the same in the text does not drown what the header says")
{
    LinearLearner learner;
    std::vector<std::uint32_t> header, text, both;
    for (std::uint32_t i = 0; i < 100; ++i)
        header.push_back(i);
    for (std::uint32_t i = 0; i < 3000; ++i)
        text.push_back(content::first_body_feature + i);
    both = header;
    both.insert(both.end(), text.begin(), text.end());
    for (int i = 0; i < 50; ++i) {
        learner.learn(header, true, 1);
        learner.learn(text, false, 1);
    }
    CHECK(learner.logit(text) < -2);
    CHECK(learner.logit(text) >= -LinearLearner::most_of_view);
    CHECK(learner.logit(header) > 2);
    CHECK(std::abs(learner.logit(both)) < 1.5);
}

TEST_CASE("each view learns although the other knows already")
{
    LinearLearner learner;
    const std::vector<std::uint32_t> text{content::first_body_feature,
                                          content::first_body_feature + 1},
        both{1, 2, text[0], text[1]};
    for (int i = 0; i < 1000; ++i)
        learner.learn(text, true, 1);
    for (int i = 0; i < 1000; ++i)
        learner.learn(both, true, 1);
    CHECK(learner.weight(1) > learner.weight(text[0]) / 4);
    const double before = learner.weight(1);
    const auto step = learner.learn(both, false, 1);
    CHECK(learner.weight(1) < before);
    learner.unlearn(both, step);
    CHECK(learner.weight(1) == Approx(before).epsilon(1e-6));
}

TEST_CASE("a lesson that is taken once more gives what was recorded of it, whatever came between")
{
    const std::vector<std::uint32_t> message{1, 2, content::first_body_feature};
    LinearLearner first, second;
    const auto step = first.learn(message, true, 1);
    for (int i = 0; i < 20; ++i)
        second.learn({{1}}, true, 1); // it knows the one already: it would learn less of it
    const double before = second.weight(1), past = second.pasts().at(1);
    second.repeat(message, step);
    CHECK(second.weight(1) - before == Approx(first.weight(1)).epsilon(1e-5));
    second.unlearn(message, step);
    CHECK(second.weight(1) == Approx(before).epsilon(1e-6));
    CHECK(second.weight(2) == Approx(0).margin(1e-9));
    CHECK(second.pasts().at(1) == Approx(past).epsilon(1e-6));
}

TEST_CASE("a model that takes its lessons again has the same words, strangers and lessons")
{
    Model first, again;
    Mailbag bag;
    teach(first, bag, 20);
    teach(again, bag, 20);
    const auto message = bag.message(Label::spam);
    const auto lesson = first.learn(message, Label::spam, Trust::strangers);
    REQUIRE(lesson.units == 1);
    const double before = again.judge(message).logit;
    again.repeat(message, lesson);
    CHECK(again.judge(message).logit > before);
    CHECK(again.lessons(Label::spam) == first.lessons(Label::spam));
    again.unlearn(message, lesson);
    CHECK(again.judge(message).logit == Approx(before).margin(0.05));
}

TEST_CASE("a lesson that is trusted less moves less")
{
    Model full, reduced;
    Mailbag bag;
    const auto message = bag.message(Label::spam);
    full.learn(message, Label::spam, Trust::full);
    reduced.learn(message, Label::spam, Trust::reduced);
    CHECK(reduced.judge(message).logit > 0);
    CHECK(reduced.judge(message).logit < full.judge(message).logit / 3);
    CHECK(full.lessons(Label::spam) == 1);
    CHECK(reduced.lessons(Label::spam) == 0);
}

TEST_CASE(
    "of a kind that was taught ten times as often as the other each lesson moves less and less")
{
    Model model;
    Mailbag bag;
    teach(model, bag, 100);
    float rate = 1;
    const auto flood = [&](int count) {
        for (int i = 0; i < count; ++i)
            if (const auto step = model.learn(bag.mixture(), Label::spam, Trust::full).step;
                step.errors != std::array<float, 2>{})
                rate = step.rate;
        return rate;
    };
    CHECK(flood(900) == 1);
    CHECK(flood(3000) < 0.5);
    CHECK(model.learn(bag.mixture(), Label::spam, Trust::full).units < WordLearner::unit / 2 + 1);
    CHECK(model.lessons(Label::spam) < 3000);
    const auto step = model.learn(bag.message(Label::spam), Label::ham, Trust::full).step;
    CHECK(step.rate == 1);
    unsigned wrong = 0;
    for (int i = 0; i < 100; ++i)
        wrong += model.judge(bag.message(Label::spam)).probability < 0.5;
    CHECK(wrong == 0);
}

TEST_CASE("strangers teach a part of what others taught, however much they write")
{
    Model model;
    Mailbag bag;
    CHECK(model.learn(bag.message(Label::spam), Label::spam, Trust::strangers).units == 0);
    teach(model, bag, 300);
    unsigned taken = 0;
    for (int i = 0; i < 4000; ++i)
        taken += model.learn(bag.message(Label::ham), Label::spam, Trust::strangers).units;
    CHECK(taken == 300);
    CHECK(model.lessons(Label::spam) == 300);
    CHECK(model.judge(bag.message(Label::ham)).is_ready);
    unsigned wrong = 0;
    for (int i = 0; i < 200; ++i)
        wrong += model.judge(bag.message(Label::ham)).probability > 0.8;
    CHECK(wrong == 0);
    Model back;
    REQUIRE(back.load(model.save()));
    CHECK(back.learn(bag.message(Label::spam), Label::spam, Trust::strangers).units == 0);
    const auto spam = bag.message(Label::spam);
    model.unlearn(spam, {Label::spam, Trust::strangers, 1, {}});
    CHECK(model.learn(spam, Label::spam, Trust::strangers).units == 1);
}

TEST_CASE("a full memory of one kind fades without the other")
{
    Model model;
    const Features spam{{1}, {1}, {}}, ham{{2}, {2}, {}};
    std::vector<Lesson> taken;
    for (int i = 0; i < 210; ++i)
        taken.push_back(model.learn(ham, Label::ham, Trust::full));
    for (int i = 0; i < 40'000; ++i)
        model.learn(spam, Label::spam, Trust::full);
    CHECK(model.lessons(Label::spam) > Model::lessons_needed);
    CHECK(model.lessons(Label::ham) == 210);
    model.unlearn(ham, taken.front());
    CHECK(model.lessons(Label::ham) == 209);
    CHECK(model.judge(ham).probability < 0.2);
}

TEST_CASE("the words that spoke are named, on both sides")
{
    Model model;
    Features spam{{1, 2, 3}, {1, 2}, "casino\nand\n"}, ham{{2, 3, 9}, {2, 9}, "and\nminutes\n"};
    for (int i = 0; i < 10; ++i) {
        model.learn(spam, Label::spam, Trust::full);
        model.learn(ham, Label::ham, Trust::full);
    }
    const Features both{{1, 2, 3, 9}, {1, 2, 9}, "casino\nand\nminutes\n"};
    const auto words = model.explain(both, 2);
    REQUIRE(words.size() == 2);
    CHECK(std::set{words[0].text, words[1].text} == std::set<std::string>{"casino", "minutes"});
    for (const auto& word : words)
        CHECK((word.weight > 0) == (word.text == "casino"));
    CHECK(model.explain({{1}, {1, 2}, "casino\n"}, 10).size() == 1);
}

TEST_CASE("a model comes back from its file as it was")
{
    Model model;
    Mailbag bag;
    teach(model, bag, 100);
    model.set_sequence(77);
    const auto file = model.save();
    Model back;
    REQUIRE(back.load(file));
    CHECK(back.sequence() == 77);
    CHECK(back.lessons(Label::spam) == 100);
    for (int i = 0; i < 20; ++i) {
        const auto message = bag.message(Label::spam);
        CHECK(back.judge(message).logit == model.judge(message).logit);
    }
    CHECK(back.save() == file);
}

TEST_CASE("a file that is no model, is cut short or damaged is refused")
{
    Model model;
    Mailbag bag;
    teach(model, bag, 3);
    const auto file = model.save();
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{5}, std::size_t{30}, file.size() / 2, file.size() - 1}) {
        Model back;
        CHECK_FALSE(back.load(file.substr(0, size)));
    }
    for (std::size_t at = 0; at < file.size(); at += file.size() / 20) {
        auto damaged = file;
        damaged[at] = static_cast<char>(damaged[at] ^ 4);
        Model back;
        CHECK_FALSE(back.load(damaged));
    }
    Model back;
    CHECK_FALSE(back.load(file + "more"));
}

TEST_CASE("numbers that no lesson makes are refused in a model's file")
{
    const auto file_with = [](double slope, float past) {
        std::string file = "mailweir classifier 2\n";
        const auto put = [&](auto... values) {
            (file.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
        };
        constexpr std::uint32_t size = Table<float>::size;
        put(std::uint64_t{0}, slope, 0.0, 20.0, 20.0, 4U, 4U, 0U, 0U);
        put(size, 0U);
        put(1U, 1U, past, size - 2, 0U);
        put(size, 0U, size, 0U);
        put(checksum_of_model(file));
        return file;
    };
    CHECK(Model{}.load(file_with(1, 1)));
    CHECK_FALSE(Model{}.load(file_with(1, -1)));
    CHECK_FALSE(Model{}.load(file_with(0.01, 1)));
    CHECK_FALSE(Model{}.load(file_with(21, 1)));
}
