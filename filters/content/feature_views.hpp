// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/features.hpp"

#include <cstdint>

namespace filters::content {
/// Two views of a message, each with features of its own: what its header fields and the names of
/// its files say, and its text, links, tags and structure.
enum class View : std::uint8_t { header, body };

/// Features below are of the header, the others of the body.
constexpr std::uint32_t first_body_feature = 1U << (Features::bits - 2);

constexpr View view_of(std::uint32_t feature)
{
    return feature < first_body_feature ? View::header : View::body;
}
}
