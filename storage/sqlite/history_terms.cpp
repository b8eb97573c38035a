// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/history_terms.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <vector>
#include <xxhash.h>

namespace storage::sqlite {
namespace {
/// More trigrams than these narrow no search further.
constexpr std::size_t trigram_limit = 32;
}

std::int64_t term_number(Term term, std::string_view text)
{
    std::string folded{text};
    std::ranges::transform(folded, folded.begin(), mail::to_lower);
    return static_cast<std::int64_t>(
        XXH3_64bits_withSeed(folded.data(), folded.size(), 1 + static_cast<std::uint64_t>(term)));
}

std::string_view domain_of(std::string_view address)
{
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

std::string_view bare_message_id(std::string_view text)
{
    const auto start = text.find_first_not_of("<> \t");
    if (start == std::string_view::npos)
        return {};
    return text.substr(start, text.find_last_not_of("<> \t") - start + 1);
}

std::string searchable(std::string_view sender, std::string_view recipient, std::string_view from,
                       std::string_view subject)
{
    std::string text;
    text.reserve(sender.size() + recipient.size() + from.size() + subject.size() + 3);
    // A line end stands in no search text, so nothing matches across two fields.
    for (const auto part : {sender, recipient, from, subject})
        text.append(part).push_back('\n');
    return text;
}

std::string trigram_query(std::string_view text)
{
    std::vector<std::string_view> characters;
    for (auto rest = text; !rest.empty();) {
        const auto character = mail::first_character(rest);
        characters.push_back(rest.substr(0, character.length));
        rest.remove_prefix(character.length);
    }
    std::string query;
    for (std::size_t i = 0; i + 3 <= characters.size() && i < trigram_limit; ++i) {
        query += i == 0 ? "\"" : " AND \"";
        for (std::size_t j = i; j < i + 3; ++j)
            query += characters[j] == "\"" ? std::string_view{"\"\""} : characters[j];
        query += '"';
    }
    return query;
}
}
