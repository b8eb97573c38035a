// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/dns.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/loop.hpp"

#include <optional>
#include <string>

/// A DNS that has one and the same record under every name.
class OneRecordDns final : public filters::auth::Dns {
public:
    explicit OneRecordDns(std::string_view record)
    {
        answer_ = std::make_shared<const net::DnsAnswer>(net::DnsAnswer{
            .status = net::DnsAnswer::Status::found, .records = {{.data = std::string{record}}}});
    }
    net::awaitable<net::DnsAnswerPtr> ask(std::string, net::RecordType) override
    {
        co_return answer_;
    }

private:
    net::DnsAnswerPtr answer_;
};

/// Runs what needs no I/O.
template <class T> T complete(net::awaitable<T> work)
{
    static net::Loop loop{net::Env::real()};
    std::optional<T> result;
    const auto keep = [](net::awaitable<T> from, std::optional<T>& into) -> net::awaitable<void> {
        into.emplace(co_await std::move(from));
    };
    support::run(loop, keep(std::move(work), result));
    require(result.has_value());
    return std::move(*result);
}
