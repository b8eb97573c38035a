// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace filters::content {
/// What kind of file octets are, whatever their name says.
enum class Kind {
    unknown,
    text,
    html,
    executable,
    script,
    shortcut,
    archive,
    disk_image,
    ole,
    ooxml,
    odf,
    pdf,
    rtf,
    picture,
    svg,
    audio,
    video,
    font,
    message,
    calendar,
    one_note,
    help,
    java
};
struct FileType {
    Kind kind = Kind::unknown;
    std::string name = {}; ///< "Windows program", "zip archive", "PNG picture": for people
};
/// By magic numbers and structure of the first and last octets, with the name's help where octets
/// alone do not tell (scripts).
FileType file_type(std::string_view bytes, std::string_view filename);

/// The name's last extension, lower case, without its dot: what an operating system goes by
/// (trailing dots, blanks and invisible characters gone, "doc.exe" is "exe").
std::string extension(std::string_view filename);
/// What a name claims: "report.pdf" claims pdf.
Kind claimed_kind(std::string_view extension);
/// It was made to be taken for something else: "invoice.pdf.exe", right-to-left overrides, many
/// blanks before the extension, a program that claims to be a document.
bool is_disguised(std::string_view filename, const FileType& type);
}
