// SPDX-License-Identifier: Apache-2.0
// Authentication-Results of anybody: what is read is written so that it reads back the same.
#include "filters/auth/authentication_results.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>

using filters::auth::AuthenticationResults;
using filters::auth::claims_to_be;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const mail::Field field{.name = "Authentication-Results", .value = text};
    const bool is_ours = claims_to_be(field, "mx.example.jp");
    const auto read = AuthenticationResults::parse(text);
    if (!read)
        return 0;
    require(claims_to_be(field, read->authserv_id));
    require(!is_ours || read->authserv_id.size() == 13);
    const auto written = read->field();
    const auto header = mail::Header::parse(written);
    require(header.fields().size() == 1 && header.malformed_lines() == 0);
    require(std::ranges::all_of(written, [](char c) {
        return c == '\r' || c == '\n' || c == '\t' || (c >= ' ' && c <= '~');
    }));
    const auto second = AuthenticationResults::parse(header.fields().front().value);
    require(second && second->methods.size() == read->methods.size());
    const auto third = AuthenticationResults::parse(second->value());
    require(third && *third == *second);
    return 0;
}
