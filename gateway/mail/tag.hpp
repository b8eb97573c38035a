// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace mail {
/// A complete field "Subject: …\r\n" with `tag_utf8` before the subject. `raw_value` is the old
/// field's value as received; its words, folds and 8-bit characters stay as they are. A tag with
/// other than ASCII becomes RFC 2047 words itself; its control characters are dropped. A subject
/// that begins with the tag already, in plain or inside encoded words, is not tagged twice.
std::string tagged_subject(std::string_view raw_value, std::string_view tag_utf8);
}
