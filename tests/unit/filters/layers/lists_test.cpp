// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/filters/layers/resolved_world.hpp"

using namespace filters;
using namespace filters::test;
using storage::ListEntry;
using Effect = ListEntry::Effect;
using Kind = ListEntry::Kind;

TEST_CASE("lists: each scope speaks for itself at RCPT")
{
    World world{"lists"};
    world.lists.put("", Effect::allow, Kind::domain, "a.example", 2);
    world.lists.put("b.example", Effect::block, Kind::address, "ann@a.example", 1000);
    world.lists.put("bob@b.example", Effect::allow, Kind::address, "ann@a.example", 1000);
    const auto found = world.at_rcpt();
    CHECK(names(found) == Names{"lists.allow_global", "lists.block_domain", "lists.allow_user"});
    CHECK(found[0].detail == "a.example");
    CHECK(found[0].weight == 2.0);
    CHECK(found[0].evidence
          == "domain matched ann@a.example, the envelope sender; neither SPF nor DKIM was asked");
    CHECK(all_declared(found, "lists"));
    CHECK(world.lists.hits == std::map<std::int64_t, int>{{1, 1}, {2, 1}, {3, 1}});
    CHECK(names(world.at_rcpt("carol@b.example"))
          == Names{"lists.allow_global", "lists.block_domain"});
    CHECK(names(world.at_rcpt("dan@c.example")) == Names{"lists.allow_global"});
}

TEST_CASE("lists: a user's scope does not depend on how the address is written")
{
    World world{"lists"};
    world.lists.put("bob@b.example", Effect::block, Kind::address, "ann@a.example", 1000);
    CHECK(names(world.at_rcpt("BOB@B.Example")) == Names{"lists.block_user"});
}

TEST_CASE("lists: network entries look at the client")
{
    World world{"lists"};
    world.lists.put("", Effect::allow, Kind::network, "192.0.2.0/24", 24);
    world.mail.sender.reset();
    const auto found = world.at_rcpt();
    REQUIRE(names(found) == Names{"lists.allow_global"});
    CHECK(found[0].evidence == "network matched 192.0.2.1, the client");
    world.mail.client.ip = ip("198.51.100.1");
    CHECK(world.at_rcpt().empty());
}

TEST_CASE("lists: the header From can block; alone it allows nothing")
{
    World world{"lists"};
    world.lists.put("bob@b.example", Effect::block, Kind::domain, "shop.example", 2);
    world.lists.put("bob@b.example", Effect::allow, Kind::domain, "friend.example", 2);
    world.receives("From: Shop <news@shop.example>\r\n\r\n");
    CHECK(world.at_rcpt().empty());
    const auto found = world.message_for();
    REQUIRE(names(found) == Names{"lists.block_user"});
    CHECK(found[0].evidence == "domain matched news@shop.example, the header From");
    world.receives("From: friend@friend.example\r\n\r\n");
    CHECK(names(world.message_for()) == Names{"lists.void"});
    world.receives("Subject: no From\r\n\r\n");
    CHECK(world.message_for().empty());
}

TEST_CASE("lists: an allow entry counts where SPF or DKIM vouch for what it matched")
{
    World world{"lists"};
    world.lists.put("bob@b.example", Effect::allow, Kind::domain, "a.example", 2);
    struct Row {
        const char *from, *spf, *spf_domain, *dkim, *dkim_domain;
        Names at_rcpt, after_the_dot;
    };
    const Names allowed{"lists.allow_user"}, voided{"lists.void"}, open{"lists.pending_user"};
    for (const auto& [from, spf, spf_domain, dkim, dkim_domain, at_rcpt, after_the_dot] : {
             Row{"x@y.example", "spf.pass", "a.example", "dkim.none", "", allowed, {}},
             Row{"x@y.example", "spf.fail", "a.example", "dkim.none", "", open, voided},
             Row{"x@y.example", "spf.fail", "a.example", "dkim.pass", "m.a.example", open, allowed},
             Row{"x@y.example", "spf.softfail", "a.example", "dkim.fail", "a.example", open,
                 voided},
             Row{"c@a.example", "spf.fail", "a.example", "dkim.pass", "b.a.example", open, allowed},
             Row{"c@a.example", "spf.fail", "a.example", "dkim.pass", "x.example", open, voided},
             Row{"ann@a.example", "spf.pass", "a.example", "dkim.none", "", allowed, {}},
             Row{"ann@a.example", "spf.fail", "a.example", "dkim.pass", "a.example", open, allowed},
         }) {
        INFO(from << " " << spf << " " << dkim << " " << dkim_domain);
        world.receives("From: " + std::string{from} + "\r\n\r\n");
        world.mail.findings = {{.name = spf, .detail = spf_domain}};
        auto recipient = world.recipient();
        recipient.findings = world.at_rcpt();
        CHECK(names(recipient.findings) == at_rcpt);
        world.mail.findings.push_back({.name = dkim, .detail = dkim_domain});
        const auto found
            = std::get<Findings>(world.layer->inspect_message_for(world.mail, recipient));
        CHECK(names(found) == after_the_dot);
        CHECK(all_declared(found, "lists"));
    }
    CHECK(world.message_for().front().evidence
          == "domain matched ann@a.example, the header From; DKIM vouches for a.example");
}

