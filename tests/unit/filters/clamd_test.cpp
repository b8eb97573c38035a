// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd.hpp"

#include <catch2/catch.hpp>

using namespace filters;
using namespace std::chrono_literals;
using Kind = ClamdAnswer::Kind;

TEST_CASE("what clamd says is read as it means it")
{
    const auto [reply, kind, text] = GENERATE(table<std::string_view, Kind, std::string_view>({
        {"1: stream: OK", Kind::clean, ""},
        {"stream: OK", Kind::clean, ""},
        {"12: stream: Eicar-Signature FOUND", Kind::infected, "Eicar-Signature"},
        {"1: stream: A B(c) FOUND", Kind::infected, "A B(c)"},
        {"1: stream: \x01\xFF FOUND", Kind::infected, "??"},
        {"INSTREAM size limit exceeded. ERROR", Kind::too_large, "INSTREAM size limit exceeded"},
        {"1: INSTREAM size limit exceeded. ERROR", Kind::too_large, "INSTREAM size limit exceeded"},
        {"1: stream: Can't allocate memory ERROR", Kind::unavailable,
         "it says \"1: stream: Can't allocate memory ERROR\""},
        {"UNKNOWN COMMAND", Kind::unavailable, "it says \"UNKNOWN COMMAND\""},
        {"stream: OKAY", Kind::unavailable, "it says \"stream: OKAY\""},
        {"", Kind::unavailable, "it says \"\""},
    }));
    INFO(reply);
    const auto answer = read_clamd_answer(reply);
    CHECK(answer.kind == kind);
    CHECK(answer.text == text);
}

TEST_CASE("a clamd is a socket's path, or a host with a port")
{
    CHECK(ClamdAddress::parse("/run/clamav/clamd.ctl")->path == "/run/clamav/clamd.ctl");
    CHECK(ClamdAddress::parse("192.0.2.1:3310")->host == "192.0.2.1");
    CHECK(ClamdAddress::parse("[2001:db8::1]:3310")->host == "2001:db8::1");
    CHECK(ClamdAddress::parse("scan.example:3310")->port == 3310);
    for (const auto* wrong : {"", "clamd", ":3310", "host:", "host:0", "host:x", "host:99999"})
        CHECK_FALSE(ClamdAddress::parse(wrong));
    CHECK_FALSE(ClamdAddress::parse("/" + std::string(200, 'x')));
}

TEST_CASE("a clamd that fails rests, then one message tries it again")
{
    ClamdState state;
    const net::Env::Steady start{1h};
    CHECK(state.may_ask(start));
    state.failed("gone", false, start);
    CHECK_FALSE(state.may_ask(start + 9s));
    CHECK(state.report().problem == "gone");
    CHECK(state.may_ask(start + 10s));
    CHECK_FALSE(state.may_ask(start + 10s));
    state.answered({Kind::infected, "x"});
    CHECK(state.may_ask(start + 10s));
    CHECK(state.report().is_up);
    CHECK(state.report().infected == 1);
}

TEST_CASE("a sign of life does not make a clamd believed that was too slow with mail")
{
    ClamdState state;
    const net::Env::Steady start{1h};
    state.failed("timed out", true, start);
    state.heard(start + 1s);
    CHECK_FALSE(state.report().is_up);
    state.failed("gone", false, start);
    state.heard(start + 1s);
    CHECK(state.report().is_up);
    CHECK_FALSE(state.is_stale(start + 10s));
    CHECK(state.is_stale(start + 11s));
}
