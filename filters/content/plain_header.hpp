// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/part.hpp"

namespace filters::content {
/// Even the simplest program finds this part: its encoding stands there as one word, and a
/// container has a boundary without comments, segments, backslashes or an encoding of its own. What
/// is lawful beyond that is read by some programs only.
bool is_plainly_written(const Part& part);
}
