// SPDX-License-Identifier: Apache-2.0
#include "filters/content/fingerprint.hpp"

#include "filters/content/content.hpp"
#include "filters/content/hash64.hpp"
#include "filters/content/shingles.hpp"
#include "filters/content/text.hpp"
#include "gateway/mail/header.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace filters::content {
namespace {
constexpr std::size_t most_texts = 8, most_fingerprints = 24;
/// Fewer say too little: "see you tomorrow" is nobody's alone.
constexpr unsigned least_mass = 60;
constexpr std::size_t least_shingles = 20;
constexpr std::size_t least_file = 512;
constexpr std::uint32_t least_side = 64;
constexpr std::size_t most_names = 16, shortest_name = 3;

std::array<std::uint64_t, 2> exact_hash(const TemplateText& text)
{
    std::array<std::uint64_t, 2> hash{1, 2};
    for (const auto& token : text.tokens) {
        hash[0] = mixed(hash[0] + token.hash);
        hash[1] = mixed(hash[1] ^ (token.hash * 0x9E3779B97F4A7C15));
    }
    return hash;
}

std::optional<Fingerprint> of_text(const Body& body, const std::vector<std::string>& names)
{
    const auto text = template_of(body.visible, names);
    unsigned long mass = 0;
    for (const auto& token : text.tokens)
        mass += token.mass;
    const auto shingles = shingles_of(text);
    // A few words said over and over are no text either.
    if (mass < least_mass || shingles.size() < least_shingles / 2)
        return {};
    Fingerprint fingerprint{.path = body.path, .exact = exact_hash(text)};
    if (shingles.size() >= least_shingles) {
        fingerprint.sketch = sketch_of(shingles);
        fingerprint.shingles = static_cast<std::uint32_t>(shingles.size());
    }
    return fingerprint;
}

/// Inside of documents and archives much is the same for everybody (style sheets, licences):
/// there only what runs counts.
bool is_telling(const File& file)
{
    if (file.is_alternative || file.size < least_file)
        return false;
    const auto kind = file.type.kind;
    if (file.depth > 0)
        return kind == Kind::executable || kind == Kind::script || kind == Kind::shortcut
            || kind == Kind::java || kind == Kind::ole;
    return file.is_attachment || kind == Kind::picture;
}

/// A mask with nearly all bits alike is a line or a dot.
bool has_look(const File& file)
{
    const auto ones = std::popcount(file.perceptual_hash);
    return file.perceptual_hash != 0 && std::min(file.width, file.height) >= least_side
        && ones >= 12 && ones <= 52;
}

std::optional<Fingerprint> of_file(const File& file)
{
    if (!is_telling(file))
        return {};
    const bool is_picture = file.type.kind == Kind::picture;
    if (is_picture && std::min(file.width, file.height) < least_side)
        return {}; // an icon
    Fingerprint fingerprint{.kind
                            = is_picture ? Fingerprint::Kind::picture : Fingerprint::Kind::file,
                            .path = file.path};
    std::memcpy(fingerprint.exact.data(), file.sha256.data(), sizeof fingerprint.exact);
    if (is_picture && has_look(file))
        fingerprint.look = file.perceptual_hash;
    return fingerprint;
}

/// Text and HTML of one message say the same: once is enough.
bool is_known(const std::vector<Fingerprint>& all, const Fingerprint& one)
{
    constexpr double same = 0.95;
    return std::ranges::any_of(all, [&](const Fingerprint& other) {
        return other.kind == one.kind
            && (other.exact == one.exact
                || (one.kind == Fingerprint::Kind::text && resemblance(other, one) > same));
    });
}

void add(std::vector<Fingerprint>& all, std::optional<Fingerprint> one)
{
    if (one && all.size() < most_fingerprints && !is_known(all, *one))
        all.push_back(std::move(*one));
}

void add_words(std::vector<std::string>& words, std::string_view text)
{
    const auto seen = as_seen(text);
    std::string_view rest = seen;
    while (!rest.empty() && words.size() < most_names) {
        const auto end = std::min(rest.find_first_of(" .,_+-\"'()@0123456789"), rest.size());
        if (end >= shortest_name)
            words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}
}

std::vector<std::string> recipient_words(const mail::Header& header)
{
    constexpr std::size_t longest = 1000;
    std::vector<std::string> words;
    const auto* field = header.find("To");
    if (field == nullptr || field->value.size() > longest)
        return words;
    for (const auto& entry : mail::parse_address_list(field->value).entries) {
        add_words(words, entry.display_name);
        add_words(words, entry.mailbox.local());
    }
    return words;
}

std::vector<Fingerprint> fingerprints_of(const Content& content,
                                         const std::vector<std::string>& names)
{
    std::vector<Fingerprint> all;
    for (const auto& body : content.bodies)
        if (all.size() < most_texts && !body.is_alternative)
            add(all, of_text(body, names));
    for (const auto& file : content.files)
        add(all, of_file(file));
    return all;
}

double resemblance(const Fingerprint& a, const Fingerprint& b)
{
    if (a.kind != b.kind)
        return 0;
    if (a.kind == Fingerprint::Kind::picture) {
        constexpr int unlike = 10; // of 63 bits; pictures by chance differ in about 31
        const int distance = std::popcount(a.look ^ b.look);
        return a.look == 0 || b.look == 0 || distance > unlike ? 0 : 1 - distance / 32.0;
    }
    if (a.shingles == 0 || b.shingles == 0)
        return 0;
    int alike = 0;
    for (std::size_t i = 0; i < a.sketch.size(); ++i)
        alike += a.sketch[i] == b.sketch[i] ? 1 : 0;
    // Octets are alike by chance once in 256.
    const double share = static_cast<double>(alike) / static_cast<double>(a.sketch.size());
    return std::max(0.0, (share - 1.0 / 256) / (1 - 1.0 / 256));
}

double containment(const Fingerprint& part, const Fingerprint& whole)
{
    const double shared = resemblance(part, whole);
    if (part.kind != Fingerprint::Kind::text)
        return shared;
    const double both = static_cast<double>(part.shingles) + whole.shingles;
    return std::min(1.0, shared / (1 + shared) * both / part.shingles);
}
}
