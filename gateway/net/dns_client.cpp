// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/dns_client.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace net {
using namespace std::chrono_literals;

namespace {
using Status = DnsAnswer::Status;

constexpr auto busy_tick = 50ms, idle_tick = 1000ms;
/// Silence after which all servers get a question that every living one answers, and after which
/// the DNS counts as dead. A tick late and with what else a message waits for, that stays below
/// 500 ms.
constexpr auto probe_after = 150ms, dead_after = 400ms;
constexpr auto longest_patience = 1000ms, shortest_patience = 100ms;
constexpr auto failure_kept = 5s, unknown_kept = 5s;
constexpr std::chrono::seconds shortest_kept = 1s, longest_kept = 24h, longest_negative = 3h;

constexpr std::size_t most_servers = 8;

DnsAnswerPtr failure(std::string problem)
{
    return std::make_shared<const DnsAnswer>(DnsAnswer{.problem = std::move(problem)});
}

std::chrono::seconds kept_for(const DnsResponse& response)
{
    if (response.answer.has_failed())
        return failure_kept;
    if (response.answer.is_found())
        return std::clamp(response.lifetime, shortest_kept, longest_kept);
    return response.lifetime == 0s ? unknown_kept
                                   : std::clamp(response.lifetime, shortest_kept, longest_negative);
}

/// The part of a name whose servers one owner probably runs: two labels, three below a short
/// second one (co.jp), a /16 or /32 in the reverse zones.
std::string_view zone_of(std::string_view name)
{
    const auto last_labels = [name](int count) {
        std::size_t at = name.size();
        for (; count > 0 && at != name.npos && at > 0; --count)
            at = name.rfind('.', at - 1);
        return at == name.npos || at == 0 ? name : name.substr(at + 1);
    };
    if (name.ends_with(".in-addr.arpa"))
        return last_labels(4);
    if (name.ends_with(".ip6.arpa"))
        return last_labels(10);
    const auto two = last_labels(2);
    const auto dot = two.find('.');
    return dot <= 3 && two.size() - dot == 3 ? last_labels(3) : two;
}
}

struct DnsClient::Server {
    std::unique_ptr<DnsTransport> transport;
    Time heard_at{};
};

struct DnsClient::Question {
    std::string key, name;
    RecordType type;
    Time started{}, deadline{};
    std::uint8_t tried = 0; ///< a bit for each server
    unsigned attempts = 0; ///< that may still answer
    std::vector<Parking*> waiters = {};
    DnsAnswerPtr answer = {};
};

struct DnsClient::Waiter final : Parking {
    explicit Waiter(QuestionPtr of) : question{std::move(of)}
    {
        question->waiters.push_back(this);
        if (question->answer)
            wake();
    }
    ~Waiter() override { std::erase(question->waiters, this); }
    QuestionPtr question;
};

DnsClient::DnsClient(Loop& loop, std::shared_ptr<const DnsSettings> settings,
                     std::shared_ptr<DnsCache> cache, std::shared_ptr<DnsHealth> health)
    : loop_{loop}, env_{loop.env()}, settings_{std::move(settings)}, cache_{std::move(cache)},
      health_{std::move(health)}, timer_{loop.context()}
{
    const auto patience = std::clamp<std::chrono::milliseconds>(
        settings_->timeout / 4, shortest_patience, longest_patience);
    const std::size_t count = std::min(settings_->servers.size(), most_servers);
    for (std::size_t i = 0; i < count; ++i)
        servers_.push_back(std::make_unique<Server>(Server{std::make_unique<DnsTransport>(
            loop, settings_->servers[i], patience, [this, i] { heard(i); })}));
}

DnsClient::~DnsClient() { close(); }

void DnsClient::close()
{
    if (std::exchange(is_closed_, true))
        return;
    fail_all("the resolver has ended");
    servers_.clear();
    timer_.cancel();
}

