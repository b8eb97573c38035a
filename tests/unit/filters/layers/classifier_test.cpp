// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/classifier.hpp"
#include "filters/feeds/feed_files.hpp"
#include "storage/lessons.hpp"
#include "tests/unit/filters/fixture.hpp"
#include "tests/unit/filters/folder.hpp"

#include <filesystem>
#include <fstream>

using namespace filters;
using namespace filters::test;
using classify::Label;

namespace {
/// Lessons in memory; nothing else is asked of them here.
class Notes final : public storage::Lessons {
public:
    void keep(std::span<const storage::KeptFeatures> some) override { kept_count += some.size(); }
    std::optional<std::string> kept(mail::MailId) override { return {}; }
    std::uint64_t record(const Change& change) override
    {
        lessons.insert(lessons.end(), change.lessons.begin(), change.lessons.end());
        said_last = change.voices;
        return lessons.size();
    }
    std::optional<storage::Lesson> of(mail::MailId) override { return {}; }
    std::vector<mail::MailId> taught(storage::Lesson::Kind, std::size_t) override { return {}; }
    std::vector<storage::Voice> voices(mail::MailId) override { return {}; }
    std::size_t said(std::string_view, storage::WallTime) override { return 0; }
    void each_behind(std::uint64_t, const std::function<void(storage::Lesson)>& take) override
    {
        for (auto& lesson : lessons)
            take(lesson);
    }
    std::uint64_t last() override { return lessons.size(); }
    std::map<std::string, double, std::less<>> offsets() override
    {
        return {{"bob@b.example", -1.5}};
    }
    bool sweep(const Sweep&) override { return false; }

    std::vector<storage::Voice> said_last;
    std::vector<storage::Lesson> lessons;
    std::size_t kept_count = 0;
};

const content::Features spam_mail{{1, 2, 3, 4}, {1, 2}, "casino\npills\n"},
    ham_mail{{3, 4, 5, 6}, {5, 6}, "minutes\nreport\n"};

struct Learned : World {
    explicit Learned(unsigned each, std::string_view settings = "", std::string data = "")
    {
        feeds::set_data_directory(services, std::move(data));
        for (unsigned i = 0; i < each; ++i)
            for (const auto kind : {storage::Lesson::Kind::spam, storage::Lesson::Kind::ham})
                notes.lessons.push_back(
                    {i + 1,
                     mail::MailId{i},
                     {},
                     kind,
                     true,
                     content::pack(kind == storage::Lesson::Kind::spam ? spam_mail : ham_mail),
                     ""});
        classifier = std::make_unique<classify::Classifier>("/nonexistent", notes);
        services.classifier = classifier.get();
        make("classifier", settings);
    }
    Findings judge(const content::Features& features)
    {
        auto content = std::make_shared<Content>();
        content->features = features;
        mail.content = std::move(content);
        auto found = std::get<Findings>(layer->inspect_message(mail));
        CHECK(all_declared(found, "classifier"));
        return found;
    }
    Notes notes;
    std::unique_ptr<classify::Classifier> classifier;
};
}

TEST_CASE("classifier: silent until enough was taught of both kinds, and it says so")
{
    Learned world{199};
    const auto found = world.judge(spam_mail);
    REQUIRE(names(found) == Names{"classifier.silent"});
    CHECK(found.front().detail == "199 spam, 199 legitimate of 200 each");
    CHECK_FALSE(found.front().weight);
}

TEST_CASE("classifier: spam and legitimate mail with weight, probability and words")
{
    Learned world{250};
    const auto spam = world.judge(spam_mail), ham = world.judge(ham_mail);
    REQUIRE(names(spam) == Names{"classifier.spam"});
    CHECK(spam.front().weight > 3.3);
    CHECK(spam.front().weight < 8);
    CHECK(spam.front().evidence.contains("casino +"));
    REQUIRE(names(ham) == Names{"classifier.ham"});
    CHECK(ham.front().weight < -3.3);
    CHECK(ham.front().evidence.contains("report -"));
    CHECK(names(world.judge({{70}, {71}, {}})) == Names{"classifier.unsure"});
}

TEST_CASE("classifier: a lying scan and a missing one are no facts")
{
    Learned world{250};
    CHECK(world.judge({{4, 3}, {}, {}}).empty());
    CHECK(world.judge({}).empty());
    world.mail.content.reset();
    CHECK(std::get<Findings>(world.layer->inspect_message(world.mail)).empty());
    world.services.classifier = nullptr;
    CHECK(world.judge(spam_mail).empty());
}

TEST_CASE("classifier: a recipient's own offset is a fact where it has spoken")
{
    Learned world{250};
    const mail::Recipient bob{mailbox("bob@b.example")}, eve{mailbox("eve@b.example")};
    CHECK(std::get<Findings>(world.layer->inspect_message_for(world.mail, bob)).empty());
    world.mail.findings = world.judge(spam_mail);
    const auto found = std::get<Findings>(world.layer->inspect_message_for(world.mail, bob));
    REQUIRE(names(found) == Names{"classifier.offset"});
    CHECK(found.front().weight < -0.1);
    CHECK(*found.front().weight + *world.mail.findings.front().weight > 0);
    CHECK(std::get<Findings>(world.layer->inspect_message_for(world.mail, eve)).empty());
}

