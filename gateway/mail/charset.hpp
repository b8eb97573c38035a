// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace mail {
/// Appends `bytes`, written in `charset` (a MIME name, any case), to `out` as UTF-8; what is no
/// character becomes U+FFFD. Names that senders use for a smaller set than they write are read as
/// the larger one (gb2312 as GB 18030, iso-8859-1 as windows-1252). False, with nothing appended,
/// if the charset is unknown.
bool append_decoded(std::string& out, std::string_view charset, std::string_view bytes);
}
