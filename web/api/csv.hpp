// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace web {
/// Stands before every CSV, or spreadsheets guess the charset.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
/// One cell (RFC 4180). The text is a stranger's: an apostrophe stands before what a spreadsheet
/// would run.
std::string csv_cell(std::string_view raw);
}
