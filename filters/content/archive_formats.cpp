// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive_formats.hpp"

#include <new>

namespace filters::content {
ArchiveReader make_reader(std::span<const Support> supports)
{
    ArchiveReader reader{archive_read_new()};
    if (!reader)
        throw std::bad_alloc{};
    for (const auto support : supports)
        support(reader.get());
    return reader;
}
}
