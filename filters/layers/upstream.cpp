// SPDX-License-Identifier: Apache-2.0
#include "filters/content/verdict_fields.hpp"
#include "filters/layer.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace filters {
namespace {
constexpr std::string_view spam = "upstream.spam";

/// A field and the first word of its value that means spam.
struct Mark {
    std::string_view field, word;
};
constexpr std::array marks{
    Mark{"X-Spam-Flag", "yes"},
    Mark{"X-Spam-Status", "yes"},
    Mark{"X-Spam", "yes"},
    Mark{"X-Barracuda-Spam-Flag", "yes"},
    Mark{"X-Barracuda-Spam-Status", "yes"},
    Mark{"X-Mailweir-Verdict", "tag"},
    Mark{"X-Mailweir-Verdict", "quarantine"},
    Mark{"X-Mailweir-Verdict", "reject"},
    Mark{"X-Mailweir-Verdict", "discard"},
};

/// The first word in lower case: "Yes, score=7.1" → "yes".
std::string first_word(std::string_view value)
{
    std::string word;
    for (const char c : value.substr(0, std::min<std::size_t>(value.size(), 32))) {
        const char lower = mail::to_lower(c);
        if (lower < 'a' || lower > 'z')
            break;
        word += lower;
    }
    return word;
}

/// The number behind "score=", if there is one.
std::optional<double> score_in(std::string_view value)
{
    const auto at = value.find("score=");
    double score = 0;
    if (at == std::string_view::npos)
        return {};
    const auto text = value.substr(at + 6);
    const auto read = std::from_chars(text.data(), text.data() + text.size(), score);
    return read.ec == std::errc{} ? std::optional{std::clamp(score, -1000.0, 1000.0)}
                                  : std::nullopt;
}

/// Reads the verdicts of filters before us, from hosts that are known to be such.
class Upstream final : public Layer {
public:
    explicit Upstream(const Settings& settings) : hosts_{settings.networks("hosts")} { }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        Findings findings;
        const auto is_listed
            = [&](const mail::Network& network) { return network.contains(mail.client.ip); };
        if (std::none_of(hosts_.begin(), hosts_.end(), is_listed))
            return findings;
        for (const auto& field : mail.message.header().fields())
            for (const auto& mark : marks)
                if (field.is(mark.field)) {
                    const auto value = mail::unfold(field.value.substr(0, 512));
                    if (first_word(value) == mark.word) {
                        findings.push_back({spam, std::string{mark.field}, value, score_in(value)});
                        return findings;
                    }
                }
        return findings;
    }

private:
    std::vector<mail::Network> hosts_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services&)
{
    return std::make_unique<Upstream>(settings);
}
}

extern const LayerType upstream{
    .name = "upstream",
    .summary = "Reads the verdict of a spam filter before us, from listed hosts only.",
    .findings = {
        {.name = spam,
         .english = "A filter before us called it spam in {}.",
         .japanese = "上流のフィルターが{}で迷惑メールと判定しました。"},
    },
    .settings = R"(# Hosts whose verdict lines (X-Spam-Flag, X-Spam-Status, ...) count and are kept.
hosts: []
)",
    .make = make,
};
}
