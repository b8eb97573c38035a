// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace filters::content {
/// How many octets the list of entries of a 7z archive unpacks to, as the archive says; 0: it is
/// not packed, or there is none that could be read.
std::uint64_t unpacked_list(std::string_view seven_zip);
}
