// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace app::manual {
/// Text of a manual page in roff with the macros of man(7). Texts are plain; what stands between
/// `backticks` is shown as code.
class Roff {
public:
    /// Title and the NAME section: "mailweir-queue", 1, "mail that waits".
    Roff(std::string_view name, int section, std::string_view summary);

    Roff& section(std::string_view heading);
    Roff& subsection(std::string_view heading);
    /// Paragraphs; an empty line in `text` parts them.
    Roff& text(std::string_view text);
    /// A term and what it means; the term is shown as code as a whole, or is none.
    Roff& item(std::string_view term, std::string_view meaning);
    /// The same with a term in roff already.
    Roff& raw_item(std::string_view term, std::string_view meaning);
    /// What follows belongs to the item above it.
    Roff& begin_inside();
    Roff& end_inside();
    /// Lines as they are.
    Roff& example(std::string_view lines);
    /// One line of roff as it is.
    Roff& raw(std::string_view line);
    std::string take() { return std::move(out_); }

    /// Plain text as roff, so that no character of it steers anything.
    static std::string escaped(std::string_view text);

private:
    Roff& space();
    Roff& paragraph(std::string_view text);
    std::string out_;
};

/// "\fBqueue\fP" of a plain text.
std::string bold(std::string_view text);
std::string italic(std::string_view text);
}
