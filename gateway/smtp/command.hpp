// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace smtp {
enum class Verb {
    helo,
    ehlo,
    lhlo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    help,
    starttls,
    xclient,
    auth,
    http, ///< GET, POST and the like: a browser or a proxy was sent here
    unknown
};

/// One command line, taken apart. `argument` has no blanks at its ends.
struct Command {
    Verb verb = Verb::unknown;
    std::string_view argument;
};
Command parse_command(std::string_view line);

/// MAIL FROM:<path> with its parameters (RFC 5321 §4.1.1.2). The error is the reply.
struct MailCommand {
    mail::ReversePath sender;
    mail::MailParameters parameters;
};
std::expected<MailCommand, mail::Reply> parse_mail(std::string_view argument,
                                                   std::size_t size_limit);

/// RCPT TO:<path> with its parameters. Without `address` it is the bare <postmaster>.
struct RcptCommand {
    std::optional<mail::Mailbox> address;
    std::string notify, orcpt;
};
std::expected<RcptCommand, mail::Reply> parse_rcpt(std::string_view argument, bool is_smtputf8);

/// BDAT size [LAST] (RFC 3030 §2).
struct BdatCommand {
    std::uint64_t size = 0;
    bool is_last = false;
};
std::expected<BdatCommand, mail::Reply> parse_bdat(std::string_view argument);

/// XCLIENT attributes (Postfix's XCLIENT_README). What is [UNAVAILABLE] stays empty, but an address
/// becomes the unspecified one: it must not stay that of who speaks.
struct XclientCommand {
    std::optional<mail::Ip> address;
    std::optional<std::uint16_t> port;
    std::string name, helo;
};
std::expected<XclientCommand, mail::Reply> parse_xclient(std::string_view argument);

/// A HELO or EHLO argument we keep: printable ASCII or UTF-8, 1 to 255 octets, no blanks.
bool is_acceptable_hello(std::string_view argument);
}
