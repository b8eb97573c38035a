// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/id.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace mail {
namespace {
constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t length = 13;
constexpr std::int8_t no_digit = -1;
constexpr int sequence_bits = 22;

constexpr auto values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(no_digit);
    for (std::size_t value = 0; value < digits.size(); ++value) {
        table[static_cast<unsigned char>(digits[value])] = static_cast<std::int8_t>(value);
        table[static_cast<unsigned char>(to_lower(digits[value]))]
            = static_cast<std::int8_t>(value);
    }
    for (const char c : {'i', 'I', 'l', 'L'})
        table[static_cast<unsigned char>(c)] = 1;
    table['o'] = table['O'] = 0;
    return table;
}();
}

std::optional<MailId> MailId::parse(std::string_view text)
{
    if (text.size() != length)
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const std::int8_t digit = values[static_cast<unsigned char>(c)];
        if (digit == no_digit || value >> 59 != 0)
            return std::nullopt;
        value = value << 5 | static_cast<std::uint64_t>(digit);
    }
    return MailId{value};
}

std::string MailId::to_string() const
{
    std::string text(length, '0');
    std::uint64_t rest = value_;
    for (auto at = text.rbegin(); at != text.rend(); ++at, rest >>= 5)
        *at = digits[rest & 31];
    return text;
}

MailId IdSource::next(std::chrono::system_clock::time_point now)
{
    using namespace std::chrono;
    constexpr sys_days epoch = 2020y / January / 1;
    const auto elapsed = duration_cast<milliseconds>(now - epoch).count();
    const auto wanted = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed, 0))
        << sequence_bits;
    std::uint64_t last = last_.load(std::memory_order_relaxed);
    std::uint64_t id = 0;
    do
        id = std::max(wanted, last + 1);
    while (!last_.compare_exchange_weak(last, id, std::memory_order_relaxed));
    return MailId{id};
}
}
