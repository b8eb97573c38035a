// SPDX-License-Identifier: Apache-2.0
#include "filters/content/document.hpp"
#include "filters/content/pdf_objects.hpp"
#include "gateway/mail/utf8.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace filters::content {
namespace {
constexpr std::size_t longest = 32U << 20;
constexpr std::size_t most_unpacked = 64U << 20, most_object_streams = 10'000;

struct Unpacked {
    std::size_t size = 0, values = 0;
};
/// Of the octets that zlib makes of `packed`, at most `limit` and a little more.
Unpacked measure(std::string_view packed, std::size_t limit)
{
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
        return {};
    Unpacked found;
    std::array<unsigned char, 16384> block;
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<unsigned>(packed.size());
    int result = Z_OK;
    while (result == Z_OK && stream.total_out < limit) {
        stream.next_out = block.data();
        stream.avail_out = block.size();
        result = inflate(&stream, Z_NO_FLUSH);
        found.values += count_values(
            {reinterpret_cast<const char*>(block.data()), block.size() - stream.avail_out});
    }
    found.size = stream.total_out;
    inflateEnd(&stream);
    return found;
}

/// Streams of objects that unpack to too much: qpdf has no limit for them. Takes off the values
/// that stand in them.
bool is_bomb(std::string_view pdf, std::size_t& values)
{
    std::size_t budget = most_unpacked, streams = 0;
    for (auto at = pdf.find("stream"); at != pdf.npos; at = pdf.find("stream", at + 6)) {
        constexpr std::size_t dictionary = 400;
        const auto before = pdf.substr(at - std::min(at, dictionary), std::min(at, dictionary));
        if (!before.contains("/ObjStm") && !before.contains("/XRef") && !before.contains('#'))
            continue;
        // Its octets begin in the next line (ISO 32000-1 §7.3.8.1); readers bear a few blanks.
        constexpr std::size_t blanks = 16;
        const auto start = pdf.substr(at + 6, blanks).find_first_not_of(" \t\r\n");
        if (start == pdf.npos)
            continue;
        const auto found = measure(pdf.substr(at + 6 + start), budget);
        if (found.size == 0)
            continue;
        // Behind the last "obj": what stands before is another object.
        const auto own = before.substr(std::min(before.rfind("obj"), before.size()));
        const auto in_it = own.contains("/ObjStm") ? found.values / values_for_one : 0;
        if (found.size >= budget || in_it > values || ++streams > most_object_streams)
            return true;
        budget -= found.size;
        values -= in_it;
    }
    return false;
}

/// What stands plainly in a PDF that qpdf cannot mend: readers are more forgiving.
void scan(DocumentFacts& facts, std::string_view pdf, const Limits& limits)
{
    facts.has_script = facts.has_script || pdf.contains("/JavaScript") || pdf.contains("/Launch");
    for (auto at = pdf.find("/URI"); at != pdf.npos; at = pdf.find("/URI", at + 4)) {
        const auto text = pdf.substr(at + 4, 2048);
        const auto open = text.find_first_not_of(" \r\n");
        const auto close = text.find(')');
        if (open != text.npos && text[open] == '(' && close != text.npos
            && facts.links.size() < limits.links) {
            facts.links.emplace_back();
            mail::append_utf8(facts.links.back(), text.substr(open + 1, close - open - 1));
        }
    }
}

void take(DocumentFacts& facts, PdfFacts&& found, const Limits& limits)
{
    facts.is_encrypted = found.is_encrypted;
    facts.has_script = found.has_script;
    facts.has_embedded_files = found.has_embedded_files;
    for (auto& [name, octets] : found.files)
        facts.embed({std::move(name), std::move(octets)}, limits);
    facts.links = std::move(found.links);
    if (found.is_over_limit)
        facts.oddities.push_back({"over_limit", "too much in a PDF", true});
    if (found.is_damaged)
        facts.oddities.push_back({"unreadable", "a PDF is damaged", true});
}
}

DocumentFacts read_pdf(std::string_view bytes, const Limits& limits, DocumentBudget& budget)
{
    DocumentFacts facts;
    if (budget.pdf_objects == 0 || budget.pdf_values == 0)
        facts.oddities.push_back({"over_limit", "too much in PDFs", true});
    else if (bytes.size() > longest)
        facts.oddities.push_back({"over_limit", "a PDF is too long to be read", true});
    else if (is_bomb(bytes, budget.pdf_values))
        facts.oddities.push_back({"over_limit", "a PDF unpacks to too much", true});
    else
        take(facts,
             read_pdf_objects(bytes, limits.links,
                              {budget.pdf_objects, budget.pdf_values, budget.pdf_bytes}),
             limits);
    if (!facts.oddities.empty() && facts.links.empty())
        scan(facts, bytes.substr(0, longest), limits);
    return facts;
}
}
