// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mail {
class Header;
}

namespace filters {
struct Content;
}

namespace filters::content {
/// What stays of a text or a file under small changes, and what does not. Nothing can be read back
/// from it.
struct Fingerprint {
    enum class Kind { text, file, picture } kind = Kind::text;
    std::string path; ///< of the part: "1.2"
    std::array<std::uint64_t, 2> exact{}; ///< of the text as a template, of a file's octets
    /// text: the least hashes of its shingles, one octet each, place by place; meaningful where
    /// `shingles` is not 0.
    std::array<std::uint8_t, 64> sketch{};
    std::uint32_t shingles = 0; ///< different ones of a text; 0: too few to be told from others
    std::uint64_t look = 0; ///< picture: its perceptual hash; 0: too plain or too small
};

/// Where names that differ from copy to copy stand: words of the recipients' names and addresses.
/// At most 16, in lower case.
std::vector<std::string> recipient_words(const mail::Header& header);

/// The texts, attachments and pictures of a message that can be told from those of others: not the
/// short ones, not what mailing lists, disclaimers and programs add. At most 24.
std::vector<Fingerprint> fingerprints_of(const Content& content,
                                         const std::vector<std::string>& names);

/// For keeping and for handing on: at most 85 octets each, without paths; least octet first, as on
/// all machines that we know.
std::string encode(std::span<const Fingerprint> prints);
/// nullopt: not what `encode` made.
std::optional<std::vector<Fingerprint>> decode_fingerprints(std::string_view octets);

/// How much of their shingles two texts share (Jaccard), 0 to 1; two pictures: how alike they look.
/// Estimated: ±0.06. 0 for what cannot be compared.
double resemblance(const Fingerprint& a, const Fingerprint& b);
/// How much of `part`'s shingles `whole` has: stays near 1 when lines are added to a text.
double containment(const Fingerprint& part, const Fingerprint& whole);
}
