// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mail {
class Message;
}

namespace filters {
struct Content;
}

namespace filters::content {
/// A message as the classifier sees it: hashed features below 2^`bits`, ascending, each once. They
/// hold no text but `texts`; who has a dictionary can tell which of its words the message had.
struct Features {
    static constexpr unsigned bits = 22;
    static constexpr std::size_t most = 4500, most_words = 800;
    /// Short runs of octets, words with the field they stand in, pairs of words, signs of structure
    /// and pairs of those. Of more than `most` an even choice that is the same in every message.
    std::vector<std::uint32_t> all;
    std::vector<std::uint32_t> words; ///< words alone
    /// What `words` are, a line each, UTF-8, at most 40 octets: for explaining; never kept.
    std::string texts;
};

/// Features of a message and what analysis found in it: of what its sender wrote first (From,
/// Subject and their like, decoded), then of the other fields, the readable text, links and names
/// of tags, within fixed budgets, so that the cost has a bound. How text was encoded leaves no
/// trace.
Features extract_features(const mail::Message& message, const Content& content);

/// Ascending, below 2^`bits` and no more than allowed: what comes from a scan may be a lie.
bool is_well_formed(const Features& features);

/// Well-formed features without texts in few octets (differences, Rice coded), at most
/// `most_packed`.
std::string pack(const Features& features);
constexpr std::size_t most_packed = 8192;
/// The reverse; false unless it is exactly what `pack` makes.
bool unpack(std::string_view packed, Features& features);
}
