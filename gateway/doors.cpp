// SPDX-License-Identifier: Apache-2.0
#include "gateway/doors.hpp"

#include "gateway/mail/ip.hpp"
#include "gateway/net/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <filesystem>

namespace app {
namespace {
/// With SO_REUSEPORT a second gateway would share the port in silence; a bind without it tells.
std::string why_taken(const std::string& address)
{
    const auto colon = address.rfind(':');
    auto host = address.substr(0, colon);
    std::uint16_t port = 0;
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    if (host.starts_with('['))
        host = host.substr(1, host.size() - 2);
    const auto ip = mail::Ip::parse(host);
    if (!ip || port == 0)
        return {};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port = htons(port);
    std::memcpy(&v4.sin_addr, ip->bytes().data() + 12, 4);
    std::memcpy(&v6.sin6_addr, ip->bytes().data(), 16);
    const bool is_v4 = ip->is_v4();
    const int probe = ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return {};
    const int on = 1;
    ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!is_v4)
        ::setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const auto* name
        = is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
    const int failed = ::bind(probe, name, is_v4 ? sizeof v4 : sizeof v6);
    const int error = errno;
    ::close(probe);
    return failed == 0 ? "" : std::string{std::strerror(error)};
}

/// Port 0 was picked by the first of a listener's sockets; the others must have the same.
std::string with_port(const std::string& address, int descriptor)
{
    return address.substr(0, address.rfind(':') + 1)
        + std::to_string(net::bound_address(descriptor).port);
}
}

std::string control_socket_of(const std::string& data)
{
    return (std::filesystem::path{data} / "control.sock").string();
}

std::string web_socket_of(const std::string& data)
{
    return (std::filesystem::path{data} / "web.sock").string();
}

Doors::~Doors() { close(); }

Doors::Doors(Doors&& other) noexcept
    : smtp_{std::move(other.smtp_)}, metrics_{std::exchange(other.metrics_, {})},
      control_{std::exchange(other.control_, {})}, web_{std::exchange(other.web_, {})}
{
    other.smtp_.clear();
}

Doors& Doors::operator=(Doors&& other) noexcept
{
    if (this != &other) {
        close();
        smtp_ = std::exchange(other.smtp_, {});
        metrics_ = std::exchange(other.metrics_, {});
        control_ = std::exchange(other.control_, {});
        web_ = std::exchange(other.web_, {});
    }
    return *this;
}

std::vector<OpenDoor*> Doors::all()
{
    std::vector<OpenDoor*> doors{&metrics_, &control_, &web_};
    for (auto& door : smtp_)
        doors.push_back(&door);
    return doors;
}

void Doors::close()
{
    for (OpenDoor* door : all())
        if (door->descriptor >= 0)
            ::close(std::exchange(door->descriptor, -1));
}

namespace {
/// Takes the same door over from the earlier set, or opens it.
std::expected<OpenDoor, std::string>
take_or_open(OpenDoor wanted, const std::vector<OpenDoor*>& earlier, const std::string& address)
{
    for (OpenDoor* door : earlier)
        if (door->descriptor >= 0 && door->address == wanted.address && door->loop == wanted.loop) {
            wanted.descriptor = door->descriptor;
            return wanted;
        }
    auto descriptor = net::open_tcp_listener(address);
    if (!descriptor)
        return std::unexpected{descriptor.error()};
    wanted.descriptor = *descriptor;
    return wanted;
}

std::expected<OpenDoor, std::string> take_or_open_local(OpenDoor wanted, const OpenDoor& earlier)
{
    if (earlier.address == wanted.address) {
        wanted.descriptor = earlier.descriptor;
        return wanted;
    }
    auto descriptor = net::open_local_listener(wanted.address, 0600);
    if (!descriptor)
        return std::unexpected{descriptor.error()};
    wanted.descriptor = *descriptor;
    return wanted;
}

bool has_address(const std::vector<OpenDoor*>& doors, const std::string& address)
{
    return std::ranges::any_of(doors,
                               [&](const OpenDoor* door) { return door->address == address; });
}
}

std::expected<Doors, std::string> Doors::open(const Configuration& configuration, Doors& earlier)
{
    const auto before = earlier.all();
    std::vector<OpenDoor> opened;
    const auto give_up = [&](std::string why) -> std::expected<Doors, std::string> {
        for (const auto& door : opened)
            if (std::ranges::none_of(before,
                                     [&](auto* old) { return old->descriptor == door.descriptor; }))
                ::close(door.descriptor);
        return std::unexpected{std::move(why)};
    };
    const auto add = [&](const OpenDoor& wanted, const std::string& address) -> std::string {
        auto door = take_or_open(wanted, before, address);
        if (!door)
            return door.error();
        opened.push_back(*door);
        return {};
    };
    std::vector<std::pair<std::string, std::string>> names;
    for (const auto& listener : configuration.smtp.listeners)
        names.emplace_back(listener.name, listener.address);
    if (!configuration.metrics_address.empty())
        names.emplace_back("", configuration.metrics_address);
    for (const auto& [name, configured] : names) {
        if (!has_address(before, configured))
            if (const auto why = why_taken(configured); !why.empty())
                return give_up(configured + ": " + why);
        std::string address = configured;
        for (unsigned loop = 0; loop < (name.empty() ? 1 : configuration.loops); ++loop) {
            if (const auto why = add({name, configured, loop, -1}, address); !why.empty())
                return give_up(why);
            address = with_port(configured, opened.back().descriptor);
        }
    }
    const auto control = take_or_open_local(
        {"control", control_socket_of(configuration.data), 0, -1}, earlier.control_);
    if (!control)
        return give_up(control.error());
    opened.push_back(*control);
    const auto web
        = take_or_open_local({"web", web_socket_of(configuration.data), 0, -1}, earlier.web_);
    if (!web)
        return give_up(web.error());
    opened.pop_back();

    Doors doors;
    doors.control_ = *control;
    doors.web_ = *web;
    if (!configuration.metrics_address.empty()) {
        doors.metrics_ = opened.back();
        opened.pop_back();
    }
    doors.smtp_ = std::move(opened);
    // What moved on must not be closed with the earlier set.
    for (OpenDoor* mine : doors.all())
        for (OpenDoor* old : before)
            if (old->descriptor == mine->descriptor)
                old->descriptor = -1;
    return doors;
}
}
