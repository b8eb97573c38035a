// SPDX-License-Identifier: Apache-2.0
#include "filters/content/sha256.hpp"

#include <new>
#include <openssl/evp.h>

namespace filters::content {
Sha256 sha256(std::string_view bytes)
{
    // Looking the algorithm up costs more than hashing a small file.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Sha256 hash{};
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, algorithm, nullptr) != 1)
        throw std::bad_alloc{};
    return hash;
}

std::string to_hex(const Sha256& hash)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto octet : hash) {
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}
}
