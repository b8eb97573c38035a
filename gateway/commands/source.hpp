// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"
#include "gateway/config.hpp"

namespace app::commands {
/// The options that say which configuration is meant.
Option config_option();
Option data_option();
/// --config FILE, else /etc/mailweir/mailweir.yaml where it exists, else nothing but defaults.
ConfigurationSource source_of(const Arguments& arguments);
/// Loads it; on complaints prints them to stderr and gives nullopt (exit code `invalid`).
std::optional<Configuration> load_or_complain(const ConfigurationSource& source);
}
