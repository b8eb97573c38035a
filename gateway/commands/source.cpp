// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/source.hpp"

#include <cstdio>
#include <filesystem>

namespace app::commands {
namespace {
constexpr const char* system_file = "/etc/mailweir/mailweir.yaml";
}

Option config_option()
{
    return {"--config", "FILE",
            "configuration (default: /etc/mailweir/mailweir.yaml if it is there)"};
}

Option data_option()
{
    return {"--data", "DIR", "data directory, in place of the configuration's"};
}

ConfigurationSource source_of(const Arguments& arguments)
{
    ConfigurationSource source;
    std::error_code error;
    if (arguments.has("--config"))
        source.file = arguments.text("--config");
    else if (std::filesystem::exists(system_file, error))
        source.file = system_file;
    source.data = arguments.text("--data");
    return source;
}

std::optional<Configuration> load_or_complain(const ConfigurationSource& source)
{
    auto configuration = load_configuration(source);
    if (configuration)
        return std::move(*configuration);
    std::fputs(filters::to_string(configuration.error()).c_str(), stderr);
    return {};
}
}
