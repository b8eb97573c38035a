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
    std::size_t &objects, &values, &bytes; ///< bytes: of embedded files
    std::size_t& unpacked; ///< octets of other streams
};
PdfFacts read_pdf_objects(std::string_view bytes, std::size_t link_limit, PdfBudget budget);
}
