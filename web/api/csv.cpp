// SPDX-License-Identifier: Apache-2.0
#include "web/api/csv.hpp"

#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>

namespace web {
namespace {
/// Spreadsheets run what begins with one of these; Japanese ones know the wide forms, too.
bool begins_formula(std::string_view text)
{
    constexpr std::array<std::string_view, 10> starts{"=",  "+",  "-",  "@",  "\t",
                                                      "\r", "＝", "＋", "－", "＠"};
    return std::ranges::any_of(starts, [&](auto start) { return text.starts_with(start); });
}
}

std::string csv_cell(std::string_view raw)
{
    std::string text;
    mail::append_utf8(text, raw);
    std::string out = "\"";
    if (begins_formula(text))
        out += '\'';
    for (const char c : text) {
        if (c == '"')
            out += '"';
        out += static_cast<unsigned char>(c) < ' ' || c == '\x7F' ? ' ' : c;
    }
    return out + "\"";
}
}
