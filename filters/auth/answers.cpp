// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/answers.hpp"

#include <algorithm>

namespace filters::auth {
net::DnsAnswerPtr Answers::get(std::string name, net::RecordType type)
{
    const auto same = std::ranges::find_if(
        all_, [&](const One& one) { return one.type == type && one.name == name; });
    if (same != all_.end())
        return same->answer;
    auto answer = dns_.known(name, type);
    all_.push_back({std::move(name), type, answer});
    return answer;
}

net::awaitable<void> Answers::ask(MailDns& dns, One& one)
{
    one.answer = co_await dns.ask(one.name, one.type);
}

net::awaitable<void> Answers::ask_lacking()
{
    std::vector<net::awaitable<void>> questions;
    for (auto& one : all_)
        if (!one.answer)
            questions.push_back(ask(dns_, one));
    co_await net::all(std::move(questions));
}
}
