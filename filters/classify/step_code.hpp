// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/classify/model.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace filters::classify {
/// A taken lesson as octets for the record of lessons, and the reverse; nothing for what is none.
std::string pack_step(const Lesson& lesson);
std::optional<Lesson> unpack_step(std::string_view packed);
}
