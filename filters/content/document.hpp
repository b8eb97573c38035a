// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/archive.hpp"
#include "filters/content/embedded_file.hpp"
#include "filters/content/limits.hpp"
#include "filters/content/oddity.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What stands in an office document or PDF that can act or lead away.
struct DocumentFacts {
    bool has_macros = false; ///< VBA storage, XLM macro sheets
    bool has_auto_macros = false; ///< that run when it is opened
    bool is_encrypted = false;
    bool has_external_template = false; ///< attachedTemplate, remote OLE links, DDE fields
    bool has_script = false; ///< PDF JavaScript, launch actions
    bool has_embedded_files = false;
    std::vector<EmbeddedFile> embedded; ///< those that could be taken out
    std::vector<std::string> pictures; ///< that are shown: some of them, the first that come
    std::vector<std::string> links; ///< targets as written, at most Limits::links
    Oddities oddities;

    /// Adds a file; false if that is too much: `Limits::archive_entries`, `Limits::part_bytes` in
    /// all. Then an oddity says so.
    bool embed(EmbeddedFile file, const Limits& limits);
    /// Adds what was found in an OLE document inside of this one, but not its external template.
    void take(DocumentFacts&& inner, const Limits& limits);
    /// Adds an oddity once.
    void add(const Oddity& oddity);
};
/// What is left of a message's budget for documents; one object for all of them.
struct DocumentBudget {
    explicit DocumentBudget(const Limits& limits);
    ArchiveBudget zipped;
    std::size_t pdf_objects = 50'000, pdf_values = 500'000; ///< qpdf needs 30 µs an object
    std::size_t pdf_bytes; ///< of files in PDFs
    std::size_t pdf_unpacked = 64U << 20; ///< octets of streams with objects
};
/// OLE storage (MS-CFB): names of streams, VBA. Chains of sectors are followed with a mark for
/// each.
DocumentFacts read_ole(std::string_view bytes, const Limits& limits);
/// Office Open XML and OpenDocument: a zip; its parts are taken from `walk_archive`.
DocumentFacts read_zipped_document(std::string_view bytes, const Limits& limits,
                                   DocumentBudget& budget);
/// PDF by qpdf: links, actions, embedded files; time and objects bounded.
DocumentFacts read_pdf(std::string_view bytes, const Limits& limits, DocumentBudget& budget);
DocumentFacts read_rtf(std::string_view bytes, const Limits& limits);
}
