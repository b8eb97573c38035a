// SPDX-License-Identifier: Apache-2.0
// A key record (the first line) and a message: signatures, keys, canonical forms, in any chunks.
#include "filters/auth/canonicalization.hpp"
#include "filters/auth/dkim.hpp"
#include "tests/fuzz/one_record_dns.hpp"

#include <algorithm>
#include <cstdint>

namespace {
using namespace filters::auth;
constexpr std::chrono::system_clock::time_point now{std::chrono::seconds{1'600'000'000}};

bool is_safe(std::string_view text)
{
    return text.size() <= 400
        && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

mail::Message cut(std::string_view text, std::size_t place)
{
    std::vector<mail::Chunk> chunks;
    chunks.push_back(mail::Chunk::copy_of(text.substr(0, place)));
    chunks.push_back(mail::Chunk::copy_of(text.substr(place)));
    return mail::Message{std::move(chunks), mail::Dots::plain};
}

std::vector<DkimResult> verify(const mail::Message& message, Dns& dns)
{
    return complete(verify_dkim(message, dns, nullptr, now));
}

void check_body(std::string_view text)
{
    for (const auto form : {Canonicalization::simple, Canonicalization::relaxed}) {
        BodyHasher whole{form, {}}, pieces{form, {}};
        whole.feed(text);
        for (std::size_t at = 0, size = 1; at < text.size(); at += size, size = size * 3 % 61)
            pieces.feed(text.substr(at, size));
        require(whole.finish() == pieces.finish());
        require(whole.octets() == pieces.octets() && whole.octets() <= text.size() + 2);
    }
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view all{reinterpret_cast<const char*>(data), size};
    const auto line = all.find('\n');
    const auto record = all.substr(0, line);
    const auto text = line == all.npos ? std::string_view{} : all.substr(line + 1);
    OneRecordDns dns{record};
    const auto results = verify(mail::Message::from_text(text), dns);
    require(results.size() <= 9);
    for (const auto& result : results) {
        for (const auto& shown : {result.domain, result.selector, result.algorithm, result.identity,
                                  result.reason, result.signature_start})
            require(is_safe(shown));
        require((result.outcome == DkimOutcome::pass) == result.reason.empty());
    }
    const auto again = verify(cut(text, text.size() / 2), dns);
    require(again.size() == results.size());
    for (std::size_t i = 0; i < again.size(); ++i)
        require(again[i].outcome == results[i].outcome && again[i].reason == results[i].reason);
    check_body(text);
    return 0;
}
