// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/yaml.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace app {
struct Configuration;

/// The key `backup` of mailweir.yaml.
struct BackupSettings {
    std::string to; ///< "": nobody named a folder
    bool is_nightly = false;
    std::chrono::minutes at{180}; ///< of the local day
    std::size_t keep = 14;
    bool has_history = true;
    std::string passphrase_file; ///< "": keys are left out
};
BackupSettings read_backup_settings(const filters::Yaml& tree, filters::Complaints& complaints);

/// The files that a configuration consists of and names, as a backup wants them.
struct ConfigurationFiles {
    std::vector<std::string> plain; ///< the configuration, the policy, certificates, lists
    std::vector<std::string> keys; ///< private keys and passwords
};
/// Those that are not there, too: a backup says so. Blocks.
ConfigurationFiles files_for_backup(const Configuration& configuration);
}
