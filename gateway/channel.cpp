// SPDX-License-Identifier: Apache-2.0
#include "gateway/channel.hpp"

#include <sys/socket.h>

namespace app {
void tell(int channel, Tell what)
{
    const char octet = static_cast<char>(what);
    // A dead supervisor takes us with it (PDEATHSIG), so a failure needs no answer.
    [[maybe_unused]] const auto sent = ::send(channel, &octet, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}
}
