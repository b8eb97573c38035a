// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"

#include <string>
#include <string_view>

namespace filters::content {
Sha256 sha256(std::string_view bytes);
std::string to_hex(const Sha256& hash);
}
