// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "tests/support/gateway_under_test.hpp"
#include "web/api/api.hpp"
#include "web/api/digests.hpp"
#include "web/api/document.hpp"
#include "web/api/jobs.hpp"
#include "web/api/routes.hpp"
#include "web/api/sign_in.hpp"

#include <catch2/catch.hpp>

namespace test {
/// A gateway's API as people meet it on web.sock.
class People {
public:
    explicit People(GatewayUnderTest::Options options = {}) : gateway{std::move(options)}
    {
        site.context = &gateway.context;
        site.sign_in = &sign_in;
        site.jobs = &jobs;
        site.digests = &digests;
        site.statistics = gateway.storage.statistics.get();
        site.desk = gateway.storage.desk.get();
        gateway.context.preferences = gateway.storage.preferences.get();
        site.web_url = "http://127.0.0.1:8025";
    }
    /// Runs one coroutine to its end.
    template <class T> T wait(net::awaitable<T> work)
    {
        std::optional<T> value;
        gateway.loop.spawn("test", keep(std::move(work), value, gateway.loop));
        gateway.loop.run();
        REQUIRE(value);
        return std::move(*value);
    }
    /// Makes an account; its password is its name, ten times.
    storage::Account add(const std::string& name, web::Role role,
                         std::vector<std::string> addresses = {},
                         std::vector<std::string> domains = {}, bool has_password = false)
    {
        storage::Account account{.name = name,
                                 .role = role,
                                 .addresses = std::move(addresses),
                                 .domains = std::move(domains),
                                 .created = gateway.env.wall_now()};
        if (has_password)
            account.password = wait(sign_in.passwords().hash(password_of(name)));
        auto added = wait(sign_in.accounts().add(account));
        REQUIRE(added);
        return std::move(*added);
    }
    static std::string password_of(const std::string& name)
    {
        std::string password;
        for (int i = 0; i < 10; ++i)
            password += name;
        return password;
    }
    /// The token of a session that needed no password.
    std::string token_of(const storage::Account& account)
    {
        return wait(sign_in.begin(account, {})).value().token;
    }
    struct Answer {
        unsigned status = 0;
        std::string text;
        boost::json::value body;
        std::map<std::string, std::string> headers;
    };
    using Headers = std::map<std::string, std::string>;
    Answer ask(const std::string& method, const std::string& target, const std::string& token = {},
               const std::string& body = {}, Headers headers = {})
    {
        net::HttpRequest request{
            .method = method, .target = target, .headers = std::move(headers), .body = body};
        if (!token.empty())
            request.headers["authorization"] = "Bearer " + token;
        request.headers.try_emplace("mailweir-client", "192.0.2.7");
        return answer_of(wait(api.answer_web(std::move(request))));
    }
    struct Request {
        std::string method, target, token, body;
    };
    /// Two requests at once, in this order; their statuses.
    std::pair<unsigned, unsigned> ask_both(Request first, Request second)
    {
        return wait(answer_both(std::move(first), std::move(second)));
    }
    /// The same on the control socket, as root.
    Answer command(const std::string& method, const std::string& target,
                   const std::string& body = {})
    {
        net::HttpRequest request{.method = method, .target = target, .headers = {}, .body = body};
        return answer_of(
            wait(api.answer(web::Principal::administrator("root"), std::move(request))));
    }
    /// Holds mail for one recipient, without a row of history. To be awaited.
    net::awaitable<void> commit_held(mail::MailId id, std::string address, std::string reason = {})
    {
        mail::Mail mail;
        mail.received_at = gateway.env.wall_now();
        mail.id = id;
        mail.sender = mail::Mailbox::parse("ann@c.test").value();
        mail.message = mail::Message::from_text("Subject: Lunch\r\n\r\nbody\r\n");
        std::vector<storage::NewRow> rows(1);
        rows[0].address = mail::Mailbox::parse(address).value();
        rows[0].state = storage::RowState::held;
        rows[0].reason = std::move(reason);
        co_await gateway.storage.store->commit(mail, std::move(rows), {});
    }

    GatewayUnderTest gateway;
    web::SignIn sign_in{*gateway.storage.accounts, gateway.env};
    web::Jobs jobs{gateway.env};
    web::Site site;
    web::Digests digests{site, web::DigestKey{std::string(32, 'k')}};
    web::Api api{site};

private:
    template <class T>
    static net::awaitable<void> keep(net::awaitable<T> work, std::optional<T>& value,
                                     net::Loop& loop)
    {
        try {
            value = co_await std::move(work);
        } catch (const std::exception& error) {
            UNSCOPED_INFO(error.what());
        }
        loop.stop();
    }
    net::awaitable<void> answer_one(Request asked, unsigned& status)
    {
        net::HttpRequest request{.method = std::move(asked.method),
                                 .target = std::move(asked.target),
                                 .headers = {{"authorization", "Bearer " + asked.token},
                                             {"mailweir-client", "192.0.2.7"}},
                                 .body = std::move(asked.body)};
        status = (co_await api.answer_web(std::move(request))).status;
    }
    net::awaitable<std::pair<unsigned, unsigned>> answer_both(Request first, Request second)
    {
        std::pair<unsigned, unsigned> statuses;
        std::vector<net::awaitable<void>> work;
        work.push_back(answer_one(std::move(first), statuses.first));
        work.push_back(answer_one(std::move(second), statuses.second));
        co_await net::all(std::move(work));
        co_return statuses;
    }
    static Answer answer_of(net::HttpResponse response)
    {
        Answer answer{response.status, std::move(response.body), {}, std::move(response.headers)};
        if (auto document = web::parse_json(answer.text))
            answer.body = std::move(*document);
        return answer;
    }
};
}
