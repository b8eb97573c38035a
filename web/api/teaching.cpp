// SPDX-License-Identifier: Apache-2.0
#include "web/api/teaching.hpp"

#include "filters/classify/classifier.hpp"
#include "filters/scan/scan.hpp"
#include "gateway/mail/line_ends.hpp"
#include "gateway/smtp/stamping.hpp"
#include "web/api/fingerprints.hpp"

namespace web {
using filters::Content;
using filters::FingerprintTable;
using filters::Teacher;
using filters::classify::Classifier;
using filters::classify::Label;
using filters::classify::Teaching;

namespace {
/// What all who learn need of a message, where no scan role does it.
class Extractor final : public filters::ContentLayer {
public:
    void extract(const mail::Message& message, Content& content) const override
    {
        content.features = filters::content::extract_features(message, content);
        content.fingerprints = filters::content::fingerprints_of(
            content, filters::content::recipient_words(message.header()));
    }
};

/// Whose voice it is, by the one address that a user's other addresses lead to.
awaitable<std::string> voice_of(Site& site, std::string user, bool is_of_many)
{
    namespace classify = filters::classify;
    const auto address = mail::Mailbox::parse(user);
    if (!address)
        co_return std::string{is_of_many ? classify::many_at_once : classify::administrators};
    auto* recipients = site.context->services->recipients;
    const auto owner = recipients ? co_await recipients->owner(*address) : *address;
    co_return owner.key();
}

Teaching teaching_of(const Site& site, const Opinion& opinion, std::string voice)
{
    return {opinion.mail, site.context->env->wall_now(), opinion.is_spam ? Label::spam : Label::ham,
            std::move(voice)};
}

/// Decisions on many weigh as much as a user's.
Teacher teacher_of(const std::string& voice)
{
    if (voice == filters::classify::administrators)
        return {Teacher::Kind::administrator, "administrators"};
    return {Teacher::Kind::user, voice};
}

Taught taught_by(Classifier::Outcome outcome)
{
    return outcome == Classifier::Outcome::learnt       ? Taught::learnt
        : outcome == Classifier::Outcome::known_already ? Taught::known_already
                                                        : Taught::unknown;
}

awaitable<Taught> told_to_table(Site& site, Opinion opinion, std::string voice)
{
    const auto is_news
        = co_await teach_fingerprints(site, opinion.mail, opinion.is_spam, teacher_of(voice));
    co_return !is_news ? Taught::unknown : *is_news ? Taught::learnt : Taught::known_already;
}

mail::Message message_of(std::string text, const smtp::Snapshot& snapshot)
{
    return mail::Message::from_text(smtp::as_received(mail::with_crlf(text), snapshot.policy));
}
}

awaitable<Taught> teach(Site& site, Opinion opinion)
{
    const auto voice = co_await voice_of(site, opinion.user, opinion.is_of_many);
    auto taught = Taught::unknown;
    if (auto* classifier = site.context->services->classifier)
        taught = taught_by(co_await classifier->learn(teaching_of(site, opinion, voice)));
    co_return std::min(taught, co_await told_to_table(site, std::move(opinion), voice));
}

awaitable<Taught> teach(Site& site, Opinion opinion, std::string text)
{
    static const Extractor extractor;
    auto& services = *site.context->services;
    const auto voice = co_await voice_of(site, opinion.user, opinion.is_of_many);
    const auto message = co_await site.context->pool->run(
        [text = std::move(text), snapshot = site.context->snapshot()]() mutable {
            return message_of(std::move(text), *snapshot);
        });
    auto content = (co_await filters::scan(message, {&extractor}, services)).content;
    FingerprintTable::of(services)->remember(opinion.mail, content.fingerprints);
    auto taught = Taught::unknown;
    if (services.classifier && !content.features.all.empty())
        taught = taught_by(co_await services.classifier->learn(teaching_of(site, opinion, voice),
                                                               std::move(content.features)));
    co_return std::min(taught, co_await told_to_table(site, std::move(opinion), voice));
}

awaitable<Taught> unteach(Site& site, mail::MailId mail, std::string user)
{
    namespace classify = filters::classify;
    const auto voice = co_await voice_of(site, std::move(user), false);
    auto taught = Taught::unknown;
    if (auto* classifier = site.context->services->classifier)
        taught
            = taught_by(co_await classifier->unlearn(mail, site.context->env->wall_now(), voice));
    std::vector<Teacher> teachers{teacher_of(voice)};
    if (voice == classify::administrators) {
        teachers.push_back(teacher_of(std::string{classify::many_at_once}));
        teachers.push_back({Teacher::Kind::trap, {}});
    }
    for (auto& teacher : teachers)
        if (co_await unteach_fingerprints(site, mail, std::move(teacher)))
            taught = Taught::learnt;
    co_return taught;
}
}
