// SPDX-License-Identifier: Apache-2.0
#include "tests/support/zone_server.hpp"
#include "gateway/net/dns_message.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace support {
namespace {
constexpr std::size_t head_size = 12, opt_size = 11;
constexpr unsigned servfail = 2, no_such_name = 3, refused = 5, formerr = 1;

std::string number(std::uint32_t value, int octets)
{
    std::string out;
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift & 0xff));
    return out;
}

std::string canonical(std::string_view name)
{
    auto text = net::canonical_name(name);
    if (!text)
        throw std::invalid_argument{"not a name: " + std::string{name}};
    return *text;
}

/// A name's octets, taken from a question for it.
std::string wire(std::string_view name)
{
    const auto message = net::question_message(0, canonical(name), net::RecordType::a);
    return message.substr(head_size, message.size() - head_size - opt_size - 4);
}

std::string rdata(net::RecordType type, std::string_view text)
{
    using Type = net::RecordType;
    if (type == Type::a || type == Type::aaaa) {
        const auto address = net::parse_address(text, 0).value();
        return {address.bytes.begin() + (type == Type::a ? 12 : 0), address.bytes.end()};
    }
    if (type == Type::mx) {
        const auto blank = text.find(' ');
        return number(net::parse_port(text.substr(0, blank)).value(), 2)
            + wire(text.substr(blank + 1));
    }
    if (type == Type::txt) {
        std::string out;
        do {
            const auto part = text.substr(0, 255);
            out += static_cast<char>(part.size());
            out += part;
            text.remove_prefix(part.size());
        } while (!text.empty());
        return out;
    }
    return type == Type::tlsa ? std::string{text} : wire(text);
}

std::string record(std::string_view owner, net::RecordType type, std::uint32_t lifetime,
                   std::string_view data)
{
    return std::string{owner} + number(static_cast<unsigned>(type), 2) + number(1, 2)
        + number(lifetime, 4) + number(static_cast<std::uint32_t>(data.size()), 2)
        + std::string{data};
}

std::string head(std::string_view id, unsigned flags, unsigned answers, unsigned authorities)
{
    return std::string{id} + number(0x8180U | flags, 2) + number(1, 2) + number(answers, 2)
        + number(authorities, 2) + number(0, 2);
}

int bound_socket(int type, std::uint16_t port)
{
    const int descriptor = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
        return descriptor;
    ::close(descriptor);
    return -1;
}

std::uint16_t port_of(int descriptor)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

bool read_all(int descriptor, char* into, std::size_t size)
{
    while (size > 0) {
        const ssize_t got = ::recv(descriptor, into, size, 0);
        if (got <= 0)
            return false;
        into += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}
}

ZoneServer::ZoneServer() { start(); }
ZoneServer::~ZoneServer() { stop(); }

net::Endpoint ZoneServer::endpoint() const
{
    return net::parse_address("127.0.0.1", port_).value();
}

ZoneServer& ZoneServer::add(std::string_view name, Type type, std::string_view text,
                            std::uint32_t lifetime)
{
    const std::lock_guard lock{mutex_};
    zone_[{canonical(name), type}].push_back({rdata(type, text), lifetime});
    return *this;
}

ZoneServer& ZoneServer::behave(std::string_view name, Behaviour behaviour, std::optional<Type> type)
{
    const std::lock_guard lock{mutex_};
    rules_.push_back({canonical(name), type, behaviour});
    return *this;
}

ZoneServer& ZoneServer::keep_negative(std::uint32_t lifetime)
{
    const std::lock_guard lock{mutex_};
    negative_ = lifetime;
    return *this;
}

void ZoneServer::start()
{
    if (thread_.joinable())
        return;
    for (int tries = 0; tries < 100 && udp_ < 0; ++tries) {
        udp_ = bound_socket(SOCK_DGRAM, port_);
        tcp_ = udp_ < 0 ? -1 : bound_socket(SOCK_STREAM, port_of(udp_));
        if (udp_ >= 0 && tcp_ < 0) {
            ::close(udp_);
            udp_ = -1;
        }
    }
    if (udp_ < 0 || ::listen(tcp_, 64) != 0)
        throw std::runtime_error{"no port for the zone server"};
    port_ = port_of(udp_);
    wake_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::thread{[this] { serve(); }};
}

