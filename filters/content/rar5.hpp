// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

namespace filters::content {
/// What of a RAR 5 archive nobody reads without its password (rarlab's "RAR 5.0 archive format");
/// libarchive does not tell.
struct RarSecrets {
    bool is_whole = false; ///< the names of its files, too
    std::vector<bool> files; ///< by their order
};
/// As far as its headers can be read.
RarSecrets rar5_secrets(std::string_view archive);
}
