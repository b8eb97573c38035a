// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/path_code.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace smtp {
std::string in_upper_case(std::string_view text)
{
    std::string upper{text};
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return upper;
}

std::uint64_t path_code(std::string_view key, std::string_view text)
{
    const auto meant = in_upper_case(text);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(meant.data()), meant.size(), code.data(), &size);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i)
        bits = bits << 8 | code[i];
    return bits;
}
}