void ZoneServer::stop()
{
    if (!thread_.joinable())
        return;
    ::eventfd_write(wake_, 1);
    thread_.join();
    for (int* const descriptor : {&udp_, &tcp_, &wake_})
        ::close(std::exchange(*descriptor, -1));
}

void ZoneServer::serve()
{
    while (true) {
        std::array<pollfd, 3> ready{{{wake_, POLLIN, 0}, {udp_, POLLIN, 0}, {tcp_, POLLIN, 0}}};
        if (::poll(ready.data(), ready.size(), -1) < 0)
            continue;
        if (ready[0].revents)
            return;
        if (ready[1].revents)
            serve_udp();
        if (ready[2].revents)
            serve_tcp();
    }
}

void ZoneServer::serve_udp()
{
    std::array<char, 4096> buffer;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto* const address = reinterpret_cast<sockaddr*>(&from);
    const ssize_t got = ::recvfrom(udp_, buffer.data(), buffer.size(), 0, address, &size);
    if (got <= 0)
        return;
    {
        const std::lock_guard lock{mutex_};
        ports_.insert(ntohs(from.sin_port));
    }
    const auto reply = respond({buffer.data(), static_cast<std::size_t>(got)}, false);
    if (!reply.empty())
        ::sendto(udp_, reply.data(), reply.size(), 0, address, size);
}