awaitable<DnsAnswerPtr> DnsClient::ask(std::shared_ptr<DnsClient> client, std::string canonical,
                                       RecordType type, unsigned* left)
{
    const std::string key = canonical + static_cast<char>(static_cast<unsigned>(type) & 0xffU);
    QuestionPtr question;
    if (const auto found = client->under_way_.find(key); found != client->under_way_.end()) {
        question = found->second;
        ++client->health_->joined;
    } else {
        if (left && *left == 0)
            co_return failure("no queries left for this message");
        std::string problem;
        question = client->start(canonical, type, problem);
        if (!question)
            co_return failure(std::move(problem));
        if (left)
            --*left;
    }
    if (!question->answer) {
        Waiter waiter{question};
        co_await waiter.wait();
    }
    co_return question->answer;
}

DnsClient::QuestionPtr DnsClient::start(const std::string& canonical, RecordType type,
                                        std::string& problem)
{
    if (is_closed_ || servers_.empty() || health_->is_open) {
        problem = is_closed_   ? "the resolver has ended"
            : servers_.empty() ? "no name server"
                               : "no name server answers";
        return nullptr;
    }
    const std::string zone{zone_of(canonical)};
    const auto of_zone = of_zone_.find(zone);
    if ((of_zone != of_zone_.end() && of_zone->second >= settings_->under_way_zone)
        || under_way_.size() >= settings_->under_way) {
        ++health_->refused_by_limit;
        problem = "too many questions under way";
        return nullptr;
    }
    ++of_zone_[zone];
    const auto now = env_.now();
    auto question = std::make_shared<Question>(
        Question{.key = canonical + static_cast<char>(static_cast<unsigned>(type) & 0xffU),
                 .name = canonical,
                 .type = type,
                 .started = now,
                 .deadline = now + settings_->timeout});
    if (under_way_.empty())
        busy_since_ = now;
    under_way_.emplace(question->key, question);
    by_age_.push_back(question);
    ++health_->under_way;
    ++health_->questions;
    send(question, preferred_);
    if (!question->answer)
        tick_later(busy_tick);
    return question;
}

void DnsClient::send(const QuestionPtr& question, std::size_t server)
{
    question->tried = static_cast<std::uint8_t>(question->tried | 1U << server);
    ++question->attempts;
    std::array<std::uint8_t, 2> random{};
    env_.random(random);
    const auto id = static_cast<std::uint16_t>(random[0] << 8 | random[1]);
    servers_[server]->transport->send(question_message(id, question->name, question->type),
                                      [this, question, server](DnsTransport::Result result) {
                                          receive(question, server, result);
                                      });
}

void DnsClient::receive(const QuestionPtr& question, std::size_t server,
                        DnsTransport::Result result)
{
    --question->attempts;
    if (question->answer)
        return;
    if (result) {
        heard(server);
        auto response = read_response(*result, question->name, question->type);
        // A server that says so may be the wrong one to ask.
        if (response.answer.has_failed() && (send_elsewhere(question) || question->attempts))
            return;
        return settle(question, std::move(response), true);
    }
    if (is_closed_)
        return;
    if (server == preferred_ && result.error() == DnsTransport::Failure::unreachable)
        preferred_ = (preferred_ + 1) % servers_.size();
    if (send_elsewhere(question) || question->attempts)
        return;
    const bool is_late = result.error() == DnsTransport::Failure::timed_out;
    const bool is_silent = health_->heard_at.load() < question->started.time_since_epoch().count();
    settle(question, {.answer = {.problem = is_late ? "timed out" : "no name server answers"}},
           is_late && !is_silent);
    if (is_silent)
        open_breaker(is_late ? "none answers" : "none can be reached");
}

bool DnsClient::send_elsewhere(const QuestionPtr& question)
{
    for (std::size_t i = 0; i < servers_.size(); ++i)
        if ((question->tried >> i & 1U) == 0) {
            send(question, i);
            return true;
        }
    return false;
}

void DnsClient::settle(const QuestionPtr& question, DnsResponse response, bool is_kept)
{
    if (question->answer)
        return;
    const auto kept = kept_for(response);
    if (response.answer.has_failed())
        ++health_->failed;
    question->answer = std::make_shared<const DnsAnswer>(std::move(response.answer));
    if (is_kept)
        cache_->put(question->name, question->type, question->answer, env_.now() + kept);
    under_way_.erase(question->key);
    --health_->under_way;
    const auto zone = of_zone_.find(std::string{zone_of(question->name)});
    if (zone != of_zone_.end() && --zone->second == 0)
        of_zone_.erase(zone);
    if (under_way_.empty())
        by_age_.clear();
    for (Parking* waiter : question->waiters)
        waiter->wake();
}

