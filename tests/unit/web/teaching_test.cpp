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
    Taught teach(bool is_spam, std::string text, std::string user = {}, bool is_of_many = false)
    {
        return wait(
            web::teach(site, {mail, is_spam, std::move(user), is_of_many}, std::move(text)));
    }
    /// Of what the mail taught last.
    double logit_of_known()
    {
        filters::content::Features features;
        filters::content::unpack(gateway.storage.lessons->kept(mail).value(), features);
        return classifier.model().judge(features).logit;
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

TEST_CASE("a user's opinion is taken back as theirs, however they are spelt")
{
    School school;
    CHECK(school.teach(true, offer, "Bob@example.test") == Taught::learnt);
    CHECK(school.teach(true, offer, "bob@EXAMPLE.test") == Taught::known_already);
    const auto said = school.logit_of_known();
    CHECK(said > 0);
    CHECK(school.classifier.offset_of("bob@example.test") > 0);
    CHECK(school.unteach() == Taught::unknown);
    CHECK(school.unteach("eve@example.test") == Taught::unknown);
    CHECK(school.logit_of_known() == said);
    CHECK(school.table().counts().spam == 1);
    CHECK(school.unteach("boB@example.test") == Taught::learnt);
    CHECK(school.logit_of_known() < said / 5);
    CHECK(school.table().counts().spam == 0);
    CHECK(school.classifier.offset_of("bob@example.test") == Approx(0).margin(1e-9));
}

TEST_CASE("a user's word against an administrator's is heard by nobody but themselves")
{
    School school;
    CHECK(school.teach(true, offer) == Taught::learnt);
    CHECK(school.teach(false, offer, "eve@example.test") == Taught::learnt);
    CHECK(school.lessons(Label::spam) == 1);
    CHECK(school.logit_of_known() > 0);
}

TEST_CASE("what a trap taught an administrator takes back from all who learn")
{
    School school;
    school.teach(true, offer, "bob@example.test");
    school.unteach("bob@example.test");
    const auto now = std::chrono::floor<std::chrono::seconds>(school.gateway.env.wall_now());
    school.table().learn(school.mail, true, {Teacher::Kind::trap, "trap@example.test"}, now);
    CHECK(school.table().counts().spam == 1);
    CHECK(school.unteach() == Taught::learnt);
    CHECK(school.table().counts().spam == 0);
}

TEST_CASE("a decision on many says as much of each as a user's")
{
    School school;
    CHECK(school.teach(true, offer, {}, true) == Taught::learnt);
    const auto little = school.logit_of_known();
    CHECK(school.lessons(Label::spam) == 0);
    CHECK(school.teach(true) == Taught::learnt);
    CHECK(school.logit_of_known() > 2 * little);
    CHECK(school.unteach() == Taught::learnt);
    CHECK(school.table().counts().spam == 0);
}

TEST_CASE("a delivered message teaches what was received, whatever was put before it")
{
    School school;
    std::string received
        = "Received: from a.example by mx.example.test; now\nFrom: a@a.example\n" + offer;
    school.teach(true, received);
    const auto known = school.logit_of_known();
    school.unteach();
    school.mail = school.gateway.ids.next(school.gateway.env.wall_now());
    received.replace(received.find("Subject: offer\n"), 15, "");
    const std::string stamp = "Return-Path: <a@a.example>\nDelivered-To: bob@example.test\n"
                              "Received: from mx.example.test by box.example.test; later\n"
                              "Authentication-Results: mx.example.test; spf=fail\n"
                              "Received: from x (x [192.0.2.1]) by mx.example.test; soon\n"
                              "X-Mailweir-Verdict: tag score=5.0 id=1\nX-Spam-Flag: YES\n"
                              "X-Spam-Status: Yes, score=5.0\nSubject: [S_P_A_M] offer\n";
    school.teach(true, stamp + received);
    CHECK(known > 0);
    CHECK(school.logit_of_known() == Approx(known).epsilon(0.01));
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
