// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace storage::sqlite {
/// Rows are indexed in runs of this many.
constexpr std::int64_t segment_rows = 4096;
constexpr std::int64_t segment_of(std::int64_t row) { return (row - 1) / segment_rows; }

/// What an exact search of history can ask for.
enum class Term { sender, recipient, sender_domain, recipient_domain, client, message_id };

/// The number that stands for a text in the table of terms; letters' case does not count.
std::int64_t term_number(Term term, std::string_view text);

/// "b.example" of "a@b.example"; "" without '@'.
std::string_view domain_of(std::string_view address);
/// Without angle brackets and blanks around it.
std::string_view bare_message_id(std::string_view text);

/// The four texts that a search for text looks into, in one.
std::string searchable(std::string_view sender, std::string_view recipient, std::string_view from,
                       std::string_view subject);
/// The FTS5 expression whose matches include all rows with `text` in them: every trigram of it.
/// Empty for fewer than three characters.
std::string trigram_query(std::string_view text);
}
