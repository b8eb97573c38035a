// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/private_key.hpp"

#include <optional>
#include <string>

namespace app::commands {
/// Writes a new file that only its owner can read; never over one that is there. Says what went
/// wrong, "" if nothing.
std::string write_key_file(const std::string& path, const filters::auth::PrivateKey& key);

/// Reads a PEM file; complains on stderr.
std::optional<filters::auth::PrivateKey> key_or_complain(const std::string& path);
}
