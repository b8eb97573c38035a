// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/signers.hpp"
#include "filters/yaml.hpp"

#include <expected>
#include <memory>
#include <string>

namespace app {
/// The keys that `dkim` and `arc` of mailweir.yaml name, read from their files; null where nothing
/// is signed. What is wrong is complained of at its place; `warnings` gets what holds all the same,
/// such as short keys. Blocks on files.
std::shared_ptr<const filters::auth::Signers> read_signers(const filters::Yaml& tree,
                                                           filters::Complaints& complaints,
                                                           filters::Complaints& warnings);

/// A private key in PEM form; the error says why it is none, without the file's name.
std::expected<filters::auth::PrivateKey, std::string> read_private_key(const std::string& path);
}
