// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/job.hpp"

#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <poll.h>

#include <atomic>
#include <csignal>
#include <cstdio>

namespace app::commands {
namespace {
std::atomic<bool> is_interrupted{false};

/// While it lives an interrupt is only noted.
class InterruptNote {
public:
    InterruptNote()
    {
        struct sigaction action{};
        action.sa_handler = [](int) { is_interrupted = true; };
        ::sigaction(SIGINT, &action, &before_);
    }
    ~InterruptNote() { ::sigaction(SIGINT, &before_, nullptr); }
    InterruptNote(const InterruptNote&) = delete;
    InterruptNote& operator=(const InterruptNote&) = delete;

private:
    struct sigaction before_{};
};
}

std::expected<boost::json::value, Exit> result_of_job(const Daemon& daemon, const Answer& started,
                                                      std::string_view unit)
{
    constexpr int look_again = 200; // milliseconds
    const auto target
        = "/api/v1/jobs/" + escaped_segment(web::text_member(started.document, "job").value_or(""));
    const InterruptNote note;
    Progress progress{unit,
                      static_cast<std::size_t>(web::number_member(started.document, "total"))};
    std::size_t shown = 0;
    for (bool is_ending = false;;) {
        if (is_interrupted && !is_ending) {
            is_ending = true;
            if (const auto ended = daemon.ask("DELETE", target); !ended)
                return std::unexpected{ended.error()};
        }
        const auto answer = daemon.ask("GET", target);
        if (!answer)
            return std::unexpected{answer.error()};
        const auto& job = answer->document;
        const auto done = static_cast<std::size_t>(web::number_member(job, "done"));
        for (; shown < done; ++shown)
            progress.step();
        const auto state = web::text_member(job, "state");
        if (state == "failed") {
            std::fprintf(stderr, "mailweir: %s\n",
                         printable(web::text_member(job, "problem").value_or("")).c_str());
            return std::unexpected{Exit::failed};
        }
        if (state == "cancelled")
            return std::unexpected{Exit::failed};
        if (state == "done")
            return web::member_of(job, "result");
        ::poll(nullptr, 0, look_again);
    }
}
}
