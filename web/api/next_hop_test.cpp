// SPDX-License-Identifier: Apache-2.0
#include "web/api/next_hop_test.hpp"

#include "gateway/net/resolver.hpp"
#include "gateway/smtp/client.hpp"

namespace web {
using namespace std::chrono_literals;
using Mark = NextHopReport::Mark;

namespace {
constexpr auto connect_limit = 5s, reply_limit = 10s;

/// One test; knows its server and how far it came.
class Test {
public:
    Test(smtp::Context& context, smtp::NextHop server, mail::Domain domain)
        : context_{context}, server_{std::move(server)}, domain_{std::move(domain)}
    { }
    awaitable<NextHopReport> run();

private:
    void say(std::string_view what, Mark mark, std::string detail)
    {
        report_.steps.push_back({what, mark, std::move(detail)});
    }
    awaitable<bool> connect(bool with_tls);
    awaitable<void> ask_recipients();
    smtp::Client::Deadline soon() const { return context_.env->now() + reply_limit; }
    std::string nobody() const;

    smtp::Context& context_;
    smtp::NextHop server_;
    mail::Domain domain_;
    NextHopReport report_;
    std::vector<net::Endpoint> addresses_;
    std::unique_ptr<smtp::Client> client_;
};

std::string Test::nobody() const
{
    std::array<std::uint8_t, 6> random{};
    context_.env->random(random);
    std::string name = "mailweir-test-";
    for (const auto octet : random)
        name += static_cast<char>('a' + octet % 26);
    return name + "@" + domain_.ascii();
}

awaitable<bool> Test::connect(bool with_tls)
{
    const auto snapshot = context_.snapshot();
    auto route = std::make_shared<smtp::Route>();
    route->name = domain_.ascii();
    route->next_hops = {server_};
    const auto name = server_.host + ":" + std::to_string(server_.port);
    std::string problem;
    for (const auto& address : addresses_)
        try {
            auto stream = co_await net::Stream::connect(address, connect_limit);
            client_ = std::make_unique<smtp::Client>(std::move(stream), route, name,
                                                     snapshot->settings.hostname);
            problem.clear();
            break;
        } catch (const std::exception& error) {
            problem = address.to_string() + ": " + error.what();
        }
    if (!client_) {
        say("connection", Mark::bad, problem);
        co_return false;
    }
    const auto failure = co_await client_->hello(soon(), with_tls ? snapshot->client_tls : nullptr);
    if (failure && client_->has_tls_failed() && with_tls) {
        client_.reset();
        co_return co_await connect(false);
    }
    say("connection", Mark::good, client_->stream().peer().to_string());
    say("greeting", failure ? Mark::bad : Mark::good, failure ? failure->text : std::string{});
    if (!failure)
        say("tls", client_->stream().is_tls() ? Mark::good : Mark::warning,
            client_->stream().tls_summary());
    co_return !failure;
}

awaitable<void> Test::ask_recipients()
{
    const auto unknown = mail::Mailbox::parse(nobody());
    const auto postmaster = mail::Mailbox::parse("postmaster@" + domain_.ascii());
    if (!unknown || !postmaster)
        co_return;
    const auto first = co_await client_->verify(*unknown, soon());
    const auto text
        = [](const mail::Reply& reply) { return std::to_string(reply.code) + " " + reply.text; };
    report_.takes_everyone = first.code / 100 == 2;
    say("unknown", first.code / 100 == 5 ? Mark::good : Mark::warning, text(first));
    const auto second = co_await client_->verify(*postmaster, soon());
    const bool takes_postmaster = second.code / 100 == 2;
    // Every domain has a postmaster (RFC 5321 §4.5.1): who refuses it, too, refuses the domain.
    const bool refuses_both = first.code / 100 == 5 && second.code / 100 == 5;
    report_.takes_mail = !refuses_both && (takes_postmaster || first.code / 100 != 4);
    say("postmaster",
        takes_postmaster   ? Mark::good
            : refuses_both ? Mark::bad
                           : Mark::warning,
        text(second));
    co_await client_->quit();
}

awaitable<NextHopReport> Test::run()
{
    addresses_ = co_await context_.resolver->addresses(server_.host, server_.port);
    if (addresses_.empty()) {
        say("address", Mark::bad, server_.host);
        co_return std::move(report_);
    }
    say("address", Mark::good, addresses_.front().address());
    if (co_await connect(true))
        co_await ask_recipients();
    co_return std::move(report_);
}

std::string_view text_of(Mark mark)
{
    return mark == Mark::good ? "good" : mark == Mark::warning ? "warning" : "bad";
}
}

awaitable<NextHopReport> test_next_hop(smtp::Context& context, smtp::NextHop server,
                                       mail::Domain domain)
{
    Test test{context, std::move(server), std::move(domain)};
    co_return co_await test.run();
}

void write_report(JsonWriter& json, const NextHopReport& report)
{
    json.begin_object().member("takes_mail", report.takes_mail);
    json.member("takes_everyone", report.takes_everyone).key("steps").begin_array();
    for (const auto& step : report.steps)
        json.begin_object()
            .member("what", step.what)
            .member("mark", text_of(step.mark))
            .member("detail", step.detail)
            .end_object();
    json.end_array().end_object();
}
}
