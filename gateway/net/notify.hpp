// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace net {
/// Tells systemd "READY=1", "STOPPING=1", "STATUS=..." (sd_notify(3)) by a datagram to
/// $NOTIFY_SOCKET, a path or "@name". Does nothing without one; never waits, never fails loudly.
void notify_service_manager(std::string_view state);
}
