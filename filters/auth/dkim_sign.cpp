// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim_sign.hpp"

#include "filters/auth/body_hash.hpp"
#include "filters/auth/folding.hpp"
#include "filters/auth/sha256.hpp"
#include "filters/auth/signature.hpp"

namespace filters::auth {
namespace {
std::string seconds_of(std::chrono::system_clock::time_point time)
{
    return std::to_string(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

/// h=: names as often as they are to be signed.
std::vector<std::string_view> signed_names(const mail::Message& message, const DkimSigning& signing)
{
    std::vector<std::string_view> names;
    const auto add
        = [&](std::string_view name, std::size_t count) { names.insert(names.end(), count, name); };
    for (const auto& name : signing.sealed_fields)
        add(name, message.header().count(name) + 1);
    for (const auto& name : signing.fields)
        add(name, message.header().count(name));
    if (names.size() > Signature::most_signed_fields)
        names.resize(Signature::most_signed_fields);
    return names;
}

std::string field_without_signature(const DkimSigning& signing, const PrivateKey& key,
                                    const std::vector<std::string_view>& names,
                                    std::string_view body_hash)
{
    std::string field = "DKIM-Signature: v=1; a=" + key.algorithm()
        + "; c=" + std::string{to_string(signing.header)} + "/"
        + std::string{to_string(signing.body)} + "; d=" + signing.domain
        + ";\r\n s=" + signing.selector + "; t=" + seconds_of(signing.time);
    if (signing.lifetime)
        field += "; x=" + seconds_of(signing.time + *signing.lifetime);
    field += ";\r\n h=";
    std::size_t column = 3;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (column + names[i].size() + 2 > 72) {
            field += "\r\n ";
            column = 1;
        }
        field += names[i];
        field += i + 1 < names.size() ? ":" : ";";
        column += names[i].size() + 1;
    }
    field += "\r\n bh=" + encode_base64(body_hash) + ";\r\n b=";
    return field;
}
}

std::vector<std::string> DkimSigning::default_fields()
{
    return {"Sender",    "Resent-From",      "Resent-To",
            "Resent-Cc", "Resent-Date",      "Resent-Message-ID",
            "List-Id",   "List-Unsubscribe", "List-Unsubscribe-Post",
            "List-Post", "List-Help",        "List-Archive"};
}

std::vector<std::string> DkimSigning::default_sealed_fields()
{
    return {"From",       "To",           "Cc",           "Subject",
            "Date",       "Message-ID",   "Reply-To",     "In-Reply-To",
            "References", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};
}

net::awaitable<std::string> sign_dkim(const mail::Message& message, std::string body_hash,
                                      PrivateKey key, DkimSigning signing, net::WorkerPool* pool)
{
    const auto names = signed_names(message, signing);
    auto field = field_without_signature(signing, key, names, body_hash);
    const auto hash = sha256(FieldIndex{message}.canonical_header(names, field, signing.header));
    std::string signature;
    if (pool)
        signature = co_await pool->run([key, hash] { return key.sign(hash); });
    else
        signature = key.sign(hash);
    field += folded(encode_base64(signature), 3);
    co_return field + "\r\n";
}

net::awaitable<std::string> sign_dkim(const mail::Message& message, PrivateKey key,
                                      DkimSigning signing, net::WorkerPool* pool)
{
    auto bodies = co_await hash_body(message, {{signing.body, {}}}, pool);
    co_return co_await sign_dkim(message, std::move(bodies.front().hash), std::move(key),
                                 std::move(signing), pool);
}
}
