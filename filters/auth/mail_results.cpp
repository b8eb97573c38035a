// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/mail_results.hpp"

#include "filters/auth/arc_chain.hpp"

#include <algorithm>
#include <array>

namespace filters::auth {
namespace {
/// Longer ones make no line that people read; they stay in the message.
constexpr std::size_t longest_shown = 128;

constexpr std::string_view dkim_name(DkimOutcome outcome)
{
    switch (outcome) {
    case DkimOutcome::pass:
        return "dkim.pass";
    case DkimOutcome::fail:
        return "dkim.fail";
    case DkimOutcome::neutral:
        return "dkim.neutral";
    case DkimOutcome::policy:
        return "dkim.policy";
    case DkimOutcome::temperror:
        return "dkim.temperror";
    case DkimOutcome::permerror:
        return "dkim.permerror";
    }
    return "dkim.permerror";
}

constexpr std::string_view arc_name(ArcOutcome outcome)
{
    switch (outcome) {
    case ArcOutcome::none:
        return "arc.none";
    case ArcOutcome::pass:
        return "arc.pass";
    case ArcOutcome::fail:
        return "arc.fail";
    case ArcOutcome::temperror:
        return "arc.temperror";
    }
    return "arc.fail";
}

struct Method {
    std::string_view name;
    std::array<std::string_view, 7> results; ///< RFC 8601 §2.7; "" ends them
};
constexpr std::array methods{
    Method{"spf", {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"}},
    Method{"dkim", {"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"}},
    Method{"dmarc", {"none", "pass", "fail", "temperror", "permerror"}},
    Method{"arc", {"none", "pass", "fail", "temperror"}},
};

void add_sender(MethodResult& result, const mail::Mail& mail)
{
    if (mail.sender)
        result.properties.push_back({"smtp", "mailfrom", mail.sender->to_string()});
    else
        result.properties.push_back({"smtp", "helo", mail.client.helo});
}

/// The finding by its name alone.
MethodResult plain_result(const Method& method, std::string_view fact, const mail::Finding& finding,
                          const mail::Mail& mail)
{
    MethodResult result{.method = std::string{method.name}, .result = std::string{fact}};
    if (method.name == "spf")
        add_sender(result, mail);
    else if (!finding.detail.empty() && method.name != "arc")
        result.properties.push_back(
            {"header", method.name == "dmarc" ? "from" : "d", finding.detail});
    return result;
}

std::optional<MethodResult> result_of(const mail::Finding& finding, const mail::Mail& mail)
{
    const auto dot = finding.name.find('.');
    const auto method = std::ranges::find(methods, finding.name.substr(0, dot), &Method::name);
    if (method == methods.end() || dot == finding.name.npos)
        return {};
    const auto fact = finding.name.substr(dot + 1);
    if (auto said = MethodResult::parse(finding.evidence); said && said->method == method->name)
        return said;
    if (std::ranges::find(method->results, fact) == method->results.end())
        return {};
    return plain_result(*method, fact, finding, mail);
}
}

mail::Finding finding_of(const DkimResult& result)
{
    MethodResult line{.method = "dkim",
                      .result = std::string{to_string(result.outcome)},
                      .reason = result.reason};
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty() && value.size() <= longest_shown)
            line.properties.push_back({"header", std::string{name}, value});
    };
    add("d", result.domain);
    if (result.identity != "@" + result.domain)
        add("i", result.identity);
    add("s", result.selector);
    add("a", result.algorithm);
    add("b", result.signature_start);
    return {.name = dkim_name(result.outcome), .detail = result.domain, .evidence = line.text()};
}

mail::Finding finding_of(const ArcResult& result)
{
    MethodResult line{
        .method = "arc", .result = std::string{to_string(result.outcome)}, .reason = result.reason};
    mail::Finding finding{.name = arc_name(result.outcome)};
    if (result.instances > 0)
        line.comment = "i=" + std::to_string(result.instances);
    if (!result.sealers.empty()) {
        finding.detail = result.sealers.front().domain;
        line.properties.push_back({"header", "d", finding.detail});
    }
    finding.evidence = line.text();
    return finding;
}

std::optional<ArcResult> arc_result_of(const mail::Mail& mail)
{
    constexpr std::array outcomes{ArcOutcome::none, ArcOutcome::pass, ArcOutcome::fail,
                                  ArcOutcome::temperror};
    for (const auto& finding : mail.findings) {
        if (finding.name == "arc.error")
            return ArcResult{.outcome = ArcOutcome::temperror};
        const auto said = std::ranges::find(outcomes, finding.name, arc_name);
        if (said == outcomes.end())
            continue;
        const auto chain = ArcChain::read(mail.message);
        return ArcResult{.outcome = *said, .instances = chain.highest, .is_ended = chain.is_ended};
    }
    return {};
}

AuthenticationResults results_of(const mail::Mail& mail, std::string authserv_id)
{
    AuthenticationResults results{std::move(authserv_id)};
    for (const auto& finding : mail.findings) {
        if (results.methods.size() == AuthenticationResults::most_methods)
            break;
        auto result = result_of(finding, mail);
        if (result && std::ranges::find(results.methods, *result) == results.methods.end())
            results.methods.push_back(std::move(*result));
    }
    return results;
}
}
