// SPDX-License-Identifier: Apache-2.0
#include "gateway/web_role.hpp"

#include "gateway/channel.hpp"
#include "gateway/net/http.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/own_certificate.hpp"
#include "gateway/web_sandbox.hpp"
#include "web/front/front.hpp"

#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace app {
using namespace std::chrono_literals;

namespace {
constexpr auto beat_pause = 1s;
constexpr std::chrono::milliseconds drain_limit{5000}, drain_look{20};
constexpr net::HttpLimits limits{.connections = 10'000,
                                 .connections_per_source = 500,
                                 .strangers = 200,
                                 .is_idle_reaped = true,
                                 .idle = 75s,
                                 .request = 30s};

void close_all_but(std::vector<int> kept)
{
    std::ranges::sort(kept);
    unsigned next = STDERR_FILENO + 1;
    for (const int descriptor : kept) {
        const auto number = static_cast<unsigned>(descriptor);
        if (number > next)
            ::close_range(next, number - 1, 0);
        next = std::max(next, number + 1);
    }
    ::close_range(next, ~0U, 0);
}

/// A handle on web.sock by which it is reached without a way through the data directory.
int handle_of(const std::string& socket) { return ::open(socket.c_str(), O_PATH | O_CLOEXEC); }

struct WebRole {
    WebRole(const RoleStart& start, front::Settings settings, net::HttpDoor door)
        : channel{start.channel}, front{std::move(settings)},
          server{loop, start.doors.web(),
                 [this](net::HttpRequest request) { return front.answer(std::move(request)); },
                 limits, std::move(door)}
    { }
    net::awaitable<void> beat();
    net::awaitable<void> watch_for_end(int signals);
    net::awaitable<void> drain();

    int channel;
    net::Loop loop{net::Env::real()};
    front::Front front;
    net::HttpServer server;
    bool is_draining = false;
};

net::awaitable<void> WebRole::beat()
{
    while (!is_draining) {
        tell(channel, Tell::heartbeat);
        co_await net::sleep(beat_pause);
    }
}

net::awaitable<void> WebRole::watch_for_end(int signals)
{
    signalfd_siginfo info{};
    while (::read(signals, &info, sizeof info) != sizeof info)
        co_await net::sleep(drain_look);
    co_await drain();
}

/// What is under way is finished; the next role takes new connections meanwhile.
net::awaitable<void> WebRole::drain()
{
    is_draining = true;
    server.stop();
    const auto end = loop.env().now() + drain_limit;
    while (server.busy() > 0 && loop.env().now() < end)
        co_await net::sleep(drain_look);
    loop.stop();
}

/// What lies in the data directory is read with its owner's rights, also by root: whoever took the
/// gate over must not have others' keys used by a link there.
class AsOwner {
public:
    explicit AsOwner(const std::string& directory)
    {
        struct stat status{};
        if (::geteuid() != 0 || ::stat(directory.c_str(), &status) != 0)
            return;
        ::setfsgid(status.st_gid);
        ::setfsuid(status.st_uid);
    }
    ~AsOwner()
    {
        if (::geteuid() != 0)
            return;
        ::setfsuid(0);
        ::setfsgid(0);
    }
    AsOwner(const AsOwner&) = delete;
    AsOwner& operator=(const AsOwner&) = delete;
};

std::expected<std::shared_ptr<const net::TlsContext>, std::string>
context_of(const Configuration& configuration)
{
    const auto& pairs = configuration.web.certificates;
    if (pairs.front().certificate != own_certificate_file(configuration.data))
        return net::TlsContext::server(pairs);
    const AsOwner owner{configuration.data};
    return net::TlsContext::server(pairs);
}

std::expected<net::HttpDoor, std::string> door_of(const Configuration& configuration)
{
    const auto& web = configuration.web;
    net::HttpDoor door{.headers = front::strict_headers(!web.certificates.empty()),
                       .body_limit = front::body_limit,
                       .is_exempt =
                           [proxies = web.proxies](const net::Endpoint& peer) {
                               return front::is_among(proxies, mail::Ip{peer.bytes});
                           },
                       .is_stranger =
                           [web](const net::Endpoint& peer) {
                               const mail::Ip ip{peer.bytes};
                               return !front::is_among(web.allow, ip)
                                   && !front::is_among(web.digest_allow, ip)
                                   && !front::is_among(web.proxies, ip);
                           }};
    if (web.certificates.empty())
        return door;
    auto context = context_of(configuration);
    if (!context)
        return std::unexpected{context.error()};
    door.tls = std::move(*context);
    return door;
}

/// Everything that needs files or privileges.
std::expected<net::HttpDoor, std::string> prepare(const RoleStart& start)
{
    auto door = door_of(start.configuration);
    if (!door)
        return door;
    if (start.account)
        if (const auto became = become(*start.account); !became)
            return std::unexpected{"cannot become " + start.account->name + ": " + became.error()};
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // the change of user clears it
    return door;
}
}

int run_web(const RoleStart& start)
{
    ::prctl(PR_SET_NAME, "mailweir-web");
    const auto& web = start.configuration.web;
    const int gate = handle_of(web_socket_of(start.configuration.data));
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    const int signals = ::signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    auto door = prepare(start);
    if (!door || gate < 0 || signals < 0) {
        spdlog::critical("the pages are not served: {}",
                         door ? std::string{"web.sock: "} + std::strerror(errno) : door.error());
        return 1;
    }
    close_all_but({start.channel, start.doors.web(), gate, signals});
    try {
        WebRole role{start,
                     {.hostname = start.configuration.smtp.hostname,
                      .gate = "/proc/self/fd/" + std::to_string(gate),
                      .allow = web.allow,
                      .digest_allow = web.digest_allow,
                      .proxies = web.proxies,
                      .contact = web.contact},
                     std::move(*door)};
        const auto sealed = seal_web_role();
        if (!sealed) {
            spdlog::critical("the pages are not served: {}", sealed.error());
            return 1;
        }
        for (const auto& weakness : *sealed)
            spdlog::warn("the web role is sealed less well than it could be: {}", weakness);
        role.server.start();
        role.loop.spawn("heartbeat", role.beat());
        role.loop.spawn("end", role.watch_for_end(signals));
        tell(start.channel, Tell::ready);
        role.loop.run();
    } catch (const std::exception& error) {
        spdlog::critical("the web role ends: {}", error.what());
        return 1;
    }
    return 0;
}
}
