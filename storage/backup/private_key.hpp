// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace storage::backup {
/// Whether a file has a private key in PEM, alone or beside a certificate. False for what is longer
/// than any such file, and for what cannot be read. Blocks.
bool holds_private_key(const std::string& path);
}
