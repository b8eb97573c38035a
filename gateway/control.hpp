// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/api.hpp"

namespace app {
/// Who speaks on the control socket: root and our own user are administrators, nobody else is
/// anything.
web::Principal principal_of_peer(unsigned uid);
}
