// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace mail {
/// Whatever ends lines there (CRLF, LF, CR) as CRLF.
std::string with_crlf(std::string_view text);
}
