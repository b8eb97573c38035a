// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/arc.hpp"

#include "filters/auth/arc_chain.hpp"
#include "filters/auth/authentication_results.hpp"
#include "filters/auth/body_hash.hpp"
#include "filters/auth/key_lookup.hpp"
#include "filters/auth/sha256.hpp"

#include <algorithm>
#include <ranges>

namespace filters::auth {
namespace {
constexpr std::size_t smallest_rsa = 1024; // RFC 8301 §3.2

ArcResult failed(ArcOutcome outcome, std::string reason, unsigned instances)
{
    return {.outcome = outcome, .reason = std::move(reason), .instances = instances};
}

/// nullopt: one of the keys made the signature.
std::optional<ArcResult> key_problem(const KeyAnswer& answer, const Signature& signature,
                                     std::string_view signed_text, unsigned instances)
{
    if (answer.is_temporary)
        return failed(ArcOutcome::temperror, answer.problem, instances);
    if (answer.keys.empty())
        return failed(ArcOutcome::fail, answer.problem, instances);
    const auto hash = sha256(signed_text);
    const bool is_made = std::ranges::any_of(answer.keys, [&](const KeyAnswer::Found& found) {
        return found.record.type == signature.key_type
            && found.key.verifies(hash, signature.octets);
    });
    if (is_made)
        return {};
    return failed(ArcOutcome::fail, "the signature of " + signature.domain + " does not verify",
                  instances);
}

/// The newest message signature (RFC 8617 §5.2 step 4).
net::awaitable<std::optional<ArcResult>> message_problem(const mail::Message& message, Dns& dns,
                                                         net::WorkerPool* pool,
                                                         const Signature& signature,
                                                         unsigned instances)
{
    const auto answers = co_await find_keys(dns, {signature.key_name()}, smallest_rsa);
    const FieldIndex index{message};
    if (auto problem
        = key_problem(answers.front(), signature, index.canonical_header(signature), instances))
        co_return problem;
    const auto bodies = co_await hash_body(message, {{signature.body, {}}}, pool);
    if (bodies.front().hash != signature.body_hash)
        co_return failed(ArcOutcome::fail, "the body is not what was signed", instances);
    co_return std::nullopt;
}

/// Each seal covers all sets before it, and its own with b= emptied (RFC 8617 §5.1.1).
net::awaitable<std::optional<ArcResult>> seal_problem(const mail::Message& message, Dns& dns,
                                                      const std::vector<ArcChain::Set>& sets)
{
    const auto instances = static_cast<unsigned>(sets.size());
    std::vector<std::string> names;
    for (const auto& set : sets)
        names.push_back(set.seal.key_name());
    const auto answers = co_await find_keys(dns, names, smallest_rsa);
    std::string before;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (i > 0)
            co_await net::yield();
        std::string text = before;
        append_field(text, message, *sets[i].results, Canonicalization::relaxed);
        append_field(text, message, *sets[i].message.field, Canonicalization::relaxed);
        append_own_field(text, message, sets[i].seal, Canonicalization::relaxed);
        if (auto problem
            = key_problem(answer_for(answers, names[i]), sets[i].seal, text, instances))
            co_return problem;
        append_set(before, message, sets[i]);
    }
    co_return std::nullopt;
}

ArcResult::Sealer sealer_of(const ArcChain::Set& set)
{
    ArcResult::Sealer sealer{.domain = set.seal.domain};
    const auto instance = read_arc_instance(set.results->value);
    const auto results
        = AuthenticationResults::parse(instance ? instance->rest : std::string_view{});
    if (!results)
        return sealer;
    const auto dmarc = std::ranges::find(results->methods, "dmarc", &MethodResult::method);
    if (dmarc == results->methods.end() || dmarc->result != "pass")
        return sealer;
    sealer.saw_dmarc_pass = true;
    for (const auto& property : dmarc->properties)
        if (property.type == "header" && property.name == "from")
            sealer.author = property.value;
    return sealer;
}
}

const ArcResult::Sealer* trusted_sealer(const ArcResult& result,
                                        const std::vector<mail::Domain>& trusted,
                                        const mail::Domain& author)
{
    if (result.outcome != ArcOutcome::pass)
        return nullptr;
    for (const auto& sealer : result.sealers) {
        const auto domain = mail::Domain::parse(sealer.domain);
        if (!domain || std::ranges::none_of(trusted, [&](const mail::Domain& listed) {
                return domain->is_within(listed);
            }))
            return nullptr;
        const auto said = mail::Domain::parse(sealer.author);
        if (sealer.saw_dmarc_pass && (sealer.author.empty() || (said && *said == author)))
            return &sealer;
    }
    return nullptr;
}

std::string_view to_string(ArcOutcome outcome)
{
    switch (outcome) {
    case ArcOutcome::none:
        return "none";
    case ArcOutcome::pass:
        return "pass";
    case ArcOutcome::fail:
        return "fail";
    case ArcOutcome::temperror:
        return "temperror";
    }
    return "fail";
}

net::awaitable<ArcResult> validate_arc(const mail::Message& message, Dns& dns,
                                       net::WorkerPool* pool)
{
    const auto chain = ArcChain::read(message);
    if (chain.is_empty())
        co_return ArcResult{};
    if (chain.is_ended || !chain.problem.empty()) {
        auto result = failed(ArcOutcome::fail,
                             chain.is_ended ? "the newest seal says that it failed" : chain.problem,
                             chain.highest);
        result.is_ended = chain.is_ended;
        co_return result;
    }
    auto problem
        = co_await message_problem(message, dns, pool, chain.sets.back().message, chain.highest);
    if (!problem)
        problem = co_await seal_problem(message, dns, chain.sets);
    if (problem)
        co_return std::move(*problem);
    ArcResult result{.outcome = ArcOutcome::pass, .instances = chain.highest};
    for (const auto& set : chain.sets | std::views::reverse)
        result.sealers.push_back(sealer_of(set));
    co_return result;
}
}
