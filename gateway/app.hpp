// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/supervisor.hpp"

namespace app {
/// The role that does the work: sessions, delivery, store, control socket. Returns the exit code of
/// its process. Starts its own threads: one a loop, the worker pool, the store's, the log's.
int run_gate(const RoleStart& start);
/// The role that parses what strangers wrote, one message in a sealed worker process at a time. One
/// thread; closes every descriptor but its own.
int run_scan(const RoleStart& start);
}