TEST_CASE("classifier: what comes to a trap of a stranger is learnt as spam once, other mail is "
          "kept only")
{
    Learned world{10};
    world.mail.recipients.push_back({mailbox("bob@b.example")});
    world.judge(spam_mail);
    world.mail.recipients.push_back(
        {.address = mailbox("trap@b.example"), .findings = {{.name = "traps.address"}}});
    world.judge(spam_mail);
    for (const auto* known : {"fingerprint.exact", "fingerprint.fuzzy"}) {
        world.mail.findings = {{.name = known}};
        world.judge(spam_mail);
    }
    world.mail.findings = {{.name = "reputation.good", .detail = "a.example"}};
    world.judge(spam_mail);
    world.classifier.reset(); // waits for its thread
    world.services.classifier = nullptr;
    REQUIRE(world.notes.lessons.size() == 21);
    CHECK(world.notes.lessons.back().kind == storage::Lesson::Kind::spam);
    CHECK_FALSE(world.notes.lessons.back().is_trusted);
    REQUIRE(world.notes.said_last.size() == 1);
    CHECK(world.notes.said_last[0].who == classify::spam_traps);
    CHECK(world.notes.kept_count == 5);
}

TEST_CASE("classifier: a recipient is known by their address, however it is spelt")
{
    Learned world{250};
    world.mail.findings = world.judge(spam_mail);
    const mail::Recipient bob{mailbox("BoB@B.example")};
    CHECK(names(std::get<Findings>(world.layer->inspect_message_for(world.mail, bob)))
          == Names{"classifier.offset"});
}

TEST_CASE("classifier: words that say next to nothing are not shown")
{
    Learned world{250};
    const auto found = world.judge({{1, 2, 70}, {1, 70}, "casino\nsecret\n"});
    REQUIRE(found.size() == 1);
    CHECK(found.front().evidence.contains("casino"));
    CHECK_FALSE(found.front().evidence.contains("secret"));
}

TEST_CASE("classifier: the model of another site speaks until enough was learnt here")
{
    Folder folder;
    const auto path = folder.path + "/other.model";
    {
        classify::Model other;
        for (int i = 0; i < 250; ++i) {
            other.learn(ham_mail, Label::spam, classify::Trust::full); // another taste
            other.learn(spam_mail, Label::ham, classify::Trust::full);
        }
        std::ofstream{path, std::ios::binary} << other.save();
    }
    const auto settings = "{ prior: [\"" + path + "\"] }";
    Learned young{199, settings}, old{200, settings};
    CHECK(names(young.judge(ham_mail)) == Names{"classifier.spam"});
    CHECK(names(old.judge(ham_mail)) == Names{"classifier.ham"});
    std::ofstream{path, std::ios::binary | std::ios::app} << "x";
    CHECK(Learned(1, settings).said().contains("is no model"));
    CHECK(Learned(1, "{ prior: [/nonexistent] }").said().contains("is no model"));
}

TEST_CASE("classifier: the model of another site comes by a feed, and may not be there yet")
{
    Folder folder;
    const std::string_view settings = "{ prior: [\"feed:site/other.model\"] }";
    const auto current = folder.path + "/feeds/site/current";
    std::filesystem::create_directories(current);
    CHECK(names(Learned(1, settings, folder.path).judge(spam_mail)) == Names{"classifier.silent"});
    {
        classify::Model other;
        for (int i = 0; i < 250; ++i) {
            other.learn(spam_mail, classify::Label::spam, classify::Trust::full);
            other.learn(ham_mail, classify::Label::ham, classify::Trust::full);
        }
        std::ofstream{current + "/other.model", std::ios::binary} << other.save();
    }
    Learned young{1, settings, folder.path};
    CHECK(names(young.judge(spam_mail)) == Names{"classifier.spam"});
    CHECK(names(young.judge(ham_mail)) == Names{"classifier.ham"});
    std::ofstream{current + "/other.model", std::ios::binary} << "x";
    CHECK(Learned(1, settings, folder.path).said().contains("is no model"));
    CHECK_FALSE(Learned(1, "{ prior: [\"feed:../x\"] }", folder.path).said().empty());
}

TEST_CASE("classifier: a user's offset moves points as it moves odds, above none and below")
{
    Learned world{250};
    const mail::Recipient bob{mailbox("bob@b.example")};
    for (const double everybodys : {7.5, 2.0, 0.5, -1.0, -3.0}) {
        world.mail.findings = {{.name = "classifier.unsure", .weight = everybodys}};
        const auto found = std::get<Findings>(world.layer->inspect_message_for(world.mail, bob));
        REQUIRE(found.size() == 1);
        CHECK(*found.front().weight < 0);
        CHECK(everybodys + *found.front().weight >= -4);
    }
}

TEST_CASE("classifier: settings that make no sense are refused")
{
    for (const auto* settings : {"{ spam_from: 0.4 }", "{ ham_to: 0.6 }"}) {
        World world{"classifier", settings};
        CHECK_FALSE(world.said().empty());
    }
}
