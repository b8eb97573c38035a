// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/dns_cache.hpp"
#include "gateway/net/dns_health.hpp"
#include "gateway/net/dns_message.hpp"
#include "gateway/net/dns_transport.hpp"
#include "gateway/net/parking.hpp"
#include "gateway/net/timer.hpp"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace net {
/// The questions of one loop that are under way: merged, limited per zone, sent to the server that
/// speaks, given up after `timeout`, and all at once when no server speaks at all.
class DnsClient : public std::enable_shared_from_this<DnsClient> {
public:
    /// `cache` and `health` are shared by the clients of all loops and outlive this one's last
    /// question.
    DnsClient(Loop& loop, std::shared_ptr<const DnsSettings> settings,
              std::shared_ptr<DnsCache> cache, std::shared_ptr<DnsHealth> health);
    ~DnsClient();
    const DnsSettings& settings() const { return *settings_; }
    /// `canonical` as canonical_name gives it, not in the cache. A question that is under way
    /// already is shared and costs nothing; a new one takes one from `left`, unless that is null.
    /// Coroutine parameters: the client stays while anyone waits.
    static awaitable<DnsAnswerPtr> ask(std::shared_ptr<DnsClient> client, std::string canonical,
                                       RecordType type, unsigned* left);
    /// Ends what is under way and all sockets; later questions fail.
    void close();

private:
    struct Question;
    struct Waiter;
    struct Server;
    using QuestionPtr = std::shared_ptr<Question>;
    using Time = Env::Steady;

    /// Null, and why, when it may not be asked.
    QuestionPtr start(const std::string& canonical, RecordType type, std::string& problem);
    void send(const QuestionPtr& question, std::size_t server);
    void receive(const QuestionPtr& question, std::size_t server, DnsTransport::Result result);
    bool send_elsewhere(const QuestionPtr& question);
    void settle(const QuestionPtr& question, DnsResponse response, bool is_kept);
    void heard(std::size_t server);
    void prefer(std::size_t server);
    void tick();
    void tick_later(std::chrono::milliseconds time);
    void give_up_late(Time now);
    void watch_silence(Time now);
    void probe(Time now);
    void open_breaker(const char* why);
    void fail_all(const std::string& problem);

    Loop& loop_;
    Env& env_;
    std::shared_ptr<const DnsSettings> settings_;
    std::shared_ptr<DnsCache> cache_;
    std::shared_ptr<DnsHealth> health_;
    std::vector<std::unique_ptr<Server>> servers_;
    std::size_t preferred_ = 0;
    std::unordered_map<std::string, QuestionPtr> under_way_;
    std::unordered_map<std::string, unsigned> of_zone_;
    std::deque<QuestionPtr> by_age_; ///< all have the same time to live
    Time busy_since_{}, probed_at_{};
    Timer timer_;
    bool is_ticking_ = false, is_closed_ = false;
};
}