TEST_CASE("lists: a domain that publishes nothing cannot prove itself and is believed")
{
    ResolvedWorld world{"lists"};
    using net::RecordType;
    world.zone.add("spf.example", RecordType::txt, "v=spf1 -all")
        .add("_dmarc.dmarc.example", RecordType::txt, "v=DMARC1; p=none")
        .add("plain.example", RecordType::txt, "something else")
        .behave("dead.example", support::Behaviour::servfail);
    world.mail.sender = mailbox("list@lists.example");
    world.mail.findings = {{.name = "spf.none"}, {.name = "dkim.none"}};
    struct Row {
        const char *domain, *fact;
    };
    for (const auto& [domain, fact] : {
             Row{"plain.example", "lists.allow_global"},
             Row{"new.example", "lists.allow_global"},
             Row{"spf.example", "lists.void"},
             Row{"dmarc.example", "lists.void"},
             Row{"sub.dmarc.example", "lists.void"},
             Row{"dead.example", "lists.void"},
         }) {
        INFO(domain);
        world.lists.entries.clear();
        world.lists.put("", Effect::allow, Kind::domain, domain, 2);
        world.receives("From: ann@" + std::string{domain} + "\r\n\r\n");
        CHECK(names(waited_for(world.layer->inspect_message_for(world.mail, world.recipient())))
              == Names{fact});
    }
}

TEST_CASE("lists: behind a forwarder the envelope proves nothing before the message is there")
{
    World world{"lists"};
    world.lists.put("", Effect::allow, Kind::domain, "a.example", 2);
    world.lists.put("b.example", Effect::allow, Kind::network, "192.0.2.0/24", 24);
    world.mail.client.is_trusted_forwarder = true;
    CHECK(names(world.at_rcpt()) == Names{"lists.allow_domain"});
    world.mail.findings = {{.name = "dkim.pass", .detail = "a.example"}};
    CHECK(names(world.message_for()) == Names{"lists.allow_global"});
}

TEST_CASE("lists: an author that is the envelope sender was already looked at")
{
    World world{"lists"};
    world.lists.put("", Effect::block, Kind::domain, "a.example", 2);
    world.receives("From: Ann@a.example\r\n\r\n");
    CHECK(world.message_for().empty());
    CHECK(names(world.at_rcpt()) == Names{"lists.block_global"});
}

TEST_CASE("lists: a void allow entry hides nothing that stands behind it")
{
    struct Row {
        const char *spf, *dkim;
        Names at_rcpt, after_the_dot;
    };
    for (const auto& [spf, dkim, at_rcpt, after_the_dot] : {
             Row{"spf.pass", "dkim.none", {"lists.allow_user"}, {}},
             Row{"spf.fail", "dkim.pass", {"lists.pending_user"}, {"lists.allow_user"}},
             Row{"spf.fail",
                 "dkim.none",
                 {"lists.pending_user"},
                 {"lists.void", "lists.block_user"}},
         })
        for (const auto* from : {"ann@a.example", "eve@y.example"}) {
            INFO(from << " " << spf << " " << dkim);
            World world{"lists"};
            world.lists.put("bob@b.example", Effect::block, Kind::domain, "a.example", 2);
            world.lists.put("bob@b.example", Effect::allow, Kind::address, "ann@a.example", 1000);
            world.receives("From: " + std::string{from} + "\r\n\r\n");
            world.mail.findings = {{.name = spf, .detail = "a.example"}};
            auto recipient = world.recipient();
            recipient.findings = world.at_rcpt();
            CHECK(names(recipient.findings) == at_rcpt);
            world.mail.findings.push_back({.name = dkim, .detail = "a.example"});
            CHECK(names(waited_for(world.layer->inspect_message_for(world.mail, recipient)))
                  == after_the_dot);
        }
}

TEST_CASE("lists: behind a void entry a network still counts, and a block in the envelope too")
{
    World world{"lists"};
    world.mail.findings = {{.name = "spf.fail", .detail = "a.example"}, {.name = "dkim.none"}};
    world.lists.put("", Effect::allow, Kind::address, "ann@a.example", 1000);
    world.lists.put("", Effect::allow, Kind::network, "192.0.2.0/24", 24);
    world.receives("From: eve@y.example\r\n\r\n");
    CHECK(names(world.at_rcpt()) == Names{"lists.pending_global"});
    CHECK(names(world.message_for()) == Names{"lists.void", "lists.allow_global"});
    CHECK(world.lists.hits == std::map<std::int64_t, int>{{2, 1}});

    // An allow entry of the From takes the place of the envelope's, not of a block.
    world.lists.entries.clear();
    world.lists.put("", Effect::allow, Kind::domain, "y.example", 2);
    world.lists.put("", Effect::allow, Kind::address, "ann@a.example", 1000);
    world.lists.put("", Effect::block, Kind::domain, "a.example", 2);
    world.mail.findings.push_back({.name = "dkim.pass", .detail = "y.example"});
    CHECK(names(world.message_for()) == Names{"lists.allow_global", "lists.block_global"});
}

TEST_CASE("lists: the DNS, too, may call an entry void and hand over to the next")
{
    ResolvedWorld world{"lists"};
    world.zone.add("a.example", net::RecordType::txt, "v=spf1 -all");
    world.mail.findings = {{.name = "spf.none"}, {.name = "dkim.none"}};
    world.lists.put("", Effect::allow, Kind::address, "ann@a.example", 1000);
    world.lists.put("", Effect::block, Kind::domain, "a.example", 2);
    world.receives("From: ann@a.example\r\n\r\n");
    CHECK(names(waited_for(world.layer->inspect_recipient(world.mail, world.recipient())))
          == Names{"lists.pending_global"});
    CHECK(names(waited_for(world.layer->inspect_message_for(world.mail, world.recipient())))
          == Names{"lists.void", "lists.block_global"});
}

TEST_CASE("lists: a From of endless authors costs nothing")
{
    World world{"lists"};
    world.lists.put("", Effect::block, Kind::domain, "c.example", 2);
    std::string from = "From: a1@x.example";
    for (int i = 0; i < 500; ++i)
        from += ",\r\n a@c.example";
    world.receives(from + "\r\n\r\n");
    CHECK(world.message_for().empty());
}
