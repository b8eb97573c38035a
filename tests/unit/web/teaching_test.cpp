// SPDX-License-Identifier: Apache-2.0
#include "web/api/teaching.hpp"

#include "filters/classify/classifier.hpp"
#include "filters/fingerprint_table.hpp"
#include "tests/support/gateway_under_test.hpp"
#include "web/api/routes.hpp"

#include <catch2/catch.hpp>

using filters::FingerprintTable;
using filters::Teacher;
using filters::classify::Classifier;
using filters::classify::Label;
using web::Taught;

namespace {
const std::string offer
    = "Subject: offer\n\n"
      "Our pharmacy has the lowest prices on the whole continent and ships within two days.\n"
      "Every customer who orders before Friday gets a second package for free, without\n"
      "questions and without any prescription from a doctor. Thousands of happy people have\n"
      "ordered from us last month, and they come back again because quality never lies.\n";

net::awaitable<void> fill(net::awaitable<Taught> work, Taught& into, net::Loop& loop)
{
    into = co_await std::move(work);
    loop.stop();
}

/// A gateway with both who learn.
struct School {
    School()
    {
        auto& storage = gateway.storage;
        gateway.services.classifier = &classifier;
        FingerprintTable::keep(gateway.services, *storage.fingerprints, *storage.mail_fingerprints);
        site.context = &gateway.context;
    }
    Taught wait(net::awaitable<Taught> work)
    {
        auto taught = Taught::unknown;
        gateway.loop.spawn("teaching", fill(std::move(work), taught, gateway.loop));
        gateway.loop.run();
        return taught;
    }
    Taught teach(bool is_spam, std::string text, std::string user = {})
    {
        return wait(web::teach(site, {mail, is_spam, std::move(user)}, std::move(text)));
    }
    Taught teach(bool is_spam) { return wait(web::teach(site, {mail, is_spam})); }
    Taught unteach(std::string user = {})
    {
        return wait(web::unteach(site, mail, std::move(user)));
    }
    std::uint64_t lessons(Label label) const { return classifier.model().lessons(label); }
    FingerprintTable& table() { return *FingerprintTable::of(gateway.services); }

    test::GatewayUnderTest gateway{{}};
    Classifier classifier{gateway.directory().string(), *gateway.storage.lessons};
    web::Site site;
    mail::MailId mail = gateway.ids.next(gateway.env.wall_now());
};
}

TEST_CASE("a message that somebody calls spam teaches all who learn, and unlearning untells all")
{
    School school;
    CHECK(school.teach(true, offer) == Taught::learnt);
    CHECK(school.lessons(Label::spam) == 1);
    CHECK(school.table().counts().spam == 1);
    CHECK(school.teach(true) == Taught::known_already);
    CHECK(school.unteach() == Taught::learnt);
    CHECK(school.lessons(Label::spam) == 0);
    CHECK(school.table().counts().spam == 0);
    CHECK(school.unteach() == Taught::unknown);
}

TEST_CASE("who changes their mind is heard by all who learn")
{
    School school;
    CHECK(school.teach(true, offer) == Taught::learnt);
    CHECK(school.teach(false, offer) == Taught::learnt);
    CHECK(school.lessons(Label::spam) == 0);
    CHECK(school.lessons(Label::ham) == 1);
    CHECK(school.table().counts().spam == 0);
    CHECK(school.table().counts().wanted == 1);
}

TEST_CASE("a user's opinion is taken back as theirs")
{
    School school;
    CHECK(school.teach(true, offer, "bob@example.test") == Taught::learnt);
    school.gateway.services.classifier = nullptr;
    CHECK(school.unteach() == Taught::unknown);
    CHECK(school.unteach("eve@example.test") == Taught::unknown);
    CHECK(school.table().counts().spam == 1);
    CHECK(school.unteach("bob@example.test") == Taught::learnt);
    CHECK(school.table().counts().spam == 0);
}

TEST_CASE("without a classifier the fingerprints learn alone")
{
    School school;
    school.gateway.services.classifier = nullptr;
    CHECK(school.teach(true, offer) == Taught::learnt);
    CHECK(school.teach(true, offer) == Taught::known_already);
    CHECK(school.table().counts().spam == 1);
    CHECK(school.unteach() == Taught::learnt);
}

TEST_CASE("a mail of which one alone kept something is not unknown")
{
    School school;
    CHECK(school.teach(true) == Taught::unknown);
    SECTION("the classifier")
    {
        school.classifier.keep(school.mail, school.gateway.env.wall_now(),
                               {{1, 2}, {1}, "pills\n"});
        CHECK(school.teach(true) == Taught::learnt);
        CHECK(school.teach(true) == Taught::known_already);
        CHECK(school.table().counts().spam == 0);
    }
    SECTION("the table of fingerprints")
    {
        filters::content::Fingerprint file;
        file.kind = filters::content::Fingerprint::Kind::file;
        file.exact = {1, 2};
        school.table().remember(school.mail, std::vector{file});
        CHECK(school.teach(true) == Taught::learnt);
        CHECK(school.teach(true) == Taught::known_already);
        CHECK(school.lessons(Label::spam) == 0);
    }
}

TEST_CASE("a text too short for a fingerprint teaches the classifier")
{
    School school;
    CHECK(school.teach(false, "Subject: hello\n\nSee you at noon.\n") == Taught::learnt);
    CHECK(school.lessons(Label::ham) == 1);
    CHECK(school.table().counts().wanted == 0);
}
