// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/signing.hpp"

#include "filters/auth/arc_seal.hpp"
#include "filters/auth/body_hash.hpp"
#include "filters/auth/mail_dns.hpp"
#include "filters/auth/mail_results.hpp"
#include "filters/auth/signers.hpp"
#include "gateway/mail/account.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace smtp {
namespace {
using namespace filters::auth;
using net::awaitable;

constexpr auto form = Canonicalization::relaxed;
constexpr std::chrono::seconds chain_limit{10};

bool has_chain(const mail::Header& header) { return header.find("ARC-Seal") != nullptr; }

/// Who signs a mail, and who seals it.
struct Hands {
    const Signers::DomainKeys* keys = nullptr;
    const Signers::Sealer* sealer = nullptr;
};

/// The author as the mail leaves, for whom we vouch: the layer `sender` may have put another in its
/// place. Nobody for what came from outside and goes out again, known or by its envelope: a
/// stranger may have written it in our name.
Author signed_author(const Snapshot& snapshot, const mail::Mail& mail)
{
    const auto fact = std::ranges::find(mail.findings, "sender.rewritten", &mail::Finding::name);
    if (fact != mail.findings.end())
        if (const auto address = mail::Mailbox::parse(fact->detail))
            return {.domain = address->domain()};
    const bool is_known = std::ranges::any_of(mail.findings, [](const mail::Finding& finding) {
        return finding.name == "forward.known" || finding.name == "forward.spam";
    });
    const bool is_of_others = mail.sender && !mail::find_account(mail)
        && !snapshot.settings.domains.contains(mail.sender->domain().ascii());
    return is_known || is_of_others ? Author{} : author_of(mail.message.header());
}

Hands hands_for(const Snapshot& snapshot, const mail::Mail& mail)
{
    const auto* signers = snapshot.signers.get();
    // Where the header ends is not known for sure: no signature would hold.
    if (!signers || mail.message.header().is_truncated())
        return {};
    const auto* sealer = signers->sealer ? &*signers->sealer : nullptr;
    if (mail.direction == mail::Direction::inbound)
        return {nullptr, mail.client.is_inside ? nullptr : sealer};
    if (const auto* keys = signers->keys_of(signed_author(snapshot, mail)))
        return {keys, nullptr};
    // It came from outside and goes out again; without a chain there is nothing to pass on.
    return {nullptr, has_chain(mail.message.header()) ? sealer : nullptr};
}

awaitable<void> validate_into(Context& context, const mail::Mail& mail, ArcResult& state)
{
    MailDns dns{context.resolver, mail};
    state = co_await validate_arc(mail.message, dns, context.pool);
}

awaitable<ArcResult> chain_state(Context& context, const mail::Mail& mail)
{
    if (auto known = arc_result_of(mail))
        co_return std::move(*known);
    ArcResult state{.outcome = ArcOutcome::temperror};
    try {
        co_await net::with_deadline(validate_into(context, mail, state), chain_limit);
    } catch (const net::TimedOut&) {
        spdlog::warn("{}: not sealed: its ARC chain could not be validated in time",
                     mail.id.to_string());
    }
    co_return state;
}

/// What one mail's stamps have in common.
struct Work {
    Context& context;
    const Snapshot& snapshot;
    const mail::Mail& mail;
    Hands hands;
    std::string body_hash;
    ArcResult state; ///< of the chain, where somebody seals
};

awaitable<std::string> signatures(const Work& work, const mail::Message& head)
{
    const auto& signers = *work.snapshot.signers;
    std::string lines;
    for (const auto& key : work.hands.keys->keys)
        lines = co_await sign_dkim(head, work.body_hash, key.key,
                                   {.domain = work.hands.keys->domain.ascii(),
                                    .selector = key.selector,
                                    .header = form,
                                    .body = form,
                                    .fields = signers.fields,
                                    .sealed_fields = signers.sealed_fields,
                                    .time = work.context.env->wall_now(),
                                    .lifetime = signers.lifetime},
                                   work.context.pool)
            + lines;
    co_return lines;
}

awaitable<std::string> arc_set(const Work& work, const mail::Message& head)
{
    const auto& sealer = *work.hands.sealer;
    auto set = co_await seal_arc(head, work.body_hash, work.state, sealer.key.key,
                                 {.authserv_id = work.snapshot.settings.hostname,
                                  .domain = sealer.domain.ascii(),
                                  .selector = sealer.key.selector,
                                  .time = work.context.env->wall_now()},
                                 work.context.pool);
    co_return set.value_or("");
}

/// What we found out about the chain ourselves, where no layer said it.
std::string chain_result(const Work& work)
{
    if (work.mail.direction == mail::Direction::inbound)
        return {};
    AuthenticationResults results{work.snapshot.settings.hostname};
    if (auto line = MethodResult::parse(finding_of(work.state).evidence))
        results.methods.push_back(std::move(*line));
    return results.field();
}
}

bool is_signed(const Snapshot& snapshot, const mail::Mail& mail)
{
    const auto hands = hands_for(snapshot, mail);
    return hands.keys || hands.sealer;
}

mail::Message stamped_header(const mail::Message& message, const mail::Stamp& stamp)
{
    std::string text = stamp.lines;
    for (const auto& field : message.header().fields()) {
        const mail::Range range{field.offset, field.length};
        if (!std::ranges::binary_search(stamp.left_out, range))
            text += raw_field(message, field);
    }
    return mail::Message::from_text(text + "\r\n");
}

awaitable<void> sign(Context& context, const Snapshot& snapshot, const mail::Mail& mail,
                     std::vector<mail::Stamp*> stamps)
{
    Work work{context, snapshot, mail, hands_for(snapshot, mail), {}, {}};
    if (!work.hands.keys && !work.hands.sealer)
        co_return;
    if (work.hands.sealer)
        work.state = co_await chain_state(context, mail);
    const auto bodies = co_await hash_body(mail.message, {{form, {}}}, context.pool);
    work.body_hash = bodies.front().hash;
    std::vector<std::pair<mail::Stamp, std::string>> made; // few: recipients share stamps
    for (auto* stamp : stamps) {
        auto same = std::ranges::find(made, *stamp, [](const auto& one) { return one.first; });
        if (same == made.end()) {
            made.emplace_back(*stamp, "");
            same = std::prev(made.end());
            if (work.hands.sealer)
                stamp->lines.insert(0, chain_result(work));
            const auto head = stamped_header(mail.message, *stamp);
            same->second
                = work.hands.keys ? co_await signatures(work, head) : co_await arc_set(work, head);
            same->second += stamp->lines;
        }
        stamp->lines = same->second;
    }
}
}
