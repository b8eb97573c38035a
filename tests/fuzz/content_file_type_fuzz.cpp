// SPDX-License-Identifier: Apache-2.0
// File types: octets behind the first line, a name in it.
#include "filters/content/file_type.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace filters::content;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto name = text.substr(0, text.find('\n'));
    const auto bytes = text.substr(std::min(text.size(), name.size() + 1));
    const auto type = file_type(bytes, name);
    require((type.kind == Kind::unknown) == type.name.empty());
    require(extension(name).size() <= name.size() * 3);
    is_disguised(name, type);
    return 0;
}
