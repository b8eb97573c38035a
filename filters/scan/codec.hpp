// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/scan.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace filters {
/// Takes the texts of bodies away and cuts what is longer than may travel, so that a scan gives the
/// same wherever it runs. False: there is more in a list than may travel.
bool confine(Scanned& scanned);

/// What a scan found, confined, as octets between two processes of one program: no format for disks
/// or wires.
std::string encode(const Scanned& scanned);

/// The reverse, where the other process is not trusted: nothing unless every octet is used, every
/// count and length is within its bounds and every name is one that is known.
std::optional<Scanned> decode(std::string_view encoded);
}
