// SPDX-License-Identifier: Apache-2.0
#include "storage/backup/digest.hpp"

#include <array>
#include <charconv>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <stdexcept>

namespace storage::backup {
namespace {
void check(int result)
{
    if (result != 1)
        throw std::runtime_error{"SHA-256 is not available"};
}
}

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : state_{std::make_unique<State>()}
{
    check(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes)
{
    check(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

std::string Sha256::take()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    check(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size));
    return hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
}

std::string hexadecimal(std::string_view bytes)
{
    std::string digits;
    for (const char byte : bytes)
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return digits;
}

std::string from_hexadecimal(std::string_view digits)
{
    if (digits.size() % 2 != 0)
        return {};
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        unsigned value = 0;
        const char* end = digits.data() + i + 2;
        const auto [stop, error] = std::from_chars(digits.data() + i, end, value, 16);
        if (error != std::errc{} || stop != end)
            return {};
        bytes += static_cast<char>(value);
    }
    return bytes;
}
}
