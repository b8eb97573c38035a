// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/types.h>

#include <string>
#include <string_view>

namespace filters::auth {
/// The algorithm as OpenSSL knows it, looked up once.
const EVP_MD* sha256_algorithm();
/// The 32 octets of the hash.
std::string sha256(std::string_view octets);
}
