// SPDX-License-Identifier: Apache-2.0
#include "filters/content/plain_header.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/header.hpp"

#include <algorithm>
#include <array>

namespace filters::content {
namespace {
constexpr std::array<std::string_view, 5> words{"7bit", "8bit", "binary", "base64",
                                                "quoted-printable"};

bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c <= '~' && !std::string_view{"()<>@,;:\\\"[]?="}.contains(c);
    });
}

/// `"abc"` or `abc`, nothing escaped.
bool is_plain_value(std::string_view value)
{
    if (value.size() > 2 && value.starts_with('"') && value.ends_with('"')) {
        value = value.substr(1, value.size() - 2);
        return !value.contains('"') && !value.contains('\\');
    }
    // Honest programs leave the quotes away too often to speak of it.
    return !value.empty() && std::ranges::all_of(value, [](char c) {
        return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '(' && c != ')';
    });
}

/// "multipart/mixed; boundary=abc", and of messages the type alone.
bool is_plain_container(std::string_view written, std::string_view type)
{
    bool has_boundary = type.starts_with("message/");
    for (bool is_first = true; !written.empty() || is_first; is_first = false) {
        const auto end = std::min(written.find(';'), written.size());
        const auto piece = mail::trimmed(written.substr(0, end));
        written.remove_prefix(std::min(written.size(), end + 1));
        if (is_first && !mail::equals_ignoring_case(piece, type))
            return false;
        if (is_first || piece.empty())
            continue;
        const auto equals = std::min(piece.find('='), piece.size() - 1);
        const auto name = piece.substr(0, equals);
        if (!is_token(name) || name.contains('*') || !is_plain_value(piece.substr(equals + 1)))
            return false;
        has_boundary = has_boundary || mail::equals_ignoring_case(name, "boundary");
    }
    return has_boundary;
}
}

bool is_plainly_written(const Part& part)
{
    const auto header = mail::Header::parse(part.header);
    const auto* encoding = header.find("Content-Transfer-Encoding");
    const auto* type = header.find("Content-Type");
    if (encoding == nullptr) {
        if (part.encoding != Encoding::none)
            return false;
    } else {
        const auto written = mail::unfold(encoding->value);
        const auto is_written
            = [&](std::string_view word) { return mail::equals_ignoring_case(written, word); };
        if (std::ranges::none_of(words, is_written))
            return false;
    }
    const bool is_message = part.type.starts_with("message/");
    if (!part.is_container && !is_message)
        return true;
    return part.encoding == Encoding::none && type != nullptr
        && is_plain_container(mail::unfold(type->value), part.type);
}
}
