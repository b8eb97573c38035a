// SPDX-License-Identifier: Apache-2.0
#include "gateway/control.hpp"

#include <unistd.h>

namespace app {
web::Principal principal_of_peer(unsigned uid)
{
    const auto name = "uid " + std::to_string(uid);
    if (uid == 0 || uid == ::geteuid())
        return web::Principal::administrator(name);
    web::Principal nobody;
    nobody.name = name;
    return nobody;
}
}