void DnsClient::heard(std::size_t server)
{
    if (is_closed_)
        return;
    const auto now = env_.now();
    health_->heard_at = now.time_since_epoch().count();
    servers_[server]->heard_at = now;
    if (health_->is_open.exchange(false))
        spdlog::info("dns: {} answers again", settings_->servers[server].to_string());
    if (server != preferred_ && now - servers_[preferred_]->heard_at >= probe_after
        && now - busy_since_ >= probe_after)
        prefer(server);
}

/// The one we asked is silent and this one is not: what waits is asked anew.
void DnsClient::prefer(std::size_t server)
{
    spdlog::info("dns: asking {} instead of {}", settings_->servers[server].to_string(),
                 settings_->servers[preferred_].to_string());
    preferred_ = server;
    std::vector<QuestionPtr> waiting;
    for (const auto& [key, question] : under_way_)
        if ((question->tried >> server & 1U) == 0)
            waiting.push_back(question);
    for (const auto& question : waiting)
        if (!question->answer)
            send(question, server);
}

void DnsClient::tick_later(std::chrono::milliseconds time)
{
    if (is_ticking_ && timer_.expiry() <= std::chrono::steady_clock::now() + time)
        return;
    is_ticking_ = true;
    timer_.expires_after(time);
    timer_.async_wait([weak = weak_from_this(),
                       &context = loop_.context()](const boost::system::error_code& error) {
        context.get_executor().on_work_started();
        const auto self = weak.lock();
        if (!self || error || self->is_closed_)
            return;
        self->is_ticking_ = false;
        self->tick();
    });
    // Whoever waits for an answer is what the loop runs for, not this timer.
    loop_.context().get_executor().on_work_finished();
}

void DnsClient::tick()
{
    for (const auto& server : servers_)
        server->transport->tick();
    const auto now = env_.now();
    give_up_late(now);
    watch_silence(now);
    if (!under_way_.empty())
        return tick_later(busy_tick);
    const bool has_traffic = std::any_of(servers_.begin(), servers_.end(), [](const auto& server) {
        return server->transport->under_way() > 0;
    });
    if (health_->is_open || has_traffic)
        tick_later(idle_tick);
}

void DnsClient::give_up_late(Time now)
{
    while (!by_age_.empty() && (by_age_.front()->answer || by_age_.front()->deadline <= now)) {
        const auto question = by_age_.front();
        by_age_.pop_front();
        if (question->answer)
            continue;
        ++health_->timed_out;
        settle(question, {.answer = {.problem = "timed out"}}, true);
    }
}

void DnsClient::watch_silence(Time now)
{
    if (under_way_.empty()) {
        if (health_->is_open && now - probed_at_ >= idle_tick - busy_tick)
            probe(now);
        return;
    }
    const Time heard{Time::duration{health_->heard_at.load()}};
    const auto since = std::max(heard, busy_since_);
    if (now - since >= dead_after)
        return open_breaker("none answers");
    if (now - std::max(since, probed_at_) >= probe_after)
        probe(now);
}

/// Asks every server for what it knows by heart; what it says does not matter.
void DnsClient::probe(Time now)
{
    probed_at_ = now;
    for (const auto& server : servers_) {
        std::array<std::uint8_t, 2> random{};
        env_.random(random);
        const auto id = static_cast<std::uint16_t>(random[0] << 8 | random[1]);
        server->transport->send(question_message(id, "", RecordType::ns),
                                [](const DnsTransport::Result&) { });
    }
}

void DnsClient::open_breaker(const char* why)
{
    if (!health_->is_open.exchange(true)) {
        ++health_->breaker_opened;
        spdlog::warn("dns: of {} name servers {}; questions fail at once until one does",
                     servers_.size(), why);
    }
    fail_all("no name server answers");
    probed_at_ = env_.now();
    tick_later(idle_tick);
}

void DnsClient::fail_all(const std::string& problem)
{
    const auto waiting = std::move(under_way_);
    under_way_.clear();
    for (const auto& [key, question] : waiting)
        settle(question, {.answer = {.problem = problem}}, false);
}
}
