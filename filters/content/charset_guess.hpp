// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace filters::content {
/// The charset that `bytes` look like (a MIME name in lower case): marks of ISO 2022, UTF-16 by its
/// zeros, UTF-8 if it is valid, else by letter frequencies over a sample; "windows-1252" where
/// nothing fits.
std::string guess_charset(std::string_view bytes);
/// UTF-16 by the places of its zero octets, "" if it is not.
std::string guess_utf16(std::string_view bytes);
}
