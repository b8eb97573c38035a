// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace net {
#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
constexpr bool is_sanitized = true; ///< sanitizers want more of the system than the program
#else
constexpr bool is_sanitized = false;
#endif

/// From here on this process opens no file whatever its path (Landlock, landlock(7)); a Unix socket
/// is reached all the same. False: the kernel has no Landlock.
bool close_the_files();
}
