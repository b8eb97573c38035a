// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <expected>
#include <string>
#include <string_view>

namespace filters::content {
/// A report as it was attached: as it stands where it begins with `mark` ('<' of XML, '{' of JSON),
/// else the first file of a gzip or zip archive. Unpacks at most 64 MiB. The error is for people.
std::expected<std::string, std::string> unpack_report(std::string_view octets, char mark);

/// At most `limit` octets of a stranger's text as one line: control characters become blanks.
std::string plain_line(std::string_view text, std::size_t limit = 300);
}
