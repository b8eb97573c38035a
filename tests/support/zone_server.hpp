// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/dns_answer.hpp"
#include "gateway/net/endpoint.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace support {
/// What the server does when asked for a name, instead of its records.
enum class Behaviour {
    timeout, ///< says nothing
    servfail,
    refused,
    formerr,
    nxdomain,
    truncate, ///< the records, but by TCP only
    pointer_loop, ///< a name that points to itself
    wrong_question, ///< answers another question
    wrong_id,
    garbage, ///< octets without sense behind the right id
    not_a_response, ///< the question itself comes back
    endless_cname, ///< a fresh alias at each turn, each with its own target
    cname_circle, ///< two aliases of each other
    huge_txt, ///< close to 64 KiB of TXT
    short_record ///< an address of three octets
};

/// A DNS server of a test on 127.0.0.1, UDP and TCP, on a thread of its own. Names that have no
/// records and nothing below them do not exist. May be changed while it runs.
class ZoneServer {
public:
    using Type = net::RecordType;
    using Question = std::pair<std::string, Type>;

    ZoneServer();
    ~ZoneServer();
    net::Endpoint endpoint() const;

    /// A, AAAA: the address. MX: "10 name". TXT: any length. TLSA: RDATA. The others: a name.
    ZoneServer& add(std::string_view name, Type type, std::string_view text,
                    std::uint32_t lifetime = 300);
    /// For a name, or for all names below "*.zone".
    ZoneServer& behave(std::string_view name, Behaviour behaviour, std::optional<Type> type = {});
    /// The SOA of negative answers says so; without, they have none.
    ZoneServer& keep_negative(std::uint32_t lifetime);
    /// True: hears and says nothing, like a dead machine.
    void be_silent(bool silent) { is_silent_ = silent; }
    /// Closes its sockets, so that the port is unreachable; `start` opens them again.
    void stop();
    void start();

    /// Every question so far by arrival, probes (". NS") left out.
    std::vector<Question> asked() const;
    std::size_t asked_for(std::string_view name) const;
    std::size_t probes() const { return probes_; }
    std::size_t by_tcp() const { return by_tcp_; }
    /// Ports the questions came from.
    std::set<std::uint16_t> source_ports() const;
    /// A response to the octets of a question; for the fuzz corpus too. Empty: silence.
    std::string respond(std::string_view message, bool is_tcp);

private:
    struct Record {
        std::string data; ///< RDATA
        std::uint32_t lifetime;
    };
    struct Rule {
        std::string name;
        std::optional<Type> type;
        Behaviour behaviour;
    };
    std::optional<Behaviour> rule_for(const std::string& name, Type type) const;
    bool exists(const std::string& name) const;
    std::string records(std::string_view head, std::string_view question, std::string name,
                        Type type) const;
    std::string misbehave(Behaviour behaviour, std::string_view message, std::string_view question,
                          const Question& asked, bool is_tcp);
    void serve();
    void serve_udp();
    void serve_tcp();

    mutable std::mutex mutex_;
    std::map<Question, std::vector<Record>> zone_;
    std::vector<Rule> rules_;
    std::optional<std::uint32_t> negative_;
    std::vector<Question> asked_;
    std::set<std::uint16_t> ports_;
    std::atomic<std::size_t> probes_{0}, by_tcp_{0}, fresh_{0};
    std::atomic<bool> is_silent_{false};
    std::uint16_t port_ = 0;
    int udp_ = -1, tcp_ = -1, wake_ = -1;
    std::thread thread_;
};
}
