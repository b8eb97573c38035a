// SPDX-License-Identifier: Apache-2.0
// Policy documents, layer settings and stored findings: whatever the text, there is an answer or
// there are complaints, each with a place that exists, and what parsed can be judged and explained.
#include "filters/build.hpp"
#include "filters/explanation.hpp"
#include "filters/finding_types.hpp"
#include "filters/policy_document.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>

namespace {
void check_complaints(const filters::Complaints& complaints, std::string_view text)
{
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    require(!complaints.empty());
    for (const auto& complaint : complaints) {
        require(!complaint.text.empty() && complaint.line >= 0 && complaint.column >= 0);
        require(complaint.line <= lines + 1);
    }
    require(!filters::to_string(complaints).empty());
}

void judge_with(const filters::PolicySet& set)
{
    mail::Mail mail;
    mail::Recipient recipient{.address = *mail::Mailbox::parse("a@b.example")};
    const auto& names = filters::finding_names();
    for (std::size_t i = 0; i < names.size(); i += 3)
        mail.findings.push_back({.name = names[i], .detail = "detail", .weight = 1.5});
    for (const auto moment : {filters::Moment::recipient, filters::Moment::message}) {
        const auto judgement = filters::judge(set.standard, mail, recipient, moment);
        if (moment == filters::Moment::recipient)
            require(judgement.verdict.action == mail::Action::deliver
                    || judgement.verdict.action == mail::Action::reject
                    || judgement.verdict.action == mail::Action::defer);
        require(!filters::explain(set.standard, mail, recipient, judgement).empty());
        const auto json = filters::findings_json(mail.findings, {}, judgement.points);
        require(json.size() <= 8192 && filters::parse_findings_json(json));
    }
}

void build_with(const filters::Yaml& root)
{
    filters::Complaints complaints;
    auto settings = filters::layer_settings(root, complaints);
    settings.erase("blocklist"); // names files
    filters::Services services;
    filters::PolicySet policy;
    policy.layers = {"words", "helo", "headers", "lists", "upstream", "recipients"};
    const auto chain = filters::build_chain(policy, settings, services);
    require(chain.has_value() || !chain.error().empty());
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto root = filters::Yaml::parse(text, "input");
    if (!root)
        check_complaints(root.error(), text);
    const auto set = filters::parse_policy(text, "input");
    if (set)
        judge_with(*set);
    else
        check_complaints(set.error(), text);
    if (root && size < 4096)
        build_with(*root);
    if (const auto facts = filters::parse_findings_json(text))
        for (const auto& fact : *facts)
            require(fact.name.size() <= size);
    return 0;
}
