// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"

#include <string>

namespace filters::content {
/// The text of `Content::preview`, at most `limit` octets of UTF-8.
std::string make_preview(const Content& content, std::size_t limit);
}
