// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/body_addresses.hpp"

#include "filters/content/analysis.hpp"

#include <catch2/catch.hpp>

using namespace filters::rulebook;

namespace {
std::vector<std::string> offered(std::string_view type, std::string_view body)
{
    const auto message = mail::Message::from_text("Content-Type: " + std::string{type} + "\r\n\r\n"
                                                  + std::string{body} + "\r\n");
    const auto content = filters::content::analyse(message, {});
    return offered_addresses(MessageView{message, content});
}
using Addresses = std::vector<std::string>;
}

TEST_CASE("a body offers the addresses that are neither quoted nor part of a link")
{
    const auto in_text = [](std::string_view body) { return offered("text/plain", body); };
    CHECK(in_text("Write to Ann@Example.org. Or (bob@mail.example.net)")
          == Addresses{"ann@example.org", "bob@mail.example.net"});
    CHECK(in_text("Write to bob@mail.example.net.au, please")
          == Addresses{"bob@mail.example.net.au"});
    CHECK(in_text("From: Ann <ann@example.org>").empty());
    CHECK(in_text("ann@example.org wrote: hello").empty());
    CHECK(in_text("ann@example.org fax: 12345") == Addresses{"ann@example.org"});
    CHECK(in_text("see http://a.example.org/?to=ann@example.org now").empty());
    CHECK(in_text("ann@example.org ann@example.org").size() == 1);
    CHECK(in_text("@ a@ @b.org a@b a..b@ x.@c.org").empty());
    CHECK(offered("text/html", "<a href='mailto:Ann@Example.org?subject=x'>here</a>")
          == Addresses{"ann@example.org"});
}

TEST_CASE("roles, programmes and senders of bulk are known by their names")
{
    for (const auto* role :
         {"postmaster", "info", "bounce-17", "request-0123456789abcdef", "01234567.89abcdef",
          "01234567-89ab-cdef-0123-456789abcdef", "ann=example.org=bob"})
        CHECK(is_role_mailbox(role));
    for (const auto* person : {"ann", "information", "request-0123", "a=b", "01234567.89abcdeg"})
        CHECK_FALSE(is_role_mailbox(person));
    for (const auto* sender : {"postmaster@a.org", "owner-list@a.org", "list-bounces@a.org",
                               "no-reply@a.org", "donotreply@a.org", "v=b@a.org"})
        CHECK(is_bulk_sender(sender) == (std::string_view{sender} != "donotreply@a.org"));
    for (const auto* sender : {"", "ann@a.org", "casinoreply@a.org", "owner-@a.org"})
        CHECK_FALSE(is_bulk_sender(sender));
}
