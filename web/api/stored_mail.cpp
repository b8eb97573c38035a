// SPDX-License-Identifier: Apache-2.0
#include "web/api/stored_mail.hpp"

#include "filters/finding_types.hpp"
#include "filters/findings_json.hpp"
#include "gateway/smtp/adaptation.hpp"
#include "gateway/smtp/record.hpp"
#include "gateway/smtp/session.hpp"

#include <algorithm>

namespace web {
namespace {
std::string_view layer_of(std::string_view finding) { return finding.substr(0, finding.find('.')); }

const filters::LayerType* layer_type(std::string_view name)
{
    const auto& types = filters::layer_types();
    const auto found = std::ranges::find(types, name, &filters::LayerType::name);
    return found == types.end() ? nullptr : *found;
}

/// Those that the policies let be found. What session and scan find needs no layer.
mail::Findings found_by(const mail::Findings& findings, const std::vector<std::string>& layers)
{
    mail::Findings found;
    found.reserve(findings.size());
    for (const auto& finding : findings) {
        const auto name = layer_of(finding.name);
        const auto* type = layer_type(name);
        if (!type || type->is_listener_layer || std::ranges::find(layers, name) != layers.end())
            found.push_back(finding);
    }
    return found;
}
}

std::string_view address_in(std::string_view from)
{
    const auto open = from.rfind('<'), close = from.rfind('>');
    return open == from.npos || close == from.npos || close < open
        ? from
        : from.substr(open + 1, close - open - 1);
}

std::unique_ptr<StoredMail> StoredMail::of(const storage::HistoryRow& row,
                                           const smtp::Settings& settings)
{
    const auto address = mail::Mailbox::parse(row.recipient);
    if ((row.stage != "data" && row.stage != "rcpt") || smtp::is_without_policy(row) || !address)
        return nullptr;
    const auto facts = filters::parse_findings_json(row.findings.empty() ? "[]" : row.findings);
    if (!facts)
        return nullptr;
    std::unique_ptr<StoredMail> stored{new StoredMail{mail::Recipient{*address}}};
    if (auto owner = mail::Mailbox::parse(row.owner); owner && owner->key() != address->key())
        stored->recipient_.canonical = std::move(*owner);
    for (const auto& fact : *facts)
        if (const auto* type = filters::finding_type(fact.name))
            (fact.is_own ? stored->own_ : stored->shared_)
                .push_back({type->name, fact.detail, fact.evidence, fact.weight});
    auto& mail = stored->mail_;
    mail.id = row.id.mail;
    mail.received_at = row.time;
    mail.listener = row.listener;
    mail.direction = row.direction;
    mail.client.ip = mail::Ip::parse(row.client).value_or(mail::Ip{});
    mail.client.helo = row.helo;
    if (auto sender = mail::Mailbox::parse(row.sender))
        mail.sender = std::move(*sender);
    const auto listener
        = std::ranges::find(settings.listeners, row.listener, &smtp::ListenerSettings::name);
    if (listener != settings.listeners.end()) {
        smtp::place_client(mail.client, *listener);
        stored->listener_ = &*listener;
    }
    if (row.stage == "rcpt")
        stored->moment_ = filters::Moment::recipient;
    return stored;
}

mail::Verdict StoredMail::verdict(const filters::PolicySet& set, const filters::Policy& policy,
                                  const smtp::Settings& settings)
{
    mail_.findings = found_by(shared_, set.layers);
    recipient_.findings = found_by(own_, set.layers);
    auto verdict = filters::judge(policy, mail_, recipient_, moment_).verdict;
    static const smtp::ListenerSettings gone;
    if (moment_ == filters::Moment::message)
        smtp::adapt(verdict, mail_.client, settings, listener_ ? *listener_ : gone);
    else if (mail_.client.is_inside && verdict.step != mail::Step::overriding)
        verdict = {};
    return verdict;
}

void StoredMail::take_fresh(const mail::Findings& fresh)
{
    std::erase_if(shared_, [](const auto& finding) {
        const auto* type = layer_type(layer_of(finding.name));
        return layer_of(finding.name) == "content"
            || (type && type->make_content != nullptr && type->make == nullptr);
    });
    for (const auto& finding : fresh) {
        const bool is_known = std::ranges::any_of(shared_, [&](const auto& known) {
            return known.name == finding.name && known.detail == finding.detail;
        });
        if (!is_known)
            shared_.push_back(finding);
    }
}
}
