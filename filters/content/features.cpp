// SPDX-License-Identifier: Apache-2.0
#include "filters/content/features.hpp"

#include "filters/content/content.hpp"
#include "filters/content/feature_signs.hpp"
#include "filters/content/feature_views.hpp"
#include "filters/content/verdict_fields.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/message.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <utility>

namespace filters::content {
namespace {
constexpr std::size_t header_budget = 4000, text_budget = 2500, hidden_budget = 500,
                      link_budget = 1500, tag_budget = 1000, file_budget = 1000, field_budget = 300,
                      sign_weight = 2, word_length = 40, gram = 5, window = 4;

constexpr std::uint64_t mixed(std::uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93;
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93;
    return hash ^ (hash >> 32);
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed)
{
    std::uint64_t hash = seed * 0x9e3779b97f4a7c15 + text.size();
    while (!text.empty()) {
        std::uint64_t octets = 0;
        const auto size = std::min<std::size_t>(text.size(), sizeof octets);
        std::memcpy(&octets, text.data(), size);
        hash = mixed(hash ^ octets);
        text.remove_prefix(size);
    }
    return mixed(hash);
}

constexpr std::uint32_t feature(std::uint64_t hash, View view)
{
    constexpr std::uint64_t end = 1U << Features::bits;
    const auto begin = view == View::header ? 0 : first_body_feature;
    const auto size = (view == View::header ? first_body_feature : end) - begin;
    return begin + static_cast<std::uint32_t>((hash >> 32) * size >> 32);
}

/// A character of three octets as the scripts that write no blanks have them: kana, Han, Hangul.
bool starts_wide(std::string_view text, std::size_t at)
{
    const auto octet = static_cast<unsigned char>(text[at]);
    return octet >= 0xe3 && octet <= 0xed;
}

constexpr std::array<bool, 256> letters = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < table.size(); ++c)
        table[c] = c >= 0x80 || (c < 0x80 && mail::is_alphanumeric(static_cast<char>(c)));
    for (const char c : {'$', '\'', '-', '_', '.', '@', '!'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();
bool is_letter(char c) { return letters[static_cast<unsigned char>(c)]; }

/// Runs of blanks and line ends as one blank.
void append_squeezed(std::string& out, std::string_view text, std::size_t budget)
{
    for (const char c : text) {
        if (out.size() >= budget)
            return;
        const bool is_blank = mail::is_blank(c) || c == '\r' || c == '\n';
        if (!is_blank)
            out += c;
        else if (out.empty() || out.back() != ' ')
            out += ' ';
    }
}

/// Ascending, each once: two passes of a radix sort, since features are many and short.
void sort_features(std::vector<std::uint32_t>& features)
{
    constexpr unsigned half = Features::bits / 2, mask = (1U << half) - 1;
    std::vector<std::uint32_t> other(features.size());
    for (const unsigned shift : {0U, half}) {
        std::array<std::uint32_t, mask + 2> start{};
        for (const auto one : features)
            ++start[((one >> shift) & mask) + 1];
        for (std::size_t i = 1; i < start.size(); ++i)
            start[i] += start[i - 1];
        for (const auto one : features)
            other[start[(one >> shift) & mask]++] = one;
        features.swap(other);
    }
    features.erase(std::ranges::unique(features).begin(), features.end());
}

/// Of too many an even choice by a second hash, so that it is the same for the same feature.
template <class One, class FeatureOf>
void thin_out(std::vector<One>& ones, std::size_t most, FeatureOf feature_of)
{
    if (ones.size() <= most)
        return;
    const auto rank = [&](const One& one) { return (feature_of(one) * 0x9e3779b1U) >> 20; };
    std::array<std::uint32_t, 4096> counts{};
    for (const auto& one : ones)
        ++counts[rank(one)];
    std::uint32_t limit = 0;
    for (std::size_t kept = 0; kept + counts[limit] <= most; ++limit)
        kept += counts[limit];
    std::erase_if(ones, [&](const One& one) { return rank(one) >= limit; });
}

/// Collects the features of one message.
class Collector {
public:
    Collector() { all_.reserve(16'000); }

    void look_at(View view) { view_ = view; }

    void grams(std::string_view text, std::uint64_t seed)
    {
        for (std::size_t i = 0; i + gram <= text.size(); ++i) {
            std::uint64_t octets = 0;
            std::memcpy(&octets, text.data() + i, gram);
            add(mixed(octets + (seed << 40)));
        }
        for (std::size_t i = 0; i + 6 <= text.size(); ++i)
            if (starts_wide(text, i) && starts_wide(text, i + 3))
                add(hash_of(text.substr(i, 6), seed + 100));
    }

    /// Words, and each with those before it where `in_pairs`.
    void words(std::string_view tag, std::string_view text, bool in_pairs)
    {
        const auto seed = hash_of(tag, 7);
        std::array<std::uint64_t, window> before{};
        std::size_t count = 0;
        for (std::size_t at = 0; at < text.size();) {
            const auto begin = at;
            while (at < text.size() && is_letter(text[at]))
                ++at;
            auto word = text.substr(begin, at - begin);
            at += word.empty();
            while (!word.empty() && (word.back() == '.' || word.back() == '-'))
                word.remove_suffix(1);
            if (word.empty() || wide_pairs(tag, word, seed))
                continue;
            const auto hash = add_word(tag, word.substr(0, word_length), seed);
            for (std::size_t k = 0; in_pairs && k < std::min(count, window); ++k)
                add(mixed(before[k] * 31 + hash + k * 0x1234567));
            std::ranges::copy_backward(before.begin(), before.end() - 1, before.end());
            before[0] = hash;
            ++count;
        }
    }

    void signs(const std::vector<std::string>& signs)
    {
        for (std::size_t i = 0; i < signs.size(); ++i) {
            const auto hash = hash_of(signs[i], 77);
            for (std::size_t k = 0; k < sign_weight; ++k)
                add(mixed(hash + k));
            for (std::size_t k = i + 1; k < signs.size(); ++k)
                add(mixed(hash * 3 + hash_of(signs[k], 78)));
        }
    }

    Features take()
    {
        Features features;
        sort_features(all_);
        thin_out(all_, Features::most, std::identity{});
        std::ranges::sort(named_, {}, &Named::feature);
        named_.erase(std::ranges::unique(named_, {}, &Named::feature).begin(), named_.end());
        thin_out(named_, Features::most_words, [](const Named& one) { return one.feature; });
        for (const auto& named : named_) {
            features.words.push_back(named.feature);
            features.texts.append(texts_, named.offset, named.length).append("\n");
        }
        features.all = std::move(all_);
        return features;
    }

private:
    struct Named {
        std::uint32_t feature, offset, length;
    };

    void add(std::uint64_t hash) { all_.push_back(feature(hash, view_)); }

    std::uint64_t add_word(std::string_view tag, std::string_view word, std::uint64_t seed)
    {
        const auto hash = hash_of(word, seed);
        const auto offset = static_cast<std::uint32_t>(texts_.size());
        texts_.append(tag).append(tag.empty() ? "" : ":").append(word);
        named_.push_back(
            {feature(hash, view_), offset, static_cast<std::uint32_t>(texts_.size() - offset)});
        add(hash);
        return hash;
    }

    /// A run of a script without blanks counts as its pairs of characters.
    bool wide_pairs(std::string_view tag, std::string_view word, std::uint64_t seed)
    {
        bool is_wide = false;
        for (std::size_t i = 0; i + 3 <= word.size(); ++i) {
            if (!starts_wide(word, i))
                continue;
            is_wide = true;
            if (i + 6 <= word.size() && starts_wide(word, i + 3))
                add_word(tag, word.substr(i, 6), seed);
            i += 2;
        }
        return is_wide;
    }

    View view_ = View::header;
    std::vector<std::uint32_t> all_;
    std::vector<Named> named_;
    std::string texts_;
};

/// What senders write themselves; other fields follow within what is left of the budget.
bool is_sender_field(std::string_view name)
{
    constexpr std::array<std::string_view, 17> names{
        "from",   "subject",    "reply-to",    "message-id",  "to",          "cc",
        "date",   "user-agent", "x-mailer",    "return-path", "list-id",     "mime-version",
        "sender", "references", "in-reply-to", "x-priority",  "organization"};
    return std::ranges::find(names, name) != names.end();
}

/// Fields that say how the text was encoded, or hold a signature's octets.
bool is_without_value(std::string_view name)
{
    return name == "dkim-signature" || name == "domainkey-signature" || name.starts_with("arc-");
}
/// What another filter, or we, said of the message: whoever writes it himself would be believed.
bool is_left_out(std::string_view name)
{
    return name == "bcc" || name == "content-type" || name == "content-transfer-encoding"
        || is_word_of_filters(name);
}

std::string header_text(const mail::Header& header, Collector& collector)
{
    std::string text;
    for (const bool is_first : {true, false})
        for (const auto& field : header.fields()) {
            if (text.size() >= header_budget)
                break;
            std::string name{field.name.substr(0, word_length)};
            std::ranges::transform(name, name.begin(), mail::to_lower);
            if (is_left_out(name) || is_sender_field(name) != is_first)
                continue;
            std::string value;
            if (!is_without_value(name))
                value = mail::decode_words(mail::unfold(field.value.substr(0, 4 * field_budget)));
            value.resize(std::min(value.size(), field_budget));
            append_squeezed(text, name + ":" + value + "\n", header_budget);
            collector.words(name, value, true);
            collector.words("field", name, false);
        }
    return text;
}

std::string file_text(const Content& content, Collector& collector)
{
    std::string text;
    for (const auto& file : content.files)
        if (text.size() < file_budget && !file.is_alternative) {
            const auto line = file.declared + " " + file.filename.substr(0, field_budget);
            collector.words("part", line, true);
            append_squeezed(text, "part " + line + "\n", file_budget);
        }
    return text;
}
}

Features extract_features(const mail::Message& message, const Content& content)
{
    Collector collector;
    auto header = header_text(message.header(), collector);
    header += file_text(content, collector);
    collector.grams(header, 1);
    collector.look_at(View::body);
    std::string text, hidden, links, tags;
    for (const auto& body : content.bodies) {
        append_squeezed(text, body.visible, text_budget);
        append_squeezed(text, "\n", text_budget);
        append_squeezed(hidden, body.hidden, hidden_budget);
        append_squeezed(tags, body.tags, tag_budget);
        append_squeezed(tags, " ", tag_budget);
    }
    for (const auto& link : content.links)
        if (links.size() < link_budget)
            append_squeezed(links, link.url.to_string() + "\n", link_budget);
    text += hidden;
    collector.grams(text, 2);
    collector.grams(links, 3);
    collector.words("", text, true);
    collector.words("link", links, false);
    collector.words("tag", tags, true);
    collector.signs(structure_signs(message.header(), content));
    return collector.take();
}
}
