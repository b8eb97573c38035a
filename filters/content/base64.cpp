// SPDX-License-Identifier: Apache-2.0
#include "filters/content/decoders.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace filters::content {
namespace {
constexpr std::uint32_t invalid = 0x01000000;
enum class Class : std::uint8_t { digit, blank, padding, foreign };

struct Tables {
    // By place in the quantum: the six bits where they stand in a little-endian word of three
    // octets. One with `invalid` set is no digit.
    std::array<std::array<std::uint32_t, 256>, 4> bits{};
    std::array<std::uint8_t, 256> values{};
    std::array<Class, 256> classes{};
};

constexpr Tables tables = [] {
    constexpr std::string_view digits
        = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Tables made;
    for (auto& table : made.bits)
        table.fill(invalid);
    made.classes.fill(Class::foreign);
    for (const char c : {' ', '\t', '\r', '\n'})
        made.classes[static_cast<unsigned char>(c)] = Class::blank;
    made.classes['='] = Class::padding;
    for (std::uint32_t value = 0; value < digits.size(); ++value) {
        const auto c = static_cast<unsigned char>(digits[value]);
        made.classes[c] = Class::digit;
        made.values[c] = static_cast<std::uint8_t>(value);
        made.bits[0][c] = value << 2;
        made.bits[1][c] = (value >> 4) | (value & 15) << 12;
        made.bits[2][c] = (value >> 2) << 8 | (value & 3) << 22;
        made.bits[3][c] = value << 16;
    }
    return made;
}();

struct Run {
    std::string bytes;
    bool is_cut = false;
    // How many octets there were when a reader would stop; only set where more came after it.
    std::size_t at_padding = std::string::npos, at_foreign = std::string::npos;
    bool has_foreign_behind_padding = false;
};

class Decoder {
public:
    Decoder(std::string_view in, std::size_t limit, bool passes_over_padding)
        : in_{in}, limit_{limit}, passes_over_padding_{passes_over_padding}
    { }

    Run run()
    {
        // A quantum is written as four octets, and the last may go over the limit by two.
        const std::size_t room = std::min(limit_, in_.size() / 4 * 3 + 3) + 8;
        run_.bytes.resize_and_overwrite(room, [this](char* out, std::size_t) {
            out_ = start_ = out;
            decode();
            return std::min(static_cast<std::size_t>(out_ - start_), limit_);
        });
        if (pending_padding_ && !padding_counts_)
            run_.at_padding = std::string::npos;
        return std::move(run_);
    }

private:
    void decode()
    {
        std::size_t at = 0;
        while (at < in_.size()) {
            if (count_ == 0)
                at = whole_quanta(at);
            if (at == in_.size())
                break;
            if (written() > limit_)
                break;
            single(static_cast<unsigned char>(in_[at++]));
        }
        flush();
        run_.is_cut = written() > limit_;
    }

    std::size_t whole_quanta(std::size_t at)
    {
        const auto* in = reinterpret_cast<const unsigned char*>(in_.data());
        char* out = out_;
        const char* end = start_ + limit_;
        while (at + 4 <= in_.size() && out < end) {
            const std::uint32_t word = tables.bits[0][in[at]] | tables.bits[1][in[at + 1]]
                | tables.bits[2][in[at + 2]] | tables.bits[3][in[at + 3]];
            if (word & invalid)
                break;
            std::memcpy(out, &word, sizeof word);
            out += 3;
            at += 4;
        }
        if (out != out_)
            note_digits();
        out_ = out;
        return at;
    }

    void single(unsigned char c)
    {
        switch (tables.classes[c]) {
        case Class::digit:
            note_digits();
            bits_ = bits_ << 6 | tables.values[c];
            if (++count_ == 4)
                flush();
            break;
        case Class::blank:
            break;
        case Class::padding:
            if (!passes_over_padding_)
                flush();
            if (run_.at_padding == std::string::npos) {
                run_.at_padding = written();
                pending_padding_ = true;
            }
            break;
        case Class::foreign:
            if (run_.at_foreign == std::string::npos)
                foreign_at_ = written() + (count_ > 1 ? count_ - 1 : 0);
            run_.has_foreign_behind_padding |= pending_padding_;
            has_foreign_ = true;
            break;
        }
    }

    void note_digits()
    {
        padding_counts_ |= pending_padding_;
        if (has_foreign_ && run_.at_foreign == std::string::npos)
            run_.at_foreign = foreign_at_;
    }

    // Whole octets of a quantum that ends early.
    void flush()
    {
        const std::uint32_t bits = bits_ << (6 * (4 - count_));
        for (unsigned i = 0; i + 1 < count_; ++i)
            *out_++ = static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
        count_ = 0;
        bits_ = 0;
    }

    std::size_t written() const { return static_cast<std::size_t>(out_ - start_); }

    std::string_view in_;
    std::size_t limit_;
    bool passes_over_padding_;
    Run run_;
    char* start_ = nullptr;
    char* out_ = nullptr;
    std::uint32_t bits_ = 0;
    unsigned count_ = 0;
    bool pending_padding_ = false, padding_counts_ = false, has_foreign_ = false;
    std::size_t foreign_at_ = 0;
};

void add_other(Decoded& decoded, std::string_view other)
{
    if (other != decoded.bytes && std::ranges::find(decoded.others, other) == decoded.others.end())
        decoded.others.emplace_back(other);
}
}

Decoded decode_base64(std::string_view encoded, std::size_t limit)
{
    Run run = Decoder{encoded, limit, false}.run();
    Decoded decoded{std::move(run.bytes), run.is_cut, {}};
    const std::size_t padding = run.at_padding, foreign = run.at_foreign;
    if (padding == std::string::npos && foreign == std::string::npos)
        return decoded;
    // Text behind the padding is what lists put below a message: nobody means it as base64.
    std::string with_text;
    if (padding != std::string::npos && run.has_foreign_behind_padding) {
        with_text = std::move(decoded.bytes);
        decoded.bytes = with_text.substr(0, padding);
        add_other(decoded, with_text);
    }
    const std::string_view all = with_text.empty() ? decoded.bytes : with_text;
    for (const std::size_t stop : {padding, foreign})
        if (stop != std::string::npos)
            add_other(decoded, all.substr(0, stop));
    if (padding != std::string::npos && decoded.others.size() < 3)
        add_other(decoded, Decoder{encoded, limit, true}.run().bytes);
    return decoded;
}
}
