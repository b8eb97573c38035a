// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/canonicalization.hpp"

#include "filters/auth/sha256.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/byte_pair.hpp"

#include <openssl/evp.h>

#include <array>
#include <limits>
#include <new>

namespace filters::auth {
namespace {
constexpr std::string_view line_end = "\r\n";
constexpr std::size_t flush_at = 4096;

/// Relaxed canonicalization leaves the line as it is: no tab, no two blanks together, none at the
/// end.
bool is_clean(std::string_view line)
{
    std::size_t at = 0;
#ifdef __SSE2__
    const __m128i spaces = _mm_set1_epi8(' ');
    const __m128i tabs = _mm_set1_epi8('\t');
    for (; at + 17 <= line.size(); at += 16) {
        const char* data = line.data() + at;
        const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
        const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + 1));
        const __m128i pairs
            = _mm_and_si128(_mm_cmpeq_epi8(here, spaces), _mm_cmpeq_epi8(next, spaces));
        if (_mm_movemask_epi8(_mm_or_si128(pairs, _mm_cmpeq_epi8(here, tabs))) != 0)
            return false;
    }
#endif
    for (; at < line.size(); ++at)
        if (line[at] == '\t'
            || (line[at] == ' ' && (at + 1 == line.size() || mail::is_blank(line[at + 1]))))
            return false;
    return true;
}

void append_relaxed(std::string& out, std::string_view raw)
{
    const auto colon = raw.find(':');
    for (const char c : mail::trimmed(raw.substr(0, colon)))
        out += mail::to_lower(c);
    out += ':';
    if (colon == raw.npos)
        return;
    bool owes_blank = false;
    for (const char c : mail::trimmed(raw.substr(colon + 1))) {
        if (mail::is_blank(c)) {
            owes_blank = true;
        } else if (c != '\r' && c != '\n') {
            if (owes_blank)
                out += ' ';
            owes_blank = false;
            out += c;
        }
    }
}
}

std::string_view to_string(Canonicalization canonicalization)
{
    return canonicalization == Canonicalization::simple ? "simple" : "relaxed";
}

std::string_view raw_field(const mail::Message& message, const mail::Field& field)
{
    auto raw = message.header_block().substr(field.offset, field.length);
    if (message.dots() == mail::Dots::stuffed && raw.starts_with('.'))
        raw.remove_prefix(1);
    return raw;
}

void append_field(std::string& out, const mail::Message& message, const mail::Field& field,
                  Canonicalization canonicalization)
{
    append_field(out, raw_field(message, field), canonicalization);
}

void append_field(std::string& out, std::string_view raw, Canonicalization canonicalization)
{
    if (raw.ends_with(line_end))
        raw.remove_suffix(line_end.size());
    if (canonicalization == Canonicalization::simple)
        out += raw;
    else
        append_relaxed(out, raw);
    out += line_end;
}

struct BodyHasher::Digest {
    Digest() : context{EVP_MD_CTX_new()}
    {
        if (!context || EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) != 1) {
            EVP_MD_CTX_free(context);
            throw std::bad_alloc{};
        }
    }
    ~Digest() { EVP_MD_CTX_free(context); }
    Digest(const Digest&) = delete;
    Digest& operator=(const Digest&) = delete;
    EVP_MD_CTX* context;
};

BodyHasher::BodyHasher(Canonicalization canonicalization, std::optional<std::uint64_t> length)
    : canonicalization_{canonicalization},
      left_{length.value_or(std::numeric_limits<std::uint64_t>::max())},
      digest_{std::make_unique<Digest>()}
{ }

BodyHasher::BodyHasher(BodyHasher&&) noexcept = default;
BodyHasher::~BodyHasher() = default;

void BodyHasher::feed(std::string_view plain)
{
    while (!plain.empty()) {
        if (!has_text_ && !owes_blank_ && !owes_cr_)
            plain = feed_clean_lines(plain);
        const auto end = plain.find('\n');
        const auto line = plain.substr(0, end == plain.npos ? end : end + 1);
        if (canonicalization_ == Canonicalization::simple && line.size() > flush_at && !owes_cr_) {
            // A long line that ends in another piece: all but the end of it as it is.
            begin_text();
            put(line.substr(0, line.size() - 2));
            plain.remove_prefix(line.size() - 2);
            continue;
        }
        for (const char c : line)
            feed_octet(c);
        plain.remove_prefix(line.size());
    }
}

/// Whole lines that stay as they are go on without a copy.
std::string_view BodyHasher::feed_clean_lines(std::string_view plain)
{
    std::size_t at = 0, text_end = 0;
    while (true) {
        const auto length = mail::find_pair(plain.substr(at), '\r', '\n');
        if (length == plain.npos)
            break;
        const auto line = plain.substr(at, length);
        if (canonicalization_ == Canonicalization::relaxed && !is_clean(line))
            break;
        at += length + line_end.size();
        if (length > 0)
            text_end = at;
    }
    if (text_end > 0) {
        put_owed();
        put(plain.substr(0, text_end));
    }
    owed_lines_ += (at - text_end) / line_end.size();
    return plain.substr(at);
}

void BodyHasher::feed_octet(char c)
{
    if (owes_cr_) {
        owes_cr_ = false;
        if (c == '\n')
            return end_line();
        put_text('\r');
    }
    if (c == '\r')
        owes_cr_ = true;
    else if (canonicalization_ == Canonicalization::relaxed && mail::is_blank(c))
        owes_blank_ = true;
    else
        put_text(c);
}

void BodyHasher::put_text(char c)
{
    begin_text();
    if (owes_blank_)
        put(" ");
    owes_blank_ = false;
    put({&c, 1});
}

void BodyHasher::begin_text()
{
    if (!has_text_)
        put_owed();
    has_text_ = true;
}

void BodyHasher::end_line()
{
    owes_blank_ = false;
    if (has_text_)
        put(line_end);
    else
        ++owed_lines_;
    has_text_ = false;
}

void BodyHasher::put_owed()
{
    static constexpr auto block = [] {
        std::array<char, 1024> lines{};
        for (std::size_t i = 0; i < lines.size(); ++i)
            lines[i] = line_end[i % 2];
        return lines;
    }();
    while (owed_lines_ > 0) {
        const auto lines = std::min<std::uint64_t>(owed_lines_, block.size() / 2);
        put({block.data(), static_cast<std::size_t>(lines * 2)});
        owed_lines_ -= lines;
    }
}

void BodyHasher::put(std::string_view canonical)
{
    octets_ += canonical.size();
    canonical = canonical.substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, canonical.size())));
    left_ -= canonical.size();
    if (scratch_.size() + canonical.size() > flush_at)
        flush();
    if (canonical.size() <= flush_at / 4) {
        scratch_ += canonical;
        return;
    }
    flush();
    EVP_DigestUpdate(digest_->context, canonical.data(), canonical.size());
}

void BodyHasher::flush()
{
    EVP_DigestUpdate(digest_->context, scratch_.data(), scratch_.size());
    scratch_.clear();
}

std::string BodyHasher::finish()
{
    if (owes_cr_)
        put_text('\r');
    if (has_text_ || (octets_ == 0 && canonicalization_ == Canonicalization::simple))
        put(line_end);
    flush();
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
    unsigned size = 0;
    EVP_DigestFinal_ex(digest_->context, hash.data(), &size);
    return {reinterpret_cast<const char*>(hash.data()), size};
}
}
