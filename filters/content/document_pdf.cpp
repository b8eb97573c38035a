// SPDX-License-Identifier: Apache-2.0
#include "filters/content/document.hpp"
#include "filters/content/pdf_objects.hpp"
#include "gateway/mail/utf8.hpp"

namespace filters::content {
namespace {
constexpr std::size_t longest = 32U << 20;

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
    if (found.is_bomb)
        facts.oddities.push_back({"over_limit", "a PDF unpacks to too much", true});
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
    else
        take(facts,
             read_pdf_objects(
                 bytes, limits.links,
                 {budget.pdf_objects, budget.pdf_values, budget.pdf_bytes, budget.pdf_unpacked}),
             limits);
    if (!facts.oddities.empty() && facts.links.empty())
        scan(facts, bytes.substr(0, longest), limits);
    return facts;
}
}
