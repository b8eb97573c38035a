// SPDX-License-Identifier: Apache-2.0
#include "gateway/scan_role.hpp"

#include "filters/feeds/feed_files.hpp"
#include "filters/loaded_tables.hpp"
#include "filters/own_domains.hpp"
#include "filters/policy_document.hpp"
#include "gateway/app.hpp"
#include "gateway/channel.hpp"

#include <spdlog/spdlog.h>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ranges>
#include <system_error>

namespace app {
namespace {
using Layers = std::expected<filters::ContentLayers, std::string>;

Layers layers_of(const Configuration& configuration, filters::Services& services)
{
    const auto policy = filters::parse_policy(configuration.policy_text, configuration.policy_file);
    if (!policy)
        return std::unexpected{filters::to_string(policy.error())};
    filters::feeds::set_data_directory(services, configuration.data);
    const auto names = std::views::keys(configuration.smtp.domains);
    filters::set_own_domains(services, {names.begin(), names.end()});
    services.is_own_domain = [domains = configuration.smtp.domains](const mail::Domain& domain) {
        return domains.contains(domain.ascii());
    };
    filters::feeds::set_data_directory(services, configuration.data);
    filters::TableCollection collection{services};
    auto layers = filters::build_content_layers(*policy, configuration.layers, services);
    if (!layers)
        return std::unexpected{filters::to_string(layers.error())};
    collection.take().publish();
    return std::move(*layers);
}

/// Listening sockets, locks and whatever else the parent has: not for this role.
void close_all_but(std::array<int, 2> kept)
{
    std::ranges::sort(kept);
    unsigned next = STDERR_FILENO + 1;
    for (const int descriptor : kept) {
        if (descriptor < STDERR_FILENO + 1)
            continue;
        if (const auto number = static_cast<unsigned>(descriptor); number > next)
            ::close_range(next, number - 1, 0);
        next = static_cast<unsigned>(descriptor) + 1;
    }
    ::close_range(next, ~0U, 0);
}
}

filters::Nursery::Load content_loader(const ConfigurationSource& source,
                                      const Configuration& configuration)
{
    struct State {
        filters::Services services;
        Configuration loaded;
        const Configuration* in_service = nullptr; ///< null: nothing was made yet
    };
    const auto state = std::make_shared<State>();
    state->services.env = &net::Env::real();
    return [&source, &configuration, state](filters::Nursery::Kind kind) -> Layers {
        const bool is_first = !state->in_service;
        if (is_first)
            state->in_service = &configuration;
        if (is_first || kind == filters::Nursery::Kind::refresh)
            return layers_of(*state->in_service, state->services);
        auto now = load_configuration(source);
        if (!now)
            return std::unexpected{filters::to_string(now.error())};
        auto layers = layers_of(*now, state->services);
        if (!layers)
            return layers;
        change_log(now->log);
        state->loaded = std::move(*now);
        state->in_service = &state->loaded;
        return layers;
    };
}

int run_scan(const RoleStart& start)
{
    close_all_but({start.channel, start.scan_requests});
    try {
        return filters::Nursery{start.scan_requests,
                                content_loader(start.source, start.configuration),
                                [&start] { tell(start.channel, Tell::heartbeat); }}
            .run();
    } catch (const std::exception& error) {
        spdlog::critical("the scan role ends: {}", error.what());
        return 1;
    }
}

OwnScanRole::OwnScanRole(const ConfigurationSource& source, const Configuration& configuration)
{
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        throw std::system_error{errno, std::generic_category(), "scan role: socketpair"};
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            std::_Exit(1);
        close_all_but({pair[1], -1});
        std::_Exit(filters::Nursery{pair[1], content_loader(source, configuration)}.run());
    }
    ::close(pair[1]);
    requests_ = pair[0];
    if (process_ < 0)
        throw std::system_error{errno, std::generic_category(), "scan role: fork"};
}

OwnScanRole::~OwnScanRole()
{
    ::close(requests_);
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}
}
