// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/classifier.hpp"

#include "storage/sqlite/lesson_book.hpp"
#include "tests/support/loop.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <stdlib.h>

using namespace filters;
using namespace filters::classify;
using namespace std::chrono_literals;
using content::Features;

namespace {
mail::MailId id(std::uint64_t number) { return mail::MailId{number}; }

/// A data directory that outlives the classifier in it.
struct House {
    House()
    {
        std::string name = (std::filesystem::temp_directory_path() / "lessons-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        start();
    }
    ~House()
    {
        classifier.reset();
        book.reset();
        std::filesystem::remove_all(folder);
    }
    void start()
    {
        book = std::make_unique<storage::sqlite::LessonBook>(folder, storage::Files::real());
        classifier = std::make_unique<Classifier>(folder, *book);
    }
    void restart()
    {
        classifier.reset();
        book.reset();
        start();
    }
    /// The files as they are on the disk now, and a process that begins with them.
    void kill()
    {
        const auto copy = folder + ".copy";
        std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
        classifier.reset();
        book.reset();
        std::filesystem::remove_all(folder);
        std::filesystem::rename(copy, folder);
        start();
    }
    template <class Result> Result wait(net::awaitable<Result> work)
    {
        std::optional<Result> result;
        const auto into
            = [](net::awaitable<Result> from, std::optional<Result>& to) -> net::awaitable<void> {
            to = co_await std::move(from);
        };
        net::Loop loop{net::Env::real()};
        support::run(loop, into(std::move(work), result));
        return *result;
    }
    void write(storage::WallTime before)
    {
        const auto work = [](Classifier& one, storage::WallTime when) -> net::awaitable<int> {
            co_await one.write(when);
            co_return 0;
        };
        wait(work(*classifier, before));
    }
    Classifier::Outcome learn(std::uint64_t mail, Label label, const Features& features,
                              std::string user = {})
    {
        return wait(
            classifier->learn({id(mail), now, label, Trust::full, std::move(user)}, features));
    }
    double logit(const Features& features) const
    {
        return classifier->model().judge(features).logit;
    }

    std::string folder;
    storage::WallTime now{1000h};
    std::unique_ptr<storage::sqlite::LessonBook> book;
    std::unique_ptr<Classifier> classifier;
    const Features spam{{1, 2, 3, 4}, {1, 2}, {}}, ham{{3, 4, 5, 6}, {5, 6}, {}};
};
using Outcome = Classifier::Outcome;
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
    house.write(house.now - 1h);
    const auto before = house.logit(house.ham);
    house.learn(3, Label::spam, house.ham);
    CHECK(house.wait(house.classifier->unlearn(id(3), house.now)) == Outcome::learnt);
    CHECK(house.wait(house.classifier->unlearn(id(3), house.now)) == Outcome::unknown);
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
    house.write(house.now + 1s);
    CHECK(house.wait(house.classifier->learn({id(9), house.now, Label::spam})) == Outcome::unknown);
    CHECK(house.wait(house.classifier->unlearn(id(7), house.now)) == Outcome::unknown);
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

TEST_CASE("a damaged model is set aside, and a gateway starts without it")
{
    House house;
    house.learn(1, Label::spam, house.spam);
    house.restart();
    std::ofstream{house.folder + "/classifier.model", std::ios::app} << "x";
    house.restart();
    unsigned aside = 0;
    for (const auto& file : std::filesystem::directory_iterator{house.folder})
        aside += file.path().filename().string().starts_with("classifier.model.damaged-");
    CHECK(aside == 1);
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
