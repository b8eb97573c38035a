// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/mail_dns.hpp"
#include "filters/layer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filters::auth {
/// The answers that one look-up has so far. A look-up written as a function of them, which gives
/// nullopt where one is lacking, costs no coroutine when the cache has them all, and asks for what
/// is lacking at once when it has not. `resolver` and `mail` outlive it.
class Answers {
public:
    Answers(net::Resolver* resolver, const mail::Mail& mail) : dns_{resolver, mail} { }
    /// nullptr: lacking, and noted as such. An answer once given stays.
    net::DnsAnswerPtr get(std::string name, net::RecordType type);
    net::awaitable<void> ask_lacking();

private:
    struct One {
        std::string name;
        net::RecordType type;
        net::DnsAnswerPtr answer;
    };
    static net::awaitable<void> ask(MailDns& dns, One& one);
    MailDns dns_;
    std::vector<One> all_;
};

template <class Evaluate>
net::awaitable<Findings> looked_up_later(Answers answers, Evaluate evaluate)
{
    while (true) {
        co_await answers.ask_lacking();
        if (auto findings = evaluate(answers))
            co_return std::move(*findings);
    }
}

/// The facts of a look-up: `evaluate(Answers&)` gives optional<Findings>, asks in the same order
/// each time it is called, and comes to an end. On a loop.
template <class Evaluate> Inspection looked_up(Answers answers, Evaluate evaluate)
{
    if (auto findings = evaluate(answers))
        return std::move(*findings);
    return looked_up_later(std::move(answers), std::move(evaluate));
}
}
