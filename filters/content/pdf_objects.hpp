// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filters::content {
/// What qpdf finds in a PDF. In a header of its own, for qpdf's headers are C++17: with a later
/// standard they do not compile.
struct PdfFacts {
    bool is_encrypted = false, is_damaged = false, is_over_limit = false;
    bool is_bomb = false; ///< its streams unpack to too much
    bool has_script = false, has_embedded_files = false;
    std::vector<std::string> links; ///< UTF-8
    std::vector<std::pair<std::string, std::string>> files; ///< name, octets
};
/// What may still be looked at; what is, is taken off.
struct PdfBudget {
    std::size_t& objects;
    std::size_t& values; ///< dictionaries and arrays; what it costs to read them is taken, too
    std::size_t& bytes; ///< of embedded files
    std::size_t& unpacked; ///< octets of other streams
};
constexpr std::size_t values_for_one = 2; ///< that are read, not looked into
/// About how many values (ISO 32000 7.3) stand in a piece of a PDF: never fewer than there are.
std::size_t count_values(std::string_view text);
PdfFacts read_pdf_objects(std::string_view bytes, std::size_t link_limit, PdfBudget budget);
}
