// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What qpdf finds in a PDF. In a header of its own, for qpdf's headers are C++17: with a later
/// standard they do not compile.
struct PdfFacts {
    bool is_encrypted = false, is_damaged = false, is_over_limit = false;
    bool has_script = false, has_embedded_files = false;
    std::vector<std::string> links; ///< UTF-8
};
/// `objects` and `values` are what may still be looked at; what is, is taken off.
PdfFacts read_pdf_objects(std::string_view bytes, std::size_t link_limit, std::size_t& objects,
                          std::size_t& values);
}
