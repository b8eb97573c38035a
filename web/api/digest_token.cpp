// SPDX-License-Identifier: Apache-2.0
#include "web/api/digest_token.hpp"

#include "gateway/net/env.hpp"
#include "storage/files.hpp"
#include "web/api/secrets.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace web {
namespace {
constexpr std::size_t key_octets = 32, code_octets = 16, fixed_octets = 21;
constexpr std::size_t longest_address = 400;
constexpr char version = 1;
constexpr std::string_view file_name = "digest.key";

void append_number(std::string& out, std::uint64_t value, unsigned octets)
{
    while (octets-- > 0)
        out += static_cast<char>(value >> (8 * octets) & 0xFFU);
}

std::uint64_t take_number(std::string_view& text, std::size_t octets)
{
    std::uint64_t value = 0;
    for (const char c : text.substr(0, octets))
        value = value << 8 | static_cast<unsigned char>(c);
    text.remove_prefix(octets);
    return value;
}

std::string code_of(const std::string& key, std::string_view purpose, std::string_view text)
{
    const auto code = keyed_hash(key, std::string{purpose} + '\0' + std::string{text});
    return {code.begin(), code.begin() + code_octets};
}

std::string read_key(const std::string& path)
{
    std::string text;
    storage::Files::real().read(path, [&](std::string_view bytes) { text += bytes; });
    while (text.ends_with('\n'))
        text.pop_back();
    const auto key = from_base64url(text, key_octets);
    return key && key->size() == key_octets ? *key : std::string{};
}
}

DigestKey DigestKey::of(const std::string& directory, net::Env& env)
{
    const auto path = directory + "/" + std::string{file_name};
    const bool is_there = std::filesystem::exists(path);
    if (is_there)
        if (auto key = read_key(path); !key.empty())
            return DigestKey{std::move(key)};
    if (is_there) {
        spdlog::warn("{} is damaged and made anew: links of digests that were sent before no longer"
                     " work",
                     path);
        storage::Files::real().remove(path);
    }
    std::array<unsigned char, key_octets> bytes{};
    env.random(bytes);
    storage::Files::real().create(
        directory, std::string{file_name},
        [&](const storage::Files::Write& write) { write(base64url(bytes) + "\n"); });
    return DigestKey{std::string{bytes.begin(), bytes.end()}};
}

std::string DigestKey::token(const DigestClaim& claim) const
{
    std::string payload{version};
    append_number(payload, claim.row.mail.value(), 8);
    append_number(payload, claim.row.number, 4);
    const auto expires
        = std::chrono::floor<std::chrono::seconds>(claim.expires).time_since_epoch().count();
    append_number(payload, static_cast<std::uint64_t>(expires), 8);
    payload += claim.address;
    const auto whole = code_of(key_, "digest link", payload) + payload;
    return base64url({reinterpret_cast<const unsigned char*>(whole.data()), whole.size()});
}

std::optional<DigestClaim> DigestKey::read(std::string_view token, storage::WallTime now) const
{
    const auto whole = from_base64url(token, code_octets + fixed_octets + longest_address);
    if (!whole || whole->size() <= code_octets + fixed_octets)
        return {};
    std::string_view payload{*whole};
    const auto code = payload.substr(0, code_octets);
    payload.remove_prefix(code_octets);
    if (!is_same_secret(code, code_of(key_, "digest link", payload)) || payload.front() != version)
        return {};
    payload.remove_prefix(1);
    DigestClaim claim;
    claim.row.mail = mail::MailId{take_number(payload, 8)};
    claim.row.number = static_cast<std::uint32_t>(take_number(payload, 4));
    claim.expires = storage::WallTime{
        std::chrono::seconds{static_cast<std::int64_t>(take_number(payload, 8))}};
    claim.address = payload;
    if (claim.expires <= now)
        return {};
    return claim;
}

storage::TransactionHash DigestKey::once(std::string_view address, storage::WallTime told,
                                         std::chrono::seconds settled) const
{
    std::string text;
    append_number(text, static_cast<std::uint64_t>(told.time_since_epoch().count()), 8);
    append_number(text, static_cast<std::uint64_t>(settled.count()), 8);
    const auto code = code_of(key_, "digest", text + std::string{address});
    storage::TransactionHash hash{};
    std::ranges::copy(code, reinterpret_cast<char*>(hash.data()));
    return hash;
}
}
