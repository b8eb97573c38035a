// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim.hpp"

#include "filters/auth/body_hash.hpp"
#include "filters/auth/key_lookup.hpp"
#include "filters/auth/sha256.hpp"
#include "filters/auth/signature.hpp"

#include <algorithm>

namespace filters::auth {
namespace {
using Clock = std::chrono::system_clock;

/// A signature on its way to a result.
struct Checked {
    Signature signature;
    DkimResult result;
    bool is_open = true; ///< nothing has been decided yet

    void settle(DkimOutcome outcome, std::string reason)
    {
        result.outcome = outcome;
        result.reason = std::move(reason);
        is_open = false;
    }
};

Checked started(Signature signature)
{
    Checked checked;
    checked.result.domain = signature.domain;
    checked.result.selector = signature.selector;
    checked.result.algorithm = signature.algorithm;
    checked.result.identity = signature.identity;
    checked.result.signature_start = signature.start;
    if (!signature.problem.empty())
        checked.settle(DkimOutcome::permerror, signature.problem);
    checked.signature = std::move(signature);
    return checked;
}

void check_times(Checked& checked, Clock::time_point now, std::chrono::seconds skew)
{
    const auto& [signed_at, expires_at]
        = std::tie(checked.signature.signed_at, checked.signature.expires_at);
    if (expires_at && *expires_at + skew < now)
        checked.settle(DkimOutcome::permerror, "the signature has expired");
    else if (signed_at && *signed_at - skew > now)
        checked.settle(DkimOutcome::permerror, "it is signed in the future");
}

void check_key(Checked& checked, const KeyAnswer& answer)
{
    if (answer.is_temporary)
        checked.settle(DkimOutcome::temperror, answer.problem);
    else if (answer.keys.empty())
        checked.settle(DkimOutcome::permerror, answer.problem);
    else
        checked.result.is_testing = std::ranges::any_of(
            answer.keys, [](const KeyAnswer::Found& found) { return found.record.is_testing; });
}

/// Whether one of the keys made the signature; settles it if none may have.
bool is_signed(Checked& checked, const KeyAnswer& answer, const FieldIndex& index)
{
    const auto& signature = checked.signature;
    const auto hash = sha256(index.canonical_header(signature));
    std::string problem = "the key is of another type";
    for (const auto& [record, key] : answer.keys) {
        if (record.type != signature.key_type)
            continue;
        if (record.is_strict && !signature.has_own_identity()) {
            problem = "the key allows no identity of a subdomain";
            continue;
        }
        problem.clear();
        if (key.verifies(hash, signature.octets))
            return true;
    }
    if (problem.empty())
        checked.settle(DkimOutcome::fail, "the header is not what was signed");
    else
        checked.settle(DkimOutcome::permerror, std::move(problem));
    return false;
}

void check(Checked& checked, const KeyAnswer& answer, const BodyHash& body, const FieldIndex& index,
           bool accepts_partial_body)
{
    const auto& length = checked.signature.length;
    if (length && *length > body.octets)
        checked.settle(DkimOutcome::permerror, "more of the body is signed than there is");
    else if (body.hash != checked.signature.body_hash)
        checked.settle(DkimOutcome::fail, "the body is not what was signed");
    else if (!is_signed(checked, answer, index))
        return;
    else if (length && *length < body.octets && !accepts_partial_body)
        checked.settle(DkimOutcome::policy, "only a part of the body is signed");
    else
        checked.settle(DkimOutcome::pass, {});
}

struct Found {
    std::vector<Checked> signatures;
    std::size_t passed_over = 0;
};

Found find_signatures(const mail::Message& message, std::size_t most)
{
    Found found;
    for (const auto& field : message.header().fields()) {
        if (!field.is("DKIM-Signature"))
            continue;
        if (found.signatures.size() == most)
            ++found.passed_over;
        else
            found.signatures.push_back(started(Signature::read(field, SignatureKind::dkim)));
    }
    return found;
}

std::vector<DkimResult> results_of(Found found)
{
    std::vector<DkimResult> results;
    for (auto& checked : found.signatures)
        results.push_back(std::move(checked.result));
    if (found.passed_over > 0)
        results.push_back(
            {.outcome = DkimOutcome::neutral,
             .reason = std::to_string(found.passed_over) + " more signatures were not looked at"});
    return results;
}
}

std::string_view to_string(DkimOutcome outcome)
{
    switch (outcome) {
    case DkimOutcome::pass:
        return "pass";
    case DkimOutcome::fail:
        return "fail";
    case DkimOutcome::neutral:
        return "neutral";
    case DkimOutcome::policy:
        return "policy";
    case DkimOutcome::temperror:
        return "temperror";
    case DkimOutcome::permerror:
        return "permerror";
    }
    return "permerror";
}

net::awaitable<std::vector<DkimResult>> verify_dkim(const mail::Message& message, Dns& dns,
                                                    net::WorkerPool* pool, Clock::time_point now,
                                                    DkimSettings settings)
{
    auto found = find_signatures(message, settings.most_signatures);
    std::vector<std::string> names;
    for (auto& checked : found.signatures) {
        if (checked.is_open && message.header().is_truncated())
            checked.settle(DkimOutcome::permerror, "the header is too long");
        if (checked.is_open)
            check_times(checked, now, settings.clock_skew);
        if (checked.is_open)
            names.push_back(checked.signature.key_name());
    }
    if (names.empty())
        co_return results_of(std::move(found));
    const auto answers = co_await find_keys(dns, std::move(names), settings.smallest_rsa);
    std::vector<BodyForm> forms;
    for (auto& checked : found.signatures) {
        if (checked.is_open)
            check_key(checked, answer_for(answers, checked.signature.key_name()));
        if (checked.is_open)
            add_form(forms, {checked.signature.body, checked.signature.length});
    }
    const auto bodies = co_await hash_body(message, std::move(forms), pool);
    const FieldIndex index{message};
    bool is_first = true;
    for (auto& checked : found.signatures) {
        if (!checked.is_open)
            continue;
        if (!std::exchange(is_first, false))
            co_await net::yield();
        const auto& signature = checked.signature;
        check(checked, answer_for(answers, signature.key_name()),
              hash_of(bodies, {signature.body, signature.length}), index,
              settings.accepts_partial_body);
    }
    co_return results_of(std::move(found));
}
}
