// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

using Status = net::DnsAnswer::Status;
using net::RecordType;

TEST_CASE("a zone in memory answers like the DNS")
{
    support::MemoryDns dns;
    dns.add("A.example", RecordType::a, "192.0.2.1")
        .add("a.example", RecordType::mx, "10 Mx.a.Example")
        .add("alias.example", RecordType::cname, "a.example")
        .add("loop.example", RecordType::cname, "loop.example")
        .add("slow.example", RecordType::txt, "given before")
        .add_name("empty.example")
        .fail("slow.example", "TIMEOUT")
        .fail("broken.example", "SERVFAIL", RecordType::txt);
    const auto ask = [&](std::string name, RecordType type) {
        return support::complete(dns.ask(std::move(name), type));
    };
    CHECK(ask("a.example", RecordType::a)->records.at(0).data == std::string{"\xC0\0\2\1", 4});
    CHECK(ask("A.EXAMPLE.", RecordType::mx)->records.at(0)
          == net::DnsRecord{.data = "mx.a.example", .preference = 10});
    CHECK(ask("alias.example", RecordType::a)->is_found());
    CHECK(ask("a.example", RecordType::txt)->status == Status::no_data);
    CHECK(ask("example", RecordType::txt)->status == Status::no_data);
    CHECK(ask("empty.example", RecordType::txt)->status == Status::no_data);
    CHECK(ask("b.example", RecordType::a)->status == Status::no_name);
    CHECK(ask("a..example", RecordType::a)->status == Status::no_name);
    CHECK(ask(std::string(64, 'x') + ".example", RecordType::a)->status == Status::no_name);
    CHECK(ask("loop.example", RecordType::a)->has_failed());
    CHECK(ask("slow.example", RecordType::txt)->is_found());
    CHECK(ask("slow.example", RecordType::a)->problem == "TIMEOUT");
    CHECK(ask("broken.example", RecordType::txt)->has_failed());
    CHECK(dns.asked.size() == 13);
    CHECK(dns.asked.at(1) == support::MemoryDns::Key{"a.example", RecordType::mx});
}
