// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/archive.hpp"

namespace filters::content {
/// The parts of a message that came as a file (".eml", a web archive), each of its readings, as
/// entries of an archive; counts against the same budget. Never fails: what is no message is one
/// text.
void walk_message(std::string_view bytes, const Limits& limits, ArchiveBudget& budget,
                  Oddities& oddities, const std::function<void(const ArchiveEntry&)>& take);
}
