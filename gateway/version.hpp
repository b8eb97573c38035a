// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace app {
/// "0.1.0".
std::string version_text();
/// Name and versions of the parts it was built with, one a line.
std::string version_details();
}
