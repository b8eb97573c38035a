// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/authentication.hpp"

#include "filters/auth/tag_list.hpp"

namespace smtp {
namespace {
constexpr std::size_t longest = 1024;

std::optional<std::string> decoded(std::string_view response)
{
    if (response == "=")
        return std::string{}; // RFC 4954 §4: an empty response
    if (response.size() > longest * 3)
        return {};
    return filters::auth::decode_base64(response);
}
}

std::optional<Credentials> parse_plain(std::string_view response)
{
    const auto text = decoded(response);
    if (!text)
        return {};
    const auto first = text->find('\0');
    const auto second = first == text->npos ? text->npos : text->find('\0', first + 1);
    if (second == text->npos || text->find('\0', second + 1) != text->npos)
        return {};
    Credentials found{text->substr(first + 1, second - first - 1), text->substr(second + 1)};
    const auto acts_as = text->substr(0, first);
    const bool is_usable = !found.name.empty() && !found.password.empty()
        && found.name.size() <= longest && found.password.size() <= longest
        && (acts_as.empty() || acts_as == found.name);
    return is_usable ? std::optional{std::move(found)} : std::nullopt;
}

std::optional<std::string> parse_login(std::string_view response)
{
    auto text = decoded(response);
    if (!text || text->empty() || text->size() > longest || text->contains('\0'))
        return {};
    return text;
}
}
