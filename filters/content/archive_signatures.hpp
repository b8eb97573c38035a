// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/archive_formats.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace filters::content {
/// Where an archive may begin that programs find behind other octets.
struct ArchiveSignature {
    std::size_t at;
    Support format;
};
/// Of RAR and 7-Zip, whole as their programs ask for them, behind the first octet: what begins with
/// one is an archive by itself. No more than `most`.
std::vector<ArchiveSignature> archive_signatures(std::string_view bytes, std::size_t most);
}
