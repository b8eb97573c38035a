// SPDX-License-Identifier: Apache-2.0
#include "gateway/app.hpp"

#include "gateway/gate.hpp"
#include "gateway/smtp/record.hpp"

#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

#include <csignal>

namespace app {
namespace {
/// SIGTERM and SIGINT drain, SIGHUP reloads; on the gate's first loop, for as long as it runs.
class Signals {
public:
    explicit Signals(Gate& gate)
        : gate_{gate}, signals_{gate.first_loop().context(), SIGTERM, SIGINT, SIGHUP}
    {
        wait();
        // Those that came since the fork were kept back by the supervisor's mask.
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
    }

private:
    void wait()
    {
        signals_.async_wait([this](const boost::system::error_code& error, int signal) {
            if (error)
                return;
            take(signal);
            wait();
        });
    }
    void take(int signal)
    {
        if (signal == SIGHUP)
            gate_.first_loop().spawn("reload", reload());
        else
            gate_.drain();
    }
    net::awaitable<void> reload() { co_await gate_.reload(); }

    Gate& gate_;
    boost::asio::signal_set signals_;
};
}

int run_gate(const RoleStart& start)
{
    start_asynchronous_log(start.configuration.log);
    smtp::set_log_format({start.configuration.log.is_json, start.configuration.log.with_subjects});
    int code = 1;
    try {
        Gate gate{start};
        if (gate.prepare()) {
            Signals signals{gate};
            gate.run();
            code = 0;
        }
    } catch (const std::exception& error) {
        spdlog::critical("the gate ends: {}", error.what());
    }
    finish_log();
    return code;
}
}
