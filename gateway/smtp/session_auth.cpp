// SPDX-License-Identifier: Apache-2.0
// Signing in: AUTH PLAIN and LOGIN under TLS (RFC 4954).
#include "gateway/mail/ascii.hpp"
#include "gateway/smtp/record.hpp"
#include "gateway/smtp/session.hpp"
#include "storage/ended_sign_ins.hpp"

#include <array>
#include <spdlog/spdlog.h>

namespace smtp {
using mail::Reply;
using net::awaitable;

namespace {
constexpr unsigned most_failures = 3; // in one session
constexpr std::size_t longest_response = 4096;

Reply cancelled() { return {501, "5.7.0", "authentication cancelled"}; }
Reply not_understood() { return {501, "5.5.2", "that cannot be decoded"}; }
}

bool Session::may_sign_in() const
{
    return listener().role == mail::Direction::outbound && listener().auth != AuthUse::off
        && context_.passwords;
}

bool Session::offers_auth() const { return may_sign_in() && stream_.is_tls() && account_.empty(); }

/// One answer to a challenge; nullopt: the client gives up.
awaitable<std::optional<std::string>> Session::answer_to(std::string challenge)
{
    say({334, "", std::move(challenge)});
    const net::Stream::Line line = co_await stream_.read_line(longest_response);
    if (!line.is_terminated || line.has_bare_lf || line.text == "*")
        co_return std::nullopt;
    co_return std::string{line.text};
}

awaitable<std::expected<Credentials, Reply>> Session::hear_plain(std::string initial)
{
    if (initial.empty()) {
        auto answer = co_await answer_to("");
        if (!answer)
            co_return std::unexpected{cancelled()};
        initial = std::move(*answer);
    }
    auto credentials = parse_plain(initial);
    if (!credentials)
        co_return std::unexpected{not_understood()};
    co_return std::move(*credentials);
}

awaitable<std::expected<Credentials, Reply>> Session::hear_login(std::string initial)
{
    std::array<std::string, 2> said;
    std::optional<std::string> answer;
    if (!initial.empty())
        answer = std::move(initial);
    for (std::size_t i = 0; i < said.size(); ++i) {
        if (!answer)
            answer = co_await answer_to(i == 0 ? "VXNlcm5hbWU6" : "UGFzc3dvcmQ6");
        if (!answer)
            co_return std::unexpected{cancelled()};
        auto text = parse_login(*answer);
        if (!text)
            co_return std::unexpected{not_understood()};
        said[i] = std::move(*text);
        answer.reset();
    }
    co_return Credentials{std::move(said[0]), std::move(said[1])};
}

/// What the gateway says to a name and a password.
awaitable<Reply> Session::sign_in(Credentials credentials)
{
    using Said = Passwords::Said;
    const std::string name = credentials.name;
    const auto before = storage::EndedSignIns::here().now();
    const auto answer = co_await context_.passwords->check(std::move(credentials), client_.ip);
    if (answer.said == Said::not_now)
        co_return Reply{454, "4.7.0", "passwords cannot be checked now, try again later"};
    if (answer.said == Said::yes) {
        account_ = answer.account;
        account_number_ = answer.number;
        signed_in_at_ = before;
        client_.is_inside = true;
        spdlog::info("event=sign-in name=\"{}\" client={} listener={}", escaped(account_),
                     client_.ip.to_string(), listener_name_);
        co_return Reply{235, "2.7.0", "welcome"};
    }
    spdlog::warn("event=sign-in-refused name=\"{}\" client={} listener={}", escaped(name),
                 client_.ip.to_string(), listener_name_);
    if (answer.said == Said::too_often)
        co_return Reply{421, "4.7.0", "too many sign-ins failed, try again in a quarter of an hour",
                        true};
    if (auto end = observe(filters::Incident::junk_command))
        co_return *end;
    const bool is_last = ++failed_sign_ins_ >= most_failures;
    co_return Reply{535, "5.7.8", "the name or the password is wrong", is_last};
}

awaitable<Reply> Session::auth(std::string_view argument)
{
    if (!may_sign_in())
        co_return junk({502, "5.5.1", "nobody signs in here"});
    if (!stream_.is_tls())
        co_return Reply{538, "5.7.11", "STARTTLS first: passwords are not said in the clear"};
    if (!account_.empty())
        co_return Reply{503, "5.5.1", "signed in already"};
    const auto blank = std::min(argument.find(' '), argument.size());
    const auto mechanism = argument.substr(0, blank);
    const std::string initial{argument.substr(std::min(blank + 1, argument.size()))};
    std::expected<Credentials, Reply> heard
        = std::unexpected{Reply{504, "5.5.4", "PLAIN and LOGIN are known here"}};
    if (mail::equals_ignoring_case(mechanism, "PLAIN"))
        heard = co_await hear_plain(initial);
    else if (mail::equals_ignoring_case(mechanism, "LOGIN"))
        heard = co_await hear_login(initial);
    if (!heard)
        co_return heard.error();
    co_return co_await sign_in(std::move(*heard));
}

std::optional<Reply> Session::must_sign_in() const
{
    if (!account_.empty()
        && storage::EndedSignIns::here().has_ended(account_number_, signed_in_at_))
        return Reply{421, "4.7.0", "this sign-in was ended, sign in again", true};
    if (listener().role != mail::Direction::outbound || !account_.empty())
        return {};
    const bool has_to = listener().auth == AuthUse::required
        || (listener().auth == AuthUse::offered && !client_.is_inside);
    if (!has_to)
        return {};
    return Reply{530, "5.7.0", stream_.is_tls() ? "sign in first" : "STARTTLS and sign in first"};
}
}
