// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap.hpp"

#include "gateway/net/ldap_connection.hpp"
#include "gateway/net/worker_pool.hpp"

#include <spdlog/spdlog.h>

#include <map>
#include <mutex>

namespace net {
namespace {
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using About = LdapProblem::About;
constexpr std::size_t most_waiting = 1000;
constexpr auto rest_of_server = 10s;
constexpr auto rest_of_account = 30s; // wrong passwords lock accounts
constexpr auto longest_idle = 60s;
constexpr auto longest_unasked = 10min; // then a directory's threads end
constexpr auto grace = 100ms; // the thread knows better why there is no answer
constexpr auto longest_on_substitute = 60s; // then the first server is tried again
constexpr auto quiet = 60s; // a stranger's addresses may fail and succeed in turn without end

using Found = std::expected<std::vector<LdapEntry>, LdapProblem>;

/// A connection that waits for its next question.
struct Kept {
    LdapConnection connection;
    std::size_t server = 0;
    Clock::time_point opened, used;
};

/// One directory: its threads, so that a dead one takes none from others, its kept connections,
/// and which servers rest.
class Directory {
public:
    Directory(LdapSettings settings, SocketWatch& watch)
        : settings_{std::move(settings)}, watch_{watch}, rests_until_(settings_.servers.size()),
          pool_{settings_.connections}
    { }

    /// Asks on a thread of this directory. False: too many wait.
    bool post(LdapQuery query, Clock::time_point deadline, const Handover<LdapAnswer>& to)
    {
        if (pool_.queued() >= most_waiting)
            return false;
        pool_.post([this, query = std::move(query), deadline, to] {
            try {
                to.deliver(Clock::now() >= deadline
                               ? LdapAnswer{std::unexpected{"too many questions wait"}}
                               : answer(query, deadline));
            } catch (const std::exception& error) {
                to.deliver(std::unexpected{std::string{error.what()}});
            }
        });
        return true;
    }
    std::string problem() const
    {
        const std::scoped_lock lock{mutex_};
        return problem_;
    }

    /// Blocks a little: a connection says that it ends.
    void end_idle()
    {
        std::vector<Kept> ended; // outside of the lock
        const std::scoped_lock lock{mutex_};
        const auto now = Clock::now();
        for (auto& one : kept_)
            if (now - one.used > longest_idle
                || (one.server > 0 && now - one.opened > longest_on_substitute))
                ended.push_back(std::move(one));
        std::erase_if(kept_, [](const Kept& one) { return !one.connection.is_open(); });
    }

    Clock::time_point last_asked{}; ///< guarded by who keeps the directories

private:
    LdapAnswer answer(const LdapQuery& query, Clock::time_point deadline)
    {
        Found found = asked(query, deadline);
        const std::scoped_lock lock{mutex_};
        problem_ = found ? "" : found.error().text;
        tell();
        if (!found)
            return std::unexpected{std::move(found.error().text)};
        return std::move(*found);
    }
    /// Says in the log what has changed since it last said something, once a minute at most.
    void tell()
    {
        const auto now = Clock::now();
        const bool is_well = problem_.empty();
        if (is_well == is_told_well_ || (told_at_ != Clock::time_point{} && now - told_at_ < quiet))
            return;
        is_well ? spdlog::info("LDAP: {} answers again", settings_.servers.front())
                : spdlog::warn("LDAP: {}", problem_);
        is_told_well_ = is_well;
        told_at_ = now;
    }
    Found asked(const LdapQuery& query, Clock::time_point deadline)
    {
        // A kept connection may have died since: that says nothing about its server, unless no time
        // is left to ask it anew.
        std::optional<std::pair<std::size_t, LdapProblem>> lost;
        while (auto kept = take_kept()) {
            auto found = kept->connection.search(query, deadline);
            if (found || found.error().about != About::server)
                return keep(std::move(*kept)), found;
            lost = {kept->server, std::move(found.error())};
            if (Clock::now() >= deadline)
                break;
        }
        LdapProblem last{About::server, last_problem()};
        for (std::size_t server = 0; server < settings_.servers.size(); ++server) {
            if (Clock::now() >= deadline) {
                if (lost)
                    note_failure(lost->first, last = std::move(lost->second));
                break;
            }
            if (!may_try(server))
                continue;
            lost.reset();
            auto found = ask_anew(server, query, deadline);
            if (found || found.error().about == About::question)
                return found;
            last = std::move(found.error());
        }
        return std::unexpected{std::move(last)};
    }

