// SPDX-License-Identifier: Apache-2.0
#include "web/api/teaching.hpp"

#include "filters/classify/classifier.hpp"
#include "filters/scan/scan.hpp"
#include "web/api/fingerprints.hpp"

namespace web {
using filters::Content;
using filters::FingerprintTable;
using filters::Teacher;
using filters::classify::Classifier;
using filters::classify::Label;
using filters::classify::Teaching;
using filters::classify::Trust;

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

std::string with_line_ends(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            out += '\r';
        out += text[i];
    }
    return out;
}

Teaching teaching_of(const Site& site, const Opinion& opinion)
{
    return {opinion.mail, site.context->env->wall_now(), opinion.is_spam ? Label::spam : Label::ham,
            opinion.user.empty() ? Trust::full : Trust::reduced, opinion.user};
}

Teacher teacher_of(const std::string& user)
{
    if (user.empty())
        return {Teacher::Kind::administrator, "administrators"};
    return {Teacher::Kind::user, user};
}

Taught taught_by(Classifier::Outcome outcome)
{
    return outcome == Classifier::Outcome::learnt       ? Taught::learnt
        : outcome == Classifier::Outcome::known_already ? Taught::known_already
                                                        : Taught::unknown;
}

awaitable<Taught> told_to_table(Site& site, Opinion opinion)
{
    const auto is_news = co_await teach_fingerprints(site, opinion.mail, opinion.is_spam,
                                                     teacher_of(opinion.user));
    co_return !is_news ? Taught::unknown : *is_news ? Taught::learnt : Taught::known_already;
}
}

awaitable<Taught> teach(Site& site, Opinion opinion)
{
    auto taught = Taught::unknown;
    if (auto* classifier = site.context->services->classifier)
        taught = taught_by(co_await classifier->learn(teaching_of(site, opinion)));
    co_return std::min(taught, co_await told_to_table(site, std::move(opinion)));
}

awaitable<Taught> teach(Site& site, Opinion opinion, std::string text)
{
    static const Extractor extractor;
    auto& services = *site.context->services;
    const auto message = mail::Message::from_text(with_line_ends(text));
    auto content = (co_await filters::scan(message, {&extractor}, services)).content;
    FingerprintTable::of(services)->remember(opinion.mail, content.fingerprints);
    auto taught = Taught::unknown;
    if (services.classifier && !content.features.all.empty())
        taught = taught_by(co_await services.classifier->learn(teaching_of(site, opinion),
                                                               std::move(content.features)));
    co_return std::min(taught, co_await told_to_table(site, std::move(opinion)));
}

awaitable<Taught> unteach(Site& site, mail::MailId mail, std::string user)
{
    auto taught = Taught::unknown;
    if (auto* classifier = site.context->services->classifier)
        taught = taught_by(co_await classifier->unlearn(mail, site.context->env->wall_now()));
    if (co_await unteach_fingerprints(site, mail, teacher_of(user)))
        taught = Taught::learnt;
    co_return taught;
}
}
