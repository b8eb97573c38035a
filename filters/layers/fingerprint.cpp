// SPDX-License-Identifier: Apache-2.0
#include "filters/fingerprint_table.hpp"
#include "filters/layer.hpp"
#include "filters/loaded_tables.hpp"
#include "filters/spam_traps.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace filters {
namespace {
using content::Fingerprint;

constexpr std::string_view exact = "fingerprint.exact", fuzzy = "fingerprint.fuzzy",
                           contested = "fingerprint.contested";

/// What can be told from other mail in this one.
class PrintContent final : public ContentLayer {
public:
    void extract(const mail::Message& message, Content& content) const override
    {
        content.fingerprints
            = content::fingerprints_of(content, content::recipient_words(message.header()));
    }
};

/// What a picture alone weighs at most: the logo in a forged mail is its owner's.
constexpr double most_of_pictures = 0.5;

/// Parts of one message say the same of it: together they weigh as much as the strongest.
double weight_of(const std::vector<FingerprintTable::Match>& matches)
{
    double picture = 0, other = 0;
    for (const auto& match : matches)
        if (!match.is_contested) {
            auto& most = match.kind == Fingerprint::Kind::picture ? picture : other;
            most = std::max(most, match.similarity * match.strength);
        }
    return std::max(other, other > 0 ? picture : std::min(picture, most_of_pictures));
}

mail::Finding finding_of(const FingerprintTable::Match& match)
{
    mail::Finding finding{.name = match.is_contested ? contested
                              : match.is_exact       ? exact
                                                     : fuzzy,
                          .detail = match.path.empty() ? "1" : match.path};
    finding.evidence = match.is_exact
        ? match.evidence
        : fmt::format("{:.0f} % alike; {}", 100 * match.similarity, match.evidence);
    return finding;
}

/// Whether it is known, and what spam traps teach.
class KnownPrints final : public Layer {
public:
    KnownPrints(const Settings& settings, Services& services)
        : env_{services.env ? *services.env : net::Env::real()},
          table_{FingerprintTable::of(services)}, similarity_{settings.real("similarity")}
    {
        if (!(similarity_ >= 0.5 && similarity_ <= 1))
            settings.complain("similarity", "\"similarity\" is a number from 0.5 to 1");
        const auto entries = settings.number("entries");
        if (entries < 1000 || entries > 2'000'000)
            settings.complain("entries", "\"entries\" is a number from 1000 to 2000000");
        FingerprintTable::Limits limits{.entries = static_cast<std::size_t>(entries)};
        limits.keep = std::chrono::floor<std::chrono::days>(settings.duration("keep"));
        LoadedTables::on_publish(services, [table = table_, limits] { table->configure(limits); });
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (!mail.content || mail.content->fingerprints.empty())
            return Findings{};
        const auto& prints = mail.content->fingerprints;
        const auto now = std::chrono::floor<std::chrono::seconds>(env_.wall_now());
        table_->remember(mail.id, prints);
        Findings findings;
        const auto matches = table_->find(prints, similarity_, now);
        for (const auto& match : matches)
            findings.push_back(finding_of(match));
        // The strongest is the first; behind it come those that count nothing.
        if (!matches.empty() && !matches.front().is_contested)
            findings.front().weight = weight_of(matches);
        const auto proven = proven_good_sender(mail);
        if (!findings.empty()) {
            table_->note_hit(prints, now);
            if (!proven.empty())
                table_->note_good_sender(prints, proven);
        }
        for (auto& trap : teaching_traps(mail))
            table_->learn(prints, true, {Teacher::Kind::trap, std::move(trap)}, now);
        return findings;
    }

private:
    net::Env& env_;
    std::shared_ptr<FingerprintTable> table_;
    double similarity_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<KnownPrints>(settings, services);
}

std::unique_ptr<ContentLayer> make_content(const Settings&, Services&)
{
    return std::make_unique<PrintContent>();
}
}

extern const LayerType fingerprint{
    .name = "fingerprint",
    .summary = "Texts, files and pictures that were reported as spam before, also with changes.",
    .findings = {
        {.name = exact,
         .english = "Known spam: part {} was reported before.",
         .japanese = "既知の迷惑メール: パート{}は以前に報告されたものと同じです。"},
        {.name = fuzzy,
         .english = "Known spam: part {} is nearly the same as one that was reported before.",
         .japanese = "既知の迷惑メール: パート{}は以前に報告されたものとほぼ同じです。"},
        {.name = contested,
         .english = "Part {} was reported as spam, but is in wanted mail, too; it counts nothing.",
         .japanese = "パート{}は迷惑メールとして報告されましたが、必要なメールにも含まれるため考慮"
                     "されません。"},
    },
    .settings = R"(# From this similarity on (1: the very same) a text or picture counts as known.
similarity: 0.7
# Fingerprints kept at most, about 370 octets each in memory; those seen longest ago go first.
entries: 100000
# Since a fingerprint was reported or seen last.
keep: 60 days
)",
    .after = {"dkim", "reputation"},
    .make = make,
    .make_content = make_content,
};
}