    Found ask_anew(std::size_t server, const LdapQuery& query, Clock::time_point deadline)
    {
        const auto& name = settings_.servers[server];
        const auto start = Clock::now();
        auto opened = LdapConnection::open(settings_, name,
                                           std::min(deadline, start + settings_.connect), watch_);
        Found found = opened ? opened->search(query, deadline)
                             : Found{std::unexpected{std::move(opened.error())}};
        if (!found)
            found.error().text = name + ": " + found.error().text;
        if (found || found.error().about == About::question)
            keep({std::move(*opened), server, start, start});
        else
            note_failure(server, found.error());
        return found;
    }

    std::optional<Kept> take_kept()
    {
        end_idle();
        const std::scoped_lock lock{mutex_};
        if (kept_.empty())
            return std::nullopt;
        auto kept = std::move(kept_.back());
        kept_.pop_back();
        return kept;
    }
    void keep(Kept kept)
    {
        const std::scoped_lock lock{mutex_};
        kept.used = Clock::now();
        rests_until_[kept.server] = {};
        kept_.push_back(std::move(kept));
    }
    /// A server that rested is tried by one; the others still go round it.
    bool may_try(std::size_t server)
    {
        const std::scoped_lock lock{mutex_};
        auto& until = rests_until_[server];
        const auto now = Clock::now();
        if (now < until)
            return false;
        if (until != Clock::time_point{})
            until = now + settings_.connect + settings_.timeout;
        return true;
    }
    void note_failure(std::size_t server, const LdapProblem& problem)
    {
        const std::scoped_lock lock{mutex_};
        const auto rest
            = problem.about == About::account ? Clock::duration{rest_of_account} : rest_of_server;
        rests_until_[server] = Clock::now() + rest;
    }
    std::string last_problem() const
    {
        const std::scoped_lock lock{mutex_};
        return problem_.empty() ? "no server could be asked in time" : problem_;
    }

    const LdapSettings settings_;
    SocketWatch& watch_;
    mutable std::mutex mutex_; // guards all below
    std::vector<Kept> kept_;
    std::vector<Clock::time_point> rests_until_; ///< by server; zero: it is well
    std::string problem_;
    bool is_told_well_ = true; ///< what the log said last
    Clock::time_point told_at_{};
    WorkerPool pool_; // last: ends before what its questions use
};

awaitable<void> receive(Handover<LdapAnswer> from, LdapAnswer& into)
{
    into = co_await from.receive();
}
}

struct LdapDirectories::State {
    std::shared_ptr<Directory> directory_of(const LdapSettings& settings)
    {
        const std::scoped_lock lock{mutex};
        const auto now = Clock::now();
        auto& directory = directories[settings];
        if (!directory)
            directory = std::make_shared<Directory>(settings, watch);
        directory->last_asked = now;
        return directory;
    }

    SocketWatch watch;
    mutable std::mutex mutex; // guards the map
    std::map<LdapSettings, std::shared_ptr<Directory>> directories;
};

LdapDirectories::LdapDirectories() : state_{std::make_unique<State>()} { }
LdapDirectories::~LdapDirectories() = default;

awaitable<LdapAnswer> LdapDirectories::search(const LdapSettings& settings, LdapQuery query)
{
    const auto deadline = Clock::now() + settings.timeout;
    auto directory = state_->directory_of(settings);
    Handover<LdapAnswer> handover;
    if (!directory->post(std::move(query), deadline, handover))
        co_return LdapAnswer{std::unexpected{"too many questions wait"}};
    directory.reset();
    LdapAnswer answer = std::unexpected{"no answer in time"};
    try {
        // Its thread may be held up where no time-out reaches, as when a name is looked up.
        co_await with_deadline(receive(std::move(handover), answer), settings.timeout + grace);
    } catch (const TimedOut&) {
        co_return answer;
    }
    co_return answer;
}

void LdapDirectories::sweep()
{
    std::vector<std::shared_ptr<Directory>> all;
    {
        const std::scoped_lock lock{state_->mutex};
        const auto now = Clock::now();
        for (const auto& [settings, directory] : state_->directories)
            all.push_back(directory);
        std::erase_if(state_->directories, [&](const auto& one) {
            return now - one.second->last_asked > longest_unasked;
        });
    }
    for (const auto& directory : all)
        directory->end_idle();
}

std::string LdapDirectories::problem(const LdapSettings& settings) const
{
    const std::scoped_lock lock{state_->mutex};
    const auto found = state_->directories.find(settings);
    return found == state_->directories.end() ? "" : found->second->problem();
}
}
