// SPDX-License-Identifier: Apache-2.0
#include "gateway/sender_passwords.hpp"

#include "gateway/net/handover.hpp"

#include <spdlog/spdlog.h>

namespace app {
namespace {
using Answer = smtp::Passwords::Answer;
using Said = smtp::Passwords::Said;

Said said_by(const web::Refusal& refusal)
{
    return refusal.status == 401 || refusal.status == 403 ? Said::no
        : refusal.status == 429                           ? Said::too_often
                                                          : Said::not_now;
}

net::awaitable<void> prove(web::SignIn& sign_in, smtp::Credentials credentials, std::string client,
                           net::Handover<Answer> to)
{
    Answer answer;
    try {
        auto account = co_await sign_in.prove(std::move(credentials.name),
                                              std::move(credentials.password), std::move(client));
        answer = account ? Answer{Said::yes, account->name, account->number}
                         : Answer{said_by(account.error())};
    } catch (const std::exception& error) {
        spdlog::error("sign-in: {}", error.what());
    }
    to.deliver(std::move(answer));
}
}

net::awaitable<Answer> SenderPasswords::check(smtp::Credentials credentials, mail::Ip client)
{
    net::Handover<Answer> answer;
    loop_.post([this, credentials = std::move(credentials), from = client.to_string(),
                answer]() mutable {
        loop_.spawn("sign-in", prove(sign_in_, std::move(credentials), std::move(from), answer));
    });
    Answer found;
    try {
        found = co_await answer.receive();
    } catch (const std::runtime_error&) {
        // The loop ended meanwhile: not now.
    }
    co_return found;
}
}
