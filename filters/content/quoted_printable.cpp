// SPDX-License-Identifier: Apache-2.0
#include "filters/content/decoders.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace filters::content {
namespace {
constexpr auto hex_values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(-1);
    for (int i = 0; i < 16; ++i) {
        table[static_cast<std::size_t>("0123456789abcdef"[i])] = static_cast<std::int8_t>(i);
        table[static_cast<std::size_t>("0123456789ABCDEF"[i])] = static_cast<std::int8_t>(i);
    }
    return table;
}();

// Where programs differ.
struct Manner {
    bool keeps_lone_equals = true;
    bool breaks_at_blanks = true; ///< "=" with blanks up to the line end is a soft line break
};

int hex_value(char c) { return hex_values[static_cast<unsigned char>(c)]; }

// The length of a soft line break behind its "=", 0 if there is none; `rest` is not empty.
std::size_t soft_break(std::string_view rest, bool& has_blanks)
{
    std::size_t at = 0;
    while (at < rest.size() && mail::is_blank(rest[at]))
        ++at;
    has_blanks = at > 0;
    if (at == rest.size())
        return at;
    if (rest[at] == '\r' && at + 1 < rest.size() && rest[at + 1] == '\n')
        return at + 2;
    return rest[at] == '\n' ? at + 1 : 0;
}

Decoded read(std::string_view in, std::size_t limit, Manner manner, bool& is_odd)
{
    Decoded decoded;
    std::string& out = decoded.bytes;
    out.reserve(std::min(limit, in.size()) + 1);
    while (!in.empty() && out.size() <= limit) {
        const std::size_t plain = std::min(in.find('='), in.size());
        out += in.substr(0, std::min(plain, limit + 1 - out.size()));
        in.remove_prefix(plain);
        if (in.size() < 2)
            break; // nothing, or a "=" at the very end
        if (in.size() > 2 && hex_value(in[1]) >= 0 && hex_value(in[2]) >= 0) {
            out += static_cast<char>(hex_value(in[1]) << 4 | hex_value(in[2]));
            in.remove_prefix(3);
            continue;
        }
        bool has_blanks = false;
        const std::size_t skipped = soft_break(in.substr(1), has_blanks);
        is_odd |= skipped == 0 || has_blanks;
        if (skipped > 0 && (manner.breaks_at_blanks || !has_blanks)) {
            in.remove_prefix(1 + skipped);
        } else {
            if (manner.keeps_lone_equals)
                out += '=';
            in.remove_prefix(1);
        }
    }
    decoded.is_cut = out.size() > limit;
    out.resize(std::min(out.size(), limit));
    return decoded;
}
}

Decoded decode_quoted_printable(std::string_view encoded, std::size_t limit)
{
    bool is_odd = false;
    Decoded decoded = read(encoded, limit, {}, is_odd);
    if (!is_odd)
        return decoded;
    for (const Manner manner : {Manner{false, true}, Manner{true, false}}) {
        auto other = read(encoded, limit, manner, is_odd).bytes;
        if (other != decoded.bytes && std::ranges::count(decoded.others, other) == 0)
            decoded.others.push_back(std::move(other));
    }
    return decoded;
}
}
