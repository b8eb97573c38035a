// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string_view>

namespace app {
/// The files of etc/ by their path in it ("mailweir.yaml", "policies/tag.yaml"), carried in the
/// binary so that `serve` works with no file at all.
const std::map<std::string_view, std::string_view>& embedded_files();
}
