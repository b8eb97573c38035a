// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/scan.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace filters {
/// What a scan found, as octets between two processes of one program: no format for disks or wires.
std::string encode(const Scanned& scanned);

/// The reverse, where the other process is not trusted: nothing unless every octet is used, every
/// count and length fits and every name is one that is known.
std::optional<Scanned> decode(std::string_view encoded);
}
