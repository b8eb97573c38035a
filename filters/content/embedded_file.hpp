// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace filters::content {
/// A file that a document carries.
struct EmbeddedFile {
    std::string name; ///< UTF-8 or nearly; data, never a path
    std::string bytes;
};

/// A stream "\x01Ole10Native" (MS-OLEDS 2.3.6), as the program "Package" writes it: a file with its
/// name; what is none is one without a name.
EmbeddedFile unpack_package(std::string_view native);

/// An object as OLE 1.0 stores it (MS-OLEDS 2.2.5), in RTF. nullopt: it is none, or only a link.
std::optional<EmbeddedFile> unpack_object(std::string_view object);
}
