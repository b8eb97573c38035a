// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/supervisor.hpp"

namespace app {
/// The role that serves the pages over HTTP: it holds the listening socket, keys of TLS and a way
/// to web.sock, and nothing else. One thread. Gives up root itself, for it reads its key before.
int run_web(const RoleStart& start);
}
