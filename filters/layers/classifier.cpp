// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/classifier.hpp"

#include "filters/feeds/feed_files.hpp"
#include "filters/feeds/file_text.hpp"
#include "filters/layer.hpp"
#include "filters/spam_traps.hpp"
#include "gateway/mail/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace filters {
namespace {
constexpr std::string_view spam = "classifier.spam", ham = "classifier.ham",
                           unsure = "classifier.unsure", silent = "classifier.silent",
                           offset = "classifier.offset";
constexpr double least_offset = 0.05, least_said = 0.5;
constexpr std::size_t words_shown = 6, longest_word = 60;

/// Bodies become hashed features where they are parsed.
class FeatureExtractor final : public ContentLayer {
public:
    void extract(const mail::Message& message, Content& content) const override
    {
        content.features = content::extract_features(message, content);
    }
};

/// Points on the policy's scale: 3.5 at a probability of 0.953, never as much as 8, for who writes
/// like honest people may still not be one. Fewer a logit below none than above: what is new to a
/// model of few lessons looks like the mail it knows more of, and that is rarely spam
/// (tests/bench/detection --lessons prints what that does beside the other layers).
constexpr double least_points = -4, most_points = 8, logit_of_none = 1, logits_of_scale = 4.3,
                 points_below = 0.7;
double points_of(double logit)
{
    const double over = logit - logit_of_none;
    return over > 0 ? most_points * std::tanh(over / logits_of_scale)
                    : std::max(points_below * over, least_points);
}
double logit_of(double points)
{
    const double over = points > 0
        ? std::atanh(std::min(points / most_points, 0.9999)) * logits_of_scale
        : points / points_below;
    return logit_of_none + over;
}

std::string evidence_of(const std::vector<classify::Word>& words)
{
    std::string text;
    for (const auto& word : words) {
        if (std::abs(word.weight) < least_said)
            break; // what follows says less
        text += text.empty() ? "" : ", ";
        mail::append_utf8(text, std::string_view{word.text}.substr(0, longest_word));
        text += fmt::format(" {:+.1f}", word.weight);
    }
    return text;
}

/// What the live model thinks of them.
class LearnedJudgement final : public Layer {
public:
    LearnedJudgement(const Settings& settings, Services& services)
        : services_{services}, spam_from_{settings.real("spam_from")},
          ham_to_{settings.real("ham_to")}
    {
        if (!(spam_from_ > 0.5 && spam_from_ < 1))
            settings.complain("spam_from", "\"spam_from\" is a number between 0.5 and 1");
        if (!(ham_to_ > 0 && ham_to_ < 0.5))
            settings.complain("ham_to", "\"ham_to\" is a number between 0 and 0.5");
        for (const auto& path : feeds::files_of(settings, "prior", services))
            if (auto model = std::make_unique<classify::Model>();
                !model->load(feeds::file_text(path).value_or("")))
                settings.complain("prior", path + " is no model that this program reads");
            else if (!prior_)
                prior_ = std::move(model);
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        const auto* classifier = services_.classifier;
        if (!classifier || !mail.content || mail.direction != mail::Direction::inbound)
            return Findings{};
        const auto& features = mail.content->features;
        if (!content::is_well_formed(features) || features.all.empty())
            return Findings{};
        remember(mail);
        const auto& own = classifier->model();
        const auto& model = prior_ && !own.judge(features).is_ready ? *prior_ : own;
        const auto opinion = model.judge(features);
        if (!opinion.is_ready)
            return Findings{{.name = silent, .detail = lessons_of(model)}};
        const double probability = opinion.probability;
        return Findings{{.name = probability >= spam_from_ ? spam
                             : probability <= ham_to_      ? ham
                                                           : unsure,
                         .detail = fmt::format("{:.4f}", probability),
                         .evidence = evidence_of(model.explain(features, words_shown)),
                         .weight = points_of(opinion.logit)}};
    }

    /// What the recipient's own decisions say beside everybody's.
    Inspection inspect_message_for(const mail::Mail& mail,
                                   const mail::Recipient& recipient) const override
    {
        const auto spoken = std::ranges::find_if(mail.findings, [](const mail::Finding& finding) {
            return finding.name == spam || finding.name == ham || finding.name == unsure;
        });
        if (!services_.classifier || spoken == mail.findings.end())
            return Findings{};
        const double own = services_.classifier->offset_of(recipient.owner().key());
        if (std::abs(own) < least_offset)
            return Findings{};
        const double everybodys = spoken->weight.value_or(0);
        return Findings{{.name = offset,
                         .detail = fmt::format("{:+.2f}", own),
                         .weight = points_of(logit_of(everybodys) + own) - everybodys}};
    }

private:
    static std::string lessons_of(const classify::Model& model)
    {
        return fmt::format("{} spam, {} legitimate of {} each",
                           model.lessons(classify::Label::spam),
                           model.lessons(classify::Label::ham), classify::Model::lessons_needed);
    }

    /// Copies of what came before teach nothing more.
    static bool is_known_spam(const mail::Mail& mail)
    {
        return std::ranges::any_of(mail.findings, [](const mail::Finding& finding) {
            return finding.name == "fingerprint.exact" || finding.name == "fingerprint.fuzzy";
        });
    }

    void remember(const mail::Mail& mail) const
    {
        const auto& features = mail.content->features;
        services_.classifier->keep(mail.id, mail.received_at, features);
        if (!teaching_traps(mail).empty() && !is_known_spam(mail))
            services_.classifier->learn_later({mail.id, mail.received_at, classify::Label::spam,
                                               std::string{classify::spam_traps}},
                                              features);
    }

    Services& services_;
    double spam_from_, ham_to_;
    std::unique_ptr<const classify::Model> prior_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<LearnedJudgement>(settings, services);
}

std::unique_ptr<ContentLayer> make_content(const Settings&, Services&)
{
    return std::make_unique<FeatureExtractor>();
}
}

extern const LayerType classifier{
    .name = "classifier",
    .summary = "Learns from this site's own mail what is spam, in any language.",
    .findings = {
        {.name = spam,
         .english = "What was learnt here says spam, with probability {}.",
         .japanese = "学習結果によると迷惑メールの確率は{}です。"},
        {.name = ham,
         .english = "What was learnt here says legitimate; the probability of spam is {}.",
         .japanese = "学習結果によると正常なメールです(迷惑メールの確率{})。"},
        {.name = unsure,
         .english = "What was learnt here cannot tell; the probability of spam is {}.",
         .japanese = "学習結果では判断できません(迷惑メールの確率{})。"},
        {.name = silent,
         .english = "Too little was learnt yet to say anything: {}.",
         .japanese = "学習量が不足しているため判断しません: {}"},
        {.name = offset,
         .english = "The recipient's own decisions move the odds by {}.",
         .japanese = "受信者自身の判断により評価が{}補正されました。"},
    },
    .settings = R"(# The facts' weight is on the policy's scale of points: 0 at a
# probability of 0.73, 3.5 at 0.953, more than 7 at 0.9999, -4 below 0.01.
# Between these two probabilities it says "unsure".
spam_from: 0.8
ham_to: 0.2
# Models of other sites, such as "feed:NAME/FILE" (a gateway's own is classifier.model in its
# data directory): the first speaks until enough was learnt here.
prior: []
)",
    .after = {"reputation", "fingerprint"},
    .make = make,
    .make_content = make_content,
};
}
