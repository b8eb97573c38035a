// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/body_lines.hpp"

#include <algorithm>

namespace filters::rulebook {
namespace {
constexpr std::size_t longest = 2048;
constexpr std::string_view white = " \t\n\r\f\v";

/// The length of a no-break space (also the narrow one) or of a typographer's space at the front.
std::size_t wide_blank(std::string_view text)
{
    if (text.starts_with("\xC2\xA0"))
        return 2;
    if (text.size() < 3 || !text.starts_with("\xE2\x80"))
        return 0;
    const auto last = static_cast<unsigned char>(text[2]);
    return last <= 0x8A || last == 0xAF ? 3 : 0;
}

/// Blanks as one space; no-break spaces are blanks. A line end stands for itself only where a
/// paragraph ends: there are two of them in the run.
std::string squeezed(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    bool is_behind_blank = false;
    const auto blank = [&] {
        if (!is_behind_blank)
            out += ' ';
        is_behind_blank = true;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            const auto run_end = std::min(text.find_first_not_of(white, i), text.size());
            const auto last = text.substr(i, run_end - i).rfind('\n');
            if (last > 0) {
                out += '\n';
                is_behind_blank = false;
                i += last;
                continue;
            }
        }
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v')
            blank();
        else if (const auto length = wide_blank(text.substr(i)); length > 0) {
            blank();
            i += length - 1;
        } else {
            out += c;
            is_behind_blank = false;
        }
    }
    return out;
}
}

std::vector<std::string> body_lines(std::string_view rendered)
{
    const auto text = squeezed(rendered);
    std::vector<std::string> lines;
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end == std::string_view::npos ? end : end + 1);
        rest.remove_prefix(line.size());
        while (line.size() > longest) {
            const auto blank = line.substr(0, longest + 1).rfind(' ');
            const auto cut = blank == std::string_view::npos || blank == 0 ? longest : blank + 1;
            lines.emplace_back(line.substr(0, cut));
            line.remove_prefix(cut);
        }
        if (!line.empty())
            lines.emplace_back(line);
    }
    return lines;
}

std::vector<std::string_view> raw_pieces(std::string_view decoded)
{
    std::vector<std::string_view> pieces;
    while (decoded.size() > 2 * longest) {
        const auto window = decoded.substr(longest, longest + 1);
        std::size_t at = std::string_view::npos;
        for (const char sign : {'\n', '>', ' '})
            if (at == std::string_view::npos)
                at = window.find(sign);
        const auto cut = at == std::string_view::npos ? longest + 1 : longest + at + 1;
        pieces.push_back(decoded.substr(0, cut));
        decoded.remove_prefix(cut);
    }
    if (!decoded.empty())
        pieces.push_back(decoded);
    return pieces;
}
}
