// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace mail {
/// The public suffix list: the newer of the system's and the one built in. Names are A-labels in
/// lower case. Safe from all threads.

/// One label more than the public suffix, a part of `name`: "b.co.jp" of "a.b.co.jp". "" for a
/// public suffix and a single label. A top label that the list does not know counts as a suffix.
std::string_view registrable_domain(const std::string& name);
/// Nobody in particular owns it: "jp", "co.jp", and any single label.
bool is_public_suffix(const std::string& name);
/// The list knows the top label of that name.
bool has_known_suffix(std::string_view name);
}
