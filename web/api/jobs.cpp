// SPDX-License-Identifier: Apache-2.0
#include "web/api/jobs.hpp"

#include "web/api/json.hpp"
#include "web/api/people_routes.hpp"
#include "web/api/policy_routes.hpp"
#include "web/api/secrets.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace web {
namespace {
/// Of one account; and kept for administrators, of all that may run.
constexpr std::size_t most_of_account = 2, kept = 2;
}

std::shared_ptr<Job> Jobs::begin(const Principal& principal, std::string act, std::size_t total)
{
    std::size_t running = 0, own = 0;
    for (const auto& job : jobs_) {
        const bool is_running = job->state == Job::State::running;
        running += is_running ? 1 : 0;
        own += is_running && job->account == principal.account ? 1 : 0;
    }
    const bool is_administrator = principal.is(Role::administrator);
    if (running + (is_administrator ? 0 : kept) >= most_running
        || (!is_administrator && own >= most_of_account))
        return nullptr;
    while (jobs_.size() >= most) {
        const auto old = std::ranges::find_if(
            jobs_, [](const auto& job) { return job->state != Job::State::running; });
        jobs_.erase(old);
    }
    forget_thrown_away(principal.account);
    auto job = std::make_shared<Job>();
    job->id = make_token(env_, "j_").substr(0, 24);
    job->act = std::move(act);
    job->who = principal.name;
    job->account = principal.account;
    job->total = total;
    jobs_.push_back(job);
    return job;
}

void Jobs::forget_thrown_away(std::int64_t account)
{
    for (const auto& job : jobs_)
        if (job->account == account && job->state != Job::State::running)
            job->thrown_away = {};
}

std::shared_ptr<Job> Jobs::find(const Principal& principal, std::string_view id) const
{
    const auto found = std::ranges::find(
        jobs_, id, [](const auto& job) -> const std::string& { return job->id; });
    const bool is_seen = found != jobs_.end()
        && ((*found)->account == principal.account || principal.is(Role::administrator));
    return is_seen ? *found : nullptr;
}

awaitable<void> Jobs::run(std::shared_ptr<Job> job, awaitable<void> work)
{
    try {
        co_await std::move(work);
        job->state = job->is_cancelled ? Job::State::cancelled : Job::State::done;
    } catch (const std::exception& error) {
        spdlog::error("job {} ({}): {}", job->id, job->act, error.what());
        job->problem = error.what();
        job->state = Job::State::failed;
    }
}

awaitable<Response> get_job(Site& site, Principal principal, Request request)
{
    const auto job = site.jobs ? site.jobs->find(principal, request.captures.front()) : nullptr;
    if (!job)
        co_return problem(404, "no such job", "it is over since long, or another's");
    JsonWriter json;
    json.begin_object().member("id", job->id).member("act", job->act);
    constexpr std::array<std::string_view, 4> states{"running", "done", "failed", "cancelled"};
    json.member("state", states[static_cast<std::size_t>(job->state)]);
    json.member("done", job->done).member("changed", job->changed);
    json.member("total", job->total).member("problem", job->problem).key("result");
    job->result.empty() ? json.null() : json.raw(job->result);
    json.end_object();
    co_return json_response(json.take());
}

awaitable<Response> delete_job(Site& site, Principal principal, Request request)
{
    const auto job = site.jobs ? site.jobs->find(principal, request.captures.front()) : nullptr;
    if (!job)
        co_return problem(404, "no such job", "it is over since long, or another's");
    if (!job->is_cancellable)
        co_return problem(409, "not to be ended", "what it has done so far could not be undone");
    job->is_cancelled = true;
    co_return Response{204, "application/json", "", {}};
}
}
