// SPDX-License-Identifier: Apache-2.0
#include "storage/store.hpp"

#include <charconv>

namespace storage {
std::string RowId::to_string() const { return mail.to_string() + "/" + std::to_string(number); }

std::optional<RowId> RowId::parse(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto mail = mail::MailId::parse(text.substr(0, slash));
    const auto digits = text.substr(slash + 1);
    std::uint32_t number = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (!mail || error != std::errc{} || stop != end || digits.empty())
        return std::nullopt;
    return RowId{*mail, number};
}
}
