// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/authentication.hpp"
#include "web/api/sign_in.hpp"

namespace app {
/// Who signs in to send mail has the accounts, the directory and the limits of the pages.
class SenderPasswords final : public smtp::Passwords {
public:
    /// `loop` is the one that `sign_in` lives on; both outlive this.
    SenderPasswords(net::Loop& loop, web::SignIn& sign_in) : loop_{loop}, sign_in_{sign_in} { }
    net::awaitable<Answer> check(smtp::Credentials credentials, mail::Ip client) override;

private:
    net::Loop& loop_;
    web::SignIn& sign_in_;
};
}
