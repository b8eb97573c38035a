// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace filters::content {
/// HTML's named character references: entries "name=value " sorted by name, without the final
/// semicolon; '!' instead of '=' where the semicolon may be missing ("amp!& "). Values are UTF-8.
std::string_view character_name_table();
}
