// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace filters::content {
/// What a file of S/MIME holds that is signed as a whole and not encrypted (RFC 8551 §3.5.2,
/// SignedData of RFC 5652): a message without its outer header. nullopt: it is none, or a signature
/// that stands beside what it signs.
std::optional<std::string> signed_content(std::string_view file);

/// It is SignedData; what is signed may stand elsewhere, or there are certificates alone.
bool is_signed_message(std::string_view file);

/// Nobody but its recipients can read it (EnvelopedData, AuthEnvelopedData).
bool is_encrypted_message(std::string_view file);
}
