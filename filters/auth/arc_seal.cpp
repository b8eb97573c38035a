// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/arc_seal.hpp"

#include "filters/auth/arc_chain.hpp"
#include "filters/auth/authentication_results.hpp"
#include "filters/auth/body_hash.hpp"
#include "filters/auth/folding.hpp"
#include "filters/auth/sha256.hpp"

#include "gateway/mail/ascii.hpp"

namespace filters::auth {
namespace {
constexpr auto form = Canonicalization::relaxed;
constexpr std::size_t longest_line = 900;
constexpr std::size_t longest_results = 16 * 1024;

std::string seconds_of(std::chrono::system_clock::time_point time)
{
    return std::to_string(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

/// Our results as they stand in the message, comments and folds included.
std::string results_field(const mail::Message& message, const ArcSealing& sealing,
                          unsigned instance)
{
    std::string results;
    for (const auto& field : message.header().fields()) {
        if (!field.is("Authentication-Results"))
            continue;
        auto found = results_of(field.value, sealing.authserv_id);
        if (!found)
            continue;
        if (found->ends_with(';'))
            found = mail::trimmed(found->substr(0, found->size() - 1));
        if (!found->empty() && *found != "none"
            && results.size() + found->size() <= longest_results)
            results += ";\r\n " + std::string{*found};
    }
    return "ARC-Authentication-Results: i=" + std::to_string(instance) + "; " + sealing.authserv_id
        + (results.empty() ? "; none" : results);
}

/// A field up to "b=" and from behind it, so that the signature goes in between.
struct Halves {
    std::string front, back;
    std::string unsigned_field() const { return front + back; }
    std::string with(const std::string& signature) const
    {
        // Others remove the folds of b= before they sign over it; so none are made without need.
        const auto text = encode_base64(signature);
        return front + (text.size() > longest_line ? folded(text, 3) : text) + back;
    }
};

Halves message_signature(const ArcSealing& sealing, const PrivateKey& key, unsigned instance,
                         std::string_view body_hash)
{
    Halves halves;
    halves.front = "ARC-Message-Signature: a=" + key.algorithm() + ";\r\n b=";
    halves.back = ";\r\n bh=" + encode_base64(body_hash)
        + "; c=relaxed/relaxed;\r\n d=" + sealing.domain + "; h=";
    std::size_t column = 0;
    for (const auto& name : sealing.fields) {
        if (&name != &sealing.fields.front())
            halves.back += ':';
        if (column > longest_line) {
            halves.back += "\r\n ";
            column = 0;
        }
        halves.back += name;
        column += name.size() + 1;
    }
    halves.back += ";\r\n i=" + std::to_string(instance) + "; s=" + sealing.selector
        + "; t=" + seconds_of(sealing.time);
    return halves;
}

Halves seal(const ArcSealing& sealing, const PrivateKey& key, unsigned instance,
            std::string_view chain_status)
{
    Halves halves;
    halves.front = "ARC-Seal: a=" + key.algorithm() + ";\r\n b=";
    halves.back = "; cv=" + std::string{chain_status} + ";\r\n d=" + sealing.domain
        + "; i=" + std::to_string(instance) + "; s=" + sealing.selector
        + ";\r\n t=" + seconds_of(sealing.time);
    return halves;
}

net::awaitable<std::string> sign(PrivateKey key, std::string hash, net::WorkerPool* pool)
{
    if (!pool)
        co_return key.sign(hash);
    auto signature = co_await pool->run([key, hash] { return key.sign(hash); });
    co_return signature;
}

std::string_view chain_status(ArcOutcome outcome)
{
    return outcome == ArcOutcome::none ? "none" : outcome == ArcOutcome::pass ? "pass" : "fail";
}

bool may_seal(const ArcResult& state)
{
    return !state.is_ended && state.outcome != ArcOutcome::temperror
        && state.instances < ArcChain::most_sets;
}
}

std::vector<std::string> ArcSealing::default_fields()
{
    return {"from",         "to",
            "cc",           "subject",
            "date",         "message-id",
            "reply-to",     "in-reply-to",
            "references",   "mime-version",
            "content-type", "content-transfer-encoding",
            "list-id",      "dkim-signature"};
}

net::awaitable<std::optional<std::string>> seal_arc(const mail::Message& message, ArcResult state,
                                                    PrivateKey key, ArcSealing sealing,
                                                    net::WorkerPool* pool)
{
    if (!may_seal(state))
        co_return std::nullopt;
    auto bodies = co_await hash_body(message, {{form, {}}}, pool);
    co_return co_await seal_arc(message, std::move(bodies.front().hash), std::move(state),
                                std::move(key), std::move(sealing), pool);
}

net::awaitable<std::optional<std::string>> seal_arc(const mail::Message& message,
                                                    std::string body_hash, ArcResult state,
                                                    PrivateKey key, ArcSealing sealing,
                                                    net::WorkerPool* pool)
{
    if (!may_seal(state))
        co_return std::nullopt;
    const unsigned instance = state.instances + 1;
    const auto results = results_field(message, sealing, instance);
    const auto message_halves = message_signature(sealing, key, instance, body_hash);
    const std::vector<std::string_view> names{sealing.fields.begin(), sealing.fields.end()};
    const auto header
        = FieldIndex{message}.canonical_header(names, message_halves.unsigned_field(), form);
    const auto signed_message = message_halves.with(co_await sign(key, sha256(header), pool));

    const auto seal_halves = seal(sealing, key, instance, chain_status(state.outcome));
    std::string sealed;
    // A chain that failed is covered by nobody: its last seal covers its own set (RFC 8617 §5.1.2).
    if (state.outcome == ArcOutcome::pass)
        for (const auto& set : ArcChain::read(message).sets)
            append_set(sealed, message, set);
    for (const auto& field : {results, signed_message, seal_halves.unsigned_field()})
        append_field(sealed, field, form);
    sealed.resize(sealed.size() - 2);
    const auto seal_field = seal_halves.with(co_await sign(key, sha256(sealed), pool));
    co_return seal_field + "\r\n" + signed_message + "\r\n" + results + "\r\n";
}
}
