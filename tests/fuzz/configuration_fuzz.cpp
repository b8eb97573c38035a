// SPDX-License-Identifier: Apache-2.0
// Any text as mailweir.yaml: complaints or a configuration, and every effective value can be shown.
#include "gateway/config.hpp"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto tree = filters::Yaml::parse(text, "fuzz.yaml");
    if (!tree)
        return filters::to_string(tree.error()).empty() ? __builtin_trap(), 0 : 0;
    const auto configuration = app::parse_configuration(*tree);
    if (!configuration) {
        if (configuration.error().empty() || filters::to_string(configuration.error()).empty())
            __builtin_trap();
        return 0;
    }
    if (app::effective_values(*tree).empty() || configuration->smtp.listeners.empty())
        __builtin_trap();
    app::warnings_text(configuration->warnings);
    return 0;
}
