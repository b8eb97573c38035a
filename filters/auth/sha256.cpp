// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/sha256.hpp"

#include <openssl/evp.h>

#include <array>

namespace filters::auth {
const EVP_MD* sha256_algorithm()
{
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return algorithm;
}

std::string sha256(std::string_view octets)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
    unsigned size = 0;
    EVP_Digest(octets.data(), octets.size(), hash.data(), &size, sha256_algorithm(), nullptr);
    return {reinterpret_cast<const char*>(hash.data()), size};
}
}
