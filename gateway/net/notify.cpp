// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/notify.hpp"

#include <cstddef>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace net {
void notify_service_manager(std::string_view state)
{
    const char* name = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string_view path = name ? name : "";
    if (path.empty() || path.size() >= sizeof address.sun_path
        || (path[0] != '/' && path[0] != '@'))
        return;
    path.copy(address.sun_path, path.size());
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), length);
    ::close(descriptor);
}
}
