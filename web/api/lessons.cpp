// SPDX-License-Identifier: Apache-2.0
// What the classifier is taught.
#include "filters/classify/classifier.hpp"
#include "filters/layer.hpp"
#include "filters/scan/scan.hpp"
#include "web/api/audit.hpp"
#include "web/api/json.hpp"
#include "web/api/routes.hpp"

namespace web {
using filters::classify::Classifier;
using filters::classify::Label;
using filters::classify::Trust;

namespace {
class FeatureExtractor final : public filters::ContentLayer {
public:
    void extract(const mail::Message& message, filters::Content& content) const override
    {
        content.features = filters::content::extract_features(message, content);
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

awaitable<Classifier::Outcome> learn_message(Site& site, filters::classify::Teaching teaching,
                                             std::string text)
{
    static const FeatureExtractor extractor;
    const auto message = mail::Message::from_text(with_line_ends(text));
    auto scanned = co_await filters::scan(message, {&extractor}, *site.context->services);
    if (scanned.content.features.all.empty())
        co_return Classifier::Outcome::unknown;
    co_return co_await site.context->services->classifier->learn(
        std::move(teaching), std::move(scanned.content.features));
}

Response nobody_learns() { return problem(503, "no classifier", "this gateway learns nothing"); }

Response answer_of(Classifier::Outcome outcome, const mail::MailId& id)
{
    JsonWriter json;
    json.begin_object().member("id", id.to_string());
    json.member("outcome", outcome == Classifier::Outcome::learnt ? "learnt" : "known already");
    return json_response(json.end_object().take());
}
}

awaitable<Response> get_lessons(Site& site, Principal, Request)
{
    if (!site.context->services->classifier)
        co_return nobody_learns();
    const auto& model = site.context->services->classifier->model();
    JsonWriter json;
    json.begin_object().member("spam", model.lessons(Label::spam));
    json.member("ham", model.lessons(Label::ham));
    json.member("needed_of_each", filters::classify::Model::lessons_needed);
    co_return json_response(json.end_object().take());
}

awaitable<Response> post_lesson(Site& site, Principal principal, Request request)
{
    auto& context = *site.context;
    if (!context.services->classifier)
        co_return nobody_learns();
    const auto label = request.text("label"), of = request.text("of"), user = request.text("user");
    if (label != "spam" && label != "ham")
        co_return problem(400, "malformed request", "\"label\" is spam or ham");
    filters::classify::Teaching teaching;
    teaching.time = context.env->wall_now();
    teaching.label = label == "spam" ? Label::spam : Label::ham;
    if (!user.empty()) {
        const auto mailbox = mail::Mailbox::parse(user);
        if (!mailbox)
            co_return problem(400, "malformed request", "\"user\" is an address");
        teaching.user = mailbox->to_string();
        teaching.trust = Trust::reduced;
    }
    const auto known = of.empty() ? context.ids->next(teaching.time) : mail::MailId::parse(of);
    if (!known)
        co_return problem(400, "malformed request", "\"" + of + "\" is no id");
    teaching.mail = *known;
    if (of.empty() && request.body.empty())
        co_return problem(400, "malformed request", "a message, or of=ID");
    co_await audit(site, principal, "learn " + label, known->to_string());
    const auto outcome = of.empty()
        ? co_await learn_message(site, teaching, std::move(request.body))
        : co_await context.services->classifier->learn(teaching);
    if (outcome == Classifier::Outcome::unknown)
        co_return problem(404, "nothing to learn",
                          of.empty() ? "the message has no features: is the layer classifier named "
                                       "in the policy?"
                                     : "nothing is kept of this id any more");
    co_return answer_of(outcome, *known);
}

awaitable<Response> delete_lesson(Site& site, Principal principal, Request request)
{
    const auto id = mail::MailId::parse(request.captures.front());
    if (!id)
        co_return problem(404, "no such lesson", "that is no id");
    if (!site.context->services->classifier)
        co_return nobody_learns();
    co_await audit(site, std::move(principal), "unlearn", id->to_string());
    const auto outcome
        = co_await site.context->services->classifier->unlearn(*id, site.context->env->wall_now());
    if (outcome == Classifier::Outcome::unknown)
        co_return problem(404, "no such lesson", "nothing with this id was learnt lately");
    co_return answer_of(outcome, *id);
}
}
