// SPDX-License-Identifier: Apache-2.0
// RFC 2047 encoded words, both ways.
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/charset.hpp"
#include "gateway/mail/header.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace mail {
namespace {
constexpr std::string_view base64_digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr auto base64_values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (std::size_t i = 0; i < base64_digits.size(); ++i)
        table[static_cast<unsigned char>(base64_digits[i])] = static_cast<std::int8_t>(i);
    return table;
}();

// Foreign characters are passed over and padding may be missing, as readers of mail do.
std::string from_base64(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0)
            continue;
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 0xFF);
        }
    }
    return bytes;
}

int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string from_q(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0
            && hex_value(text[i + 2]) >= 0) {
            bytes += static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
            i += 2;
        } else {
            bytes += text[i] == '_' ? ' ' : text[i];
        }
    }
    return bytes;
}

struct Word {
    std::string_view charset;
    std::string bytes;
    std::size_t length = 0; // as written; without a charset: what is certainly no word
};

// Behind "=?charset?X?": the length of the encoded text and the closing "?=". A '?' on its own is
// let pass; another "=?" ends the attempt, so that no byte is looked at twice.
std::optional<std::size_t> text_length(std::string_view text, std::size_t& seen)
{
    for (std::size_t at = text.find('?'); at != std::string_view::npos;
         at = text.find('?', at + 1)) {
        if (at + 1 < text.size() && text[at + 1] == '=')
            return at;
        if (at > 0 && text[at - 1] == '=') {
            seen = at - 1;
            return std::nullopt;
        }
    }
    seen = text.size();
    return std::nullopt;
}

// Reads "=?charset*language?encoding?text?=" at the front of `rest`, which starts with "=?".
Word read_word(std::string_view rest)
{
    constexpr std::size_t longest_charset = 64;
    const auto is_token
        = [](char c) { return is_alphanumeric(c) || std::string_view{"-_.:+*"}.contains(c); };
    std::size_t at = 2;
    while (at < rest.size() && at < longest_charset && is_token(rest[at]))
        ++at;
    const std::string_view charset = rest.substr(2, at - 2);
    if (charset.empty() || at + 2 >= rest.size() || rest[at] != '?' || rest[at + 2] != '?')
        return {{}, {}, 2};
    const char encoding = to_lower(rest[at + 1]);
    if (encoding != 'b' && encoding != 'q')
        return {{}, {}, 2};
    const std::size_t start = at + 3;
    std::size_t seen = 0;
    const auto length = text_length(rest.substr(start), seen);
    if (!length)
        return {{}, {}, start + seen};
    const std::string_view text = rest.substr(start, *length);
    Word word{charset.substr(0, charset.find('*')), {}, start + *length + 2};
    word.bytes = encoding == 'b' ? from_base64(text) : from_q(text);
    if (word.bytes.empty() && !text.empty())
        word.charset = {};
    return word;
}

// Gathers neighbouring words of one charset before they are converted: some senders split
// characters.
class Gatherer {
public:
    void add_word(const Word& word, std::string_view written)
    {
        if (!is_open() || !equals_ignoring_case(word.charset, charset_)) {
            flush();
            charset_ = word.charset;
            written_ = written;
        }
        const char* end = written.data() + written.size();
        written_ = {written_.data(), static_cast<std::size_t>(end - written_.data())};
        bytes_ += word.bytes;
    }

    void add_text(std::string_view text)
    {
        flush();
        append_utf8(out_, text);
    }

    bool is_open() const { return !charset_.empty(); }

    std::string finish()
    {
        flush();
        return std::move(out_);
    }

private:
    void flush()
    {
        if (is_open() && !append_decoded(out_, charset_, bytes_))
            append_utf8(out_, written_);
        charset_ = {};
        bytes_.clear();
    }

    std::string out_;
    std::string_view charset_; // of the words gathered; empty: none
    std::string_view written_;
    std::string bytes_;
};

// The octets of `utf8` that fit `room` without splitting a character, at least one character.
std::size_t whole_characters(std::string_view utf8, std::size_t room)
{
    std::size_t length = 0;
    while (length < utf8.size()) {
        const std::size_t next = first_character(utf8.substr(length)).length;
        if (length > 0 && length + next > room)
            break;
        length += next;
    }
    return length;
}

void append_base64(std::string& out, std::string_view bytes)
{
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::string_view group = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= group.size() ? base64_digits[bits >> (18 - 6 * k) & 63] : '=';
    }
}
}

std::string decode_words(std::string_view unfolded)
{
    Gatherer gatherer;
    std::size_t done = 0;
    std::size_t words = 0;
    for (std::size_t at = unfolded.find("=?"); at != std::string_view::npos;) {
        if (words == HeaderLimits::encoded_words)
            break;
        const Word word = read_word(unfolded.substr(at));
        const std::size_t end = at + word.length;
        if (!word.charset.empty()) {
            const std::string_view gap = unfolded.substr(done, at - done);
            if (!gatherer.is_open() || !trimmed(gap).empty())
                gatherer.add_text(gap);
            gatherer.add_word(word, unfolded.substr(at, word.length));
            done = end;
            ++words;
        }
        at = unfolded.find("=?", end);
    }
    if (done < unfolded.size())
        gatherer.add_text(unfolded.substr(done));
    return gatherer.finish();
}

std::string encode_words(std::string_view utf8, std::size_t column)
{
    if (std::ranges::all_of(utf8, is_printable) && !utf8.contains("=?"))
        return std::string{utf8};
    constexpr std::string_view head = "=?UTF-8?B?";
    constexpr std::string_view tail = "?=";
    constexpr std::size_t longest_word = 75;
    constexpr std::size_t longest_line = 76;
    std::string text;
    append_utf8(text, utf8);
    std::string words;
    for (std::string_view rest = text; !rest.empty();) {
        const bool is_first = words.empty();
        const std::size_t before = std::min(is_first ? column : 1, longest_word);
        const std::size_t line = std::min(longest_word, longest_line - before);
        const std::size_t frame = head.size() + tail.size();
        const std::size_t digits = std::max(line, frame + 8) - frame;
        const std::string_view part = rest.substr(0, whole_characters(rest, digits / 4 * 3));
        words += is_first ? "" : "\r\n ";
        words += head;
        append_base64(words, part);
        words += tail;
        rest.remove_prefix(part.size());
    }
    return words;
}
}
