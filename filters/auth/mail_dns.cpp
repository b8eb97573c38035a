// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/mail_dns.hpp"

namespace filters::auth {
namespace {
using namespace std::chrono_literals;
using std::chrono::milliseconds;

net::DnsAnswerPtr failed(const char* why)
{
    return std::make_shared<const net::DnsAnswer>(net::DnsAnswer{.problem = why});
}

/// A question under way on a mail's account of time.
class Wait {
public:
    Wait(mail::DnsWait& account, net::Env& env) : account_{account}, env_{env}
    {
        if (account_.under_way++ == 0)
            account_.since = env_.now();
    }
    ~Wait()
    {
        if (--account_.under_way == 0)
            account_.taken += since_then();
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    milliseconds left() const { return MailDns::longest_wait - account_.taken - since_then(); }

private:
    milliseconds since_then() const
    {
        return std::chrono::duration_cast<milliseconds>(env_.now() - account_.since);
    }
    mail::DnsWait& account_;
    net::Env& env_;
};

net::awaitable<void> ask_into(net::Resolver& resolver, std::string name, net::RecordType type,
                              unsigned* queries_left, net::DnsAnswerPtr& answer)
{
    answer = co_await resolver.query(std::move(name), type, queries_left);
}
}

net::awaitable<net::DnsAnswerPtr> MailDns::ask(std::string name, net::RecordType type)
{
    if (auto answer = known(name, type))
        co_return answer;
    constexpr auto too_long = "the DNS took too long for this message";
    const Wait wait{mail_->dns_wait, net::Loop::current().env()};
    const auto left = wait.left();
    if (left <= 0ms)
        co_return failed(too_long);
    auto* const queries_left = &mail_->dns_queries_left;
    if (left > resolver_->timeout()) {
        auto answer = co_await resolver_->query(std::move(name), type, queries_left);
        co_return answer;
    }
    auto answer = failed(too_long);
    try {
        co_await net::with_deadline(
            ask_into(*resolver_, std::move(name), type, queries_left, answer), left);
    } catch (const net::TimedOut&) {
        // The answer says so already.
    }
    co_return answer;
}

net::DnsAnswerPtr MailDns::known(std::string_view name, net::RecordType type) const
{
    if (!resolver_)
        return failed("no resolver");
    return resolver_->known(name, type).value_or(nullptr);
}
}