/// One question a connection; c-ares asks them one after the other.
void ZoneServer::serve_tcp()
{
    const int peer = ::accept4(tcp_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0)
        return;
    const timeval limit{2, 0};
    ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::array<char, 2> size;
    if (read_all(peer, size.data(), 2)) {
        std::string message(static_cast<std::size_t>(static_cast<std::uint8_t>(size[0]) << 8
                                                     | static_cast<std::uint8_t>(size[1])),
                            '\0');
        if (read_all(peer, message.data(), message.size())) {
            ++by_tcp_;
            auto reply = respond(message, true);
            if (!reply.empty()) {
                reply.insert(0, number(static_cast<std::uint32_t>(reply.size()), 2));
                for (std::size_t sent = 0; sent < reply.size();) {
                    const ssize_t put
                        = ::send(peer, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
                    if (put <= 0)
                        break;
                    sent += static_cast<std::size_t>(put);
                }
            }
        }
    }
    ::close(peer);
}

std::vector<ZoneServer::Question> ZoneServer::asked() const
{
    const std::lock_guard lock{mutex_};
    return asked_;
}

std::size_t ZoneServer::asked_for(std::string_view name) const
{
    std::size_t count = 0;
    for (const auto& [asked, type] : this->asked())
        count += asked == name ? 1 : 0;
    return count;
}

std::set<std::uint16_t> ZoneServer::source_ports() const
{
    const std::lock_guard lock{mutex_};
    return ports_;
}

std::optional<Behaviour> ZoneServer::rule_for(const std::string& name, Type type) const
{
    for (const auto& rule : rules_) {
        const bool is_wild = rule.name.starts_with("*.");
        const bool fits = is_wild ? name.ends_with(rule.name.substr(1)) : name == rule.name;
        if (fits && rule.type.value_or(type) == type)
            return rule.behaviour;
    }
    return {};
}

bool ZoneServer::exists(const std::string& name) const
{
    for (const auto& [key, records] : zone_)
        if (key.first == name || key.first.ends_with("." + name))
            return true;
    return false;
}

std::string ZoneServer::respond(std::string_view message, bool is_tcp)
{
    if (message.size() < head_size + 5)
        return {};
    std::string name;
    std::size_t at = head_size;
    while (at < message.size() && message[at] != 0) {
        const auto size = static_cast<std::uint8_t>(message[at]);
        net::append_label(name, message.substr(at + 1, size));
        at += 1U + size;
    }
    const auto question = message.substr(head_size, at + 5 - head_size);
    const auto type = static_cast<Type>(static_cast<std::uint8_t>(message[at + 1]) << 8
                                        | static_cast<std::uint8_t>(message[at + 2]));
    const std::lock_guard lock{mutex_};
    if (name.empty() && type == Type::ns)
        ++probes_;
    else
        asked_.emplace_back(name, type);
    if (is_silent_)
        return {};
    if (const auto behaviour = rule_for(name, type);
        behaviour && !(*behaviour == Behaviour::truncate && is_tcp))
        return misbehave(*behaviour, message, question, {name, type}, is_tcp);
    return records(message.substr(0, 2), question, name, type);
}

std::string ZoneServer::records(std::string_view id, std::string_view question, std::string name,
                                Type type) const
{
    std::string answers;
    unsigned count = 0;
    for (int aliases = 0; aliases < 8 && type != Type::cname; ++aliases) {
        const auto alias = zone_.find({name, Type::cname});
        if (alias == zone_.end())
            break;
        const auto& [data, lifetime] = alias->second.front();
        answers += record(wire(name), Type::cname, lifetime, data);
        ++count;
        std::string target;
        for (std::size_t at = 0; data[at] != 0;) {
            const auto size = static_cast<std::uint8_t>(data[at]);
            net::append_label(target, std::string_view{data}.substr(at + 1, size));
            at += 1U + size;
        }
        name = target;
    }
    const auto found = zone_.find({name, type});
    if (found != zone_.end())
        for (const auto& [data, lifetime] : found->second) {
            answers += record(wire(name), type, lifetime, data);
            ++count;
        }
    const bool is_there = found != zone_.end();
    std::string soa;
    if (!is_there && negative_)
        soa = record(std::string(1, '\0'), Type::soa, *negative_,
                     wire("ns.test") + wire("root.test") + std::string(16, '\0')
                         + number(*negative_, 4));
    auto reply = head(id, is_there || exists(name) ? 0 : no_such_name, count, soa.empty() ? 0 : 1)
        + std::string{question} + answers + soa;
    return reply;
}

std::string ZoneServer::misbehave(Behaviour behaviour, std::string_view message,
                                  std::string_view question, const Question& asked, bool is_tcp)
{
    const auto id = message.substr(0, 2);
    const std::string pointer{"\xc0\x0c"};
    const auto only = [&](unsigned flags) { return head(id, flags, 0, 0) + std::string{question}; };
    const auto one = [&](std::string_view data) {
        return head(id, 0, 1, 0) + std::string{question} + record(pointer, asked.second, 60, data);
    };
    const auto alias = [](const std::string& from, const std::string& to) {
        return record(wire(from), Type::cname, 60, wire(to));
    };
    switch (behaviour) {
    case Behaviour::timeout:
        return {};
    case Behaviour::servfail:
        return only(servfail);
    case Behaviour::refused:
        return only(refused);
    case Behaviour::formerr:
        return only(formerr);
    case Behaviour::nxdomain:
        return only(no_such_name);
    case Behaviour::truncate:
        return only(0x0200);
    case Behaviour::pointer_loop: {
        const auto here = static_cast<std::uint32_t>(head_size + question.size());
        return head(id, 0, 1, 0) + std::string{question}
        + record(number(0xc000U | here, 2), asked.second, 60, "abcd");
    }
    case Behaviour::wrong_question:
        return head(id, 0, 0, 0) + wire("other.test")
            + std::string{question.substr(question.size() - 4)};
    case Behaviour::wrong_id: {
        std::string other{id};
        other[0] = static_cast<char>(other[0] ^ 1);
        return head(other, 0, 0, 0) + std::string{question};
    }
    case Behaviour::garbage:
        return head(id, 0, 9, 9) + std::string{question} + std::string(64, '\xbf');
    case Behaviour::not_a_response:
        return std::string{message};
    case Behaviour::endless_cname:
        return head(id, 0, 1, 0) + std::string{question}
        + alias(asked.first, "x" + std::to_string(++fresh_) + ".endless.test");
    case Behaviour::cname_circle:
        return head(id, 0, 2, 0) + std::string{question} + alias(asked.first, "circle.test")
            + alias("circle.test", asked.first);
    case Behaviour::huge_txt:
        return is_tcp ? one(rdata(Type::txt, std::string(64'000, 't'))) : only(0x0200);
    case Behaviour::short_record:
        return one("abc");
    }
    return {};
}
}
