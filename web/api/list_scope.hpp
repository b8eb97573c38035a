// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/problem.hpp"
#include "storage/lists.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace web {
/// "global", "domain:b.example", "user:a@b.example" → the scope as the store writes it ("", domain,
/// mailbox key).
std::expected<std::string, mail::Problem> parse_scope(std::string_view text);
/// The way back.
std::string scope_text(std::string_view scope);

/// One line of a CSV import.
struct ImportLine {
    int line = 0;
    storage::ListEntry entry;
    std::string problem; ///< why it is none; "" when it is fine
};
/// Reads CSV (RFC 4180: quotes, doubled quotes, CRLF or LF; also ';' or tab where the first line
/// has no comma). A first line that names columns sets their order: list, entry, scope, user, note,
/// expires; without one the order is list, entry, scope, note. `scope` is for lines that name
/// neither scope nor user. At most 100,000 lines.
std::vector<ImportLine> parse_list_csv(std::string_view csv, const std::string& scope,
                                       std::chrono::system_clock::time_point now);
}
