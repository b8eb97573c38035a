// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "gateway/net/dns_message.hpp"
#include "gateway/net/endpoint.hpp"
#include "tests/support/loop.hpp"

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {
/// Drives a coroutine that needs no I/O to its end and gives its result or its throw.
template <class T> T complete(net::awaitable<T> work)
{
    std::optional<T> result;
    net::Loop loop{net::Env::real()};
    const auto keep = [](net::awaitable<T> from, std::optional<T>& into) -> net::awaitable<void> {
        into.emplace(co_await std::move(from));
    };
    run(loop, keep(std::move(work), result));
    if (!result)
        throw std::runtime_error{"the coroutine did not end"};
    return std::move(*result);
}
inline void complete(net::awaitable<void> work)
{
    net::Loop loop{net::Env::real()};
    run(loop, std::move(work));
}

/// A zone in memory. A name without records is NXDOMAIN, a known name without the type no_data.
/// Names compare without case and last dot. CNAMEs are followed, at most eight.
class MemoryDns final : public filters::auth::Dns {
public:
    using Type = net::RecordType;
    using Key = std::pair<std::string, Type>;

    /// A and AAAA: the text of the address. MX: "10 mail.example". The others: the data itself.
    MemoryDns& add(std::string_view name, Type type, std::string_view text)
    {
        answers_[{plain(name), type}].records.push_back(record_of(type, text));
        answers_[{plain(name), type}].status = net::DnsAnswer::Status::found;
        return *this;
    }
    /// Every octet as it stands, in wire form where the type has one.
    MemoryDns& add_raw(std::string_view name, Type type, net::DnsRecord record)
    {
        answers_[{plain(name), type}].records.push_back(std::move(record));
        answers_[{plain(name), type}].status = net::DnsAnswer::Status::found;
        return *this;
    }
    /// The name exists without records.
    MemoryDns& add_name(std::string_view name)
    {
        names_.push_back(plain(name));
        return *this;
    }
    /// "TIMEOUT", "SERVFAIL": this type fails, or without one all types that nothing was added for.
    MemoryDns& fail(std::string_view name, std::string problem, std::optional<Type> type = {})
    {
        failures_.push_back({plain(name), type, std::move(problem)});
        return *this;
    }
    /// An answer as it is, for whatever the above cannot say.
    MemoryDns& set(std::string_view name, Type type, net::DnsAnswer answer)
    {
        answers_[{plain(name), type}] = std::move(answer);
        return *this;
    }

    net::DnsAnswer answer(std::string_view name, Type type) const
    {
        std::string current = plain(name);
        if (!net::canonical_name(current))
            return {.status = net::DnsAnswer::Status::no_name};
        for (int hops = 0; hops <= 8; ++hops) {
            if (const auto found = answers_.find({current, type}); found != answers_.end())
                return found->second;
            for (const auto& failure : failures_)
                if (failure.name == current && failure.type.value_or(type) == type)
                    return {.problem = failure.problem};
            const auto alias = answers_.find({current, Type::cname});
            if (alias == answers_.end())
                return {.status = exists(current) ? net::DnsAnswer::Status::no_data
                                                  : net::DnsAnswer::Status::no_name};
            current = plain(alias->second.records.at(0).data);
        }
        return {.problem = "too many aliases"};
    }
    net::awaitable<net::DnsAnswerPtr> ask(std::string name, Type type) override
    {
        asked.emplace_back(plain(name), type);
        co_return std::make_shared<const net::DnsAnswer>(answer(name, type));
    }

    std::vector<Key> asked; ///< every question, in order

private:
    struct Failure {
        std::string name;
        std::optional<Type> type;
        std::string problem;
    };
    static std::string plain(std::string_view name)
    {
        if (name.ends_with('.'))
            name.remove_suffix(1);
        std::string out{name};
        for (char& c : out)
            if (c >= 'A' && c <= 'Z')
                c = static_cast<char>(c + 32);
        return out;
    }
    static net::DnsRecord record_of(Type type, std::string_view text)
    {
        if (type == Type::a || type == Type::aaaa) {
            const auto address = net::parse_address(text, 0);
            if (!address || address->is_v4() != (type == Type::a))
                throw std::invalid_argument{"not an address of this type: " + std::string{text}};
            const auto& bytes = address->bytes;
            return {.data = {bytes.begin() + (type == Type::a ? 12 : 0), bytes.end()}};
        }
        if (type == Type::mx) {
            const auto blank = text.find(' ');
            const auto preference = net::parse_port(text.substr(0, blank));
            if (blank == std::string_view::npos || !preference)
                throw std::invalid_argument{"not an MX: " + std::string{text}};
            return {.data = plain(text.substr(blank + 1)), .preference = *preference};
        }
        if (type == Type::txt || type == Type::tlsa)
            return {.data = std::string{text}};
        return {.data = plain(text)};
    }
    bool exists(const std::string& name) const
    {
        const auto is_it = [&](const std::string& other) {
            return other == name || other.ends_with("." + name);
        };
        for (const auto& [key, answer] : answers_)
            if (is_it(key.first))
                return true;
        for (const auto& other : names_)
            if (is_it(other))
                return true;
        return false;
    }

    std::map<Key, net::DnsAnswer> answers_;
    std::vector<Failure> failures_;
    std::vector<std::string> names_;
};
}
