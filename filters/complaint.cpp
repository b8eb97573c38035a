// SPDX-License-Identifier: Apache-2.0
#include "filters/complaint.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace filters {
namespace {
constexpr std::size_t shown_width = 100;
constexpr std::size_t longest_word = 64;

/// One character of the source as a terminal shows it.
struct Glyph {
    std::string_view bytes;
    std::size_t width = 1;
};

/// Wide in a terminal: East Asian scripts and pictographs.
bool is_wide(std::uint32_t code)
{
    return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF)
        || (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF)
        || (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60)
        || (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1FAFF)
        || (code >= 0x20000 && code <= 0x3FFFD);
}

std::size_t sequence_length(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

Glyph glyph_at(std::string_view line, std::size_t at)
{
    const auto lead = static_cast<unsigned char>(line[at]);
    if (lead < 0x20 || lead == 0x7F)
        return {lead == '\t' ? " " : "?"};
    const std::size_t length = std::min(sequence_length(lead), line.size() - at);
    std::uint32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        code = code << 6 | (static_cast<unsigned char>(line[at + i]) & 0x3FU);
    return {line.substr(at, length), is_wide(code) ? 2U : 1U};
}

std::vector<Glyph> glyphs_of(std::string_view line)
{
    std::vector<Glyph> glyphs;
    for (std::size_t at = 0; at < line.size();) {
        const auto lead = static_cast<unsigned char>(line[at]);
        glyphs.push_back(glyph_at(line, at));
        at += std::min(sequence_length(lead), line.size() - at);
    }
    return glyphs;
}

/// The source line, cut to a window around the caret, and the caret below it.
std::string picture(std::string_view line, std::size_t column)
{
    const auto glyphs = glyphs_of(line);
    const std::size_t caret = std::min(column == 0 ? 0 : column - 1, glyphs.size());
    const std::size_t first
        = glyphs.size() <= shown_width || caret < shown_width * 3 / 4 ? 0 : caret - shown_width / 2;
    const std::size_t last = std::min(glyphs.size(), first + shown_width);
    std::string shown = first > 0 ? "…" : "";
    std::size_t blanks = first > 0 ? 1 : 0;
    for (std::size_t i = first; i < last; ++i) {
        shown += glyphs[i].bytes;
        if (i < caret)
            blanks += glyphs[i].width;
    }
    if (last < glyphs.size())
        shown += "…";
    return shown + "\n" + std::string(blanks, ' ') + "^";
}

/// Edit distance where a swap of neighbours counts one (optimal string alignment).
std::size_t distance(std::string_view from, std::string_view to)
{
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a))
            == std::tolower(static_cast<unsigned char>(b));
    };
    std::vector<std::size_t> before(to.size() + 1), last(to.size() + 1), row(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t change = same(from[i - 1], to[j - 1]) ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && same(from[i - 1], to[j - 2]) && same(from[i - 2], to[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[to.size()];
}
}

std::string Complaint::to_string() const
{
    std::string out = file;
    if (line > 0)
        out += ":" + std::to_string(line) + ":" + std::to_string(column);
    out += (out.empty() ? "error: " : ": error: ") + text;
    if (line > 0)
        out += "\n" + picture(source_line, static_cast<std::size_t>(std::max(column, 1)));
    if (!hint.empty())
        out += "\n" + hint;
    return out;
}

std::string to_string(const Complaints& complaints)
{
    constexpr std::size_t most = 50;
    std::string out;
    for (std::size_t i = 0; i < std::min(complaints.size(), most); ++i)
        out += complaints[i].to_string() + "\n";
    if (complaints.size() > most)
        out += "and " + std::to_string(complaints.size() - most) + " more\n";
    return out;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates)
{
    if (word.empty() || word.size() > longest_word)
        return {};
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const auto candidate : candidates) {
        if (candidate.size() > longest_word)
            continue;
        const std::size_t here = distance(word, candidate);
        if (here < best_distance) {
            best = candidate;
            best_distance = here;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates)
{
    const auto near = nearest(word, candidates);
    return near.empty() ? "" : "did you mean \"" + std::string{near} + "\"?";
}
}
