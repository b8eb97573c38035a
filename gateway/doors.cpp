// SPDX-License-Identifier: Apache-2.0
#include "gateway/doors.hpp"

#include "gateway/mail/ip.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/passed_sockets.hpp"

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
    if (passed_sockets().has(address))
        return {};
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
      control_{std::exchange(other.control_, {})}, web_{std::exchange(other.web_, {})},
      web_socket_{std::exchange(other.web_socket_, {})}, why_no_web_{std::move(other.why_no_web_)}
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
        web_socket_ = std::exchange(other.web_socket_, {});
        why_no_web_ = std::move(other.why_no_web_);
    }
    return *this;
}

std::vector<OpenDoor*> Doors::all()
{
    std::vector<OpenDoor*> doors{&metrics_, &control_, &web_, &web_socket_};
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
    wanted.descriptor = passed_sockets().descriptor_for(address, wanted.loop);
    if (wanted.descriptor >= 0)
        return wanted;
    auto descriptor = net::open_tcp_listener(address);
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

/// A set of doors in the making; what it opened closes again unless it is taken.
class Doors::Opening {
public:
    explicit Opening(std::vector<OpenDoor*> before) : before_{std::move(before)} { }
    ~Opening()
    {
        for (const auto& door : opened_)
            ::close(door.descriptor);
    }
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

    using Result = std::expected<OpenDoor, std::string>;
    /// One socket on a TCP address; `share` is where it really listens, if others of it do.
    Result tcp(const std::string& name, const std::string& address, unsigned loop = 0,
               const std::string& share = {})
    {
        if (loop == 0 && !has_address(before_, address))
            if (const auto why = why_taken(address); !why.empty())
                return std::unexpected{address + ": " + why};
        return keep(
            take_or_open({name, address, loop, -1}, before_, share.empty() ? address : share));
    }
    Result local(const std::string& name, const std::string& path, unsigned mode)
    {
        OpenDoor door{name, path, 0, -1};
        for (const OpenDoor* old : before_)
            if (old->descriptor >= 0 && old->address == path) {
                door.descriptor = old->descriptor;
                return door;
            }
        auto descriptor = net::open_local_listener(path, mode);
        if (!descriptor)
            return std::unexpected{descriptor.error()};
        door.descriptor = *descriptor;
        return keep(door);
    }
    void take() { opened_.clear(); }

private:
    Result keep(Result door)
    {
        if (door && std::ranges::none_of(before_, [&](const OpenDoor* old) {
                return old->descriptor == door->descriptor;
            }))
            opened_.push_back(*door);
        return door;
    }
    std::vector<OpenDoor*> before_;
    std::vector<OpenDoor> opened_;
};

std::expected<void, std::string> Doors::open_web(const Configuration& configuration,
                                                 Opening& opening)
{
    const auto& web = configuration.web;
    if (web.address.empty())
        return {};
    auto door = opening.tcp("web", web.address);
    if (!door && !web.is_address_own) {
        why_no_web_ = door.error();
        return {};
    }
    if (!door)
        return std::unexpected{door.error()};
    web_ = *door;
    return {};
}

std::expected<Doors, std::string> Doors::open(const Configuration& configuration, Doors& earlier)
{
    const auto before = earlier.all();
    Opening opening{before};
    Doors doors;
    const auto give_up = [&](std::string why) -> std::expected<Doors, std::string> {
        for (OpenDoor* door : doors.all())
            door->descriptor = -1; // `opening` closes what is new
        return std::unexpected{std::move(why)};
    };
    for (const auto& listener : configuration.smtp.listeners) {
        std::string share;
        for (unsigned loop = 0; loop < configuration.loops; ++loop) {
            auto door = opening.tcp(listener.name, listener.address, loop, share);
            if (!door)
                return give_up(door.error());
            share = with_port(listener.address, door->descriptor);
            doors.smtp_.push_back(std::move(*door));
        }
    }
    if (!configuration.metrics_address.empty()) {
        auto metrics = opening.tcp("", configuration.metrics_address);
        if (!metrics)
            return give_up(metrics.error());
        doors.metrics_ = *metrics;
    }
    auto control = opening.local("control", control_socket_of(configuration.data), 0600);
    if (!control)
        return give_up(control.error());
    doors.control_ = *control;
    // Mode 0660: the web role is of its group.
    auto socket = opening.local("web", web_socket_of(configuration.data), 0660);
    if (!socket)
        return give_up(socket.error());
    doors.web_socket_ = *socket;
    if (const auto web = doors.open_web(configuration, opening); !web)
        return give_up(web.error());
    opening.take();
    // What moved on must not be closed with the earlier set.
    for (OpenDoor* mine : doors.all())
        for (OpenDoor* old : before)
            if (old->descriptor == mine->descriptor)
                old->descriptor = -1;
    return doors;
}
}
