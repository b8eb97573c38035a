// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/dns_message.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using net::canonical_name;
using net::RecordType;
using Status = net::DnsAnswer::Status;

namespace {
std::string number(unsigned value, int octets)
{
    std::string out;
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(value >> shift & 0xff));
    return out;
}

std::string wire(const std::string& name)
{
    const auto message = net::question_message(0, name, RecordType::a);
    return message.substr(12, message.size() - 12 - 11 - 4);
}

/// A response written by hand, section by section.
struct Response {
    std::string name = "a.test";
    RecordType type = RecordType::a;
    unsigned flags = 0x8180, questions = 1, answers = 0, authorities = 0;
    std::string body = {};

    std::string head() const
    {
        return number(7, 2) + number(flags, 2) + number(questions, 2) + number(answers, 2)
            + number(authorities, 2) + number(0, 2) + wire(name)
            + number(static_cast<unsigned>(type), 2) + number(1, 2);
    }
    std::size_t end() const { return head().size() + body.size(); }
    Response& add(const std::string& owner, RecordType of, const std::string& data,
                  unsigned lifetime = 60, unsigned type_class = 1)
    {
        body += owner + number(static_cast<unsigned>(of), 2) + number(type_class, 2)
            + number(lifetime, 4) + number(static_cast<unsigned>(data.size()), 2) + data;
        ++answers;
        return *this;
    }
    net::DnsResponse read() const { return net::read_response(head() + body, name, type); }
};

const std::string own = "\xc0\x0c", address = "\xC0\x01\x02\x03";
}

TEST_CASE("names have one spelling")
{
    CHECK(canonical_name("Example.TEST.") == "example.test");
    CHECK(canonical_name(".") == "");
    CHECK(canonical_name("") == "");
    CHECK(canonical_name("a\\046b.c") == "a\\046b.c");
    CHECK(canonical_name("\\065.b") == "a.b");
    CHECK(canonical_name("a b") == "a\\032b");
    CHECK(canonical_name("\xff.x") == "\\255.x");
    CHECK(canonical_name("a\\b") == "a\\092b");
    CHECK(canonical_name("a\\999") == "a\\092999");
    for (const char* wrong : {"..", ".a", "a..b", "a.."})
        CHECK_FALSE(canonical_name(wrong));
    CHECK(canonical_name(std::string(63, 'a')));
    CHECK_FALSE(canonical_name(std::string(64, 'a')));
    std::string longest;
    for (int i = 0; i < 126; ++i)
        longest += "a.";
    CHECK(longest.size() + 1 == 253);
    CHECK(canonical_name(longest + "a"));
    CHECK_FALSE(canonical_name(longest + "aa"));
    CHECK_FALSE(canonical_name(longest + "a.b"));
}

TEST_CASE("a question carries the name, the type and an OPT record of eleven octets")
{
    const auto message = net::question_message(0x1234, "a.bc", RecordType::mx);
    const std::string head{"\x12\x34\x01\x20\0\1\0\0\0\0\0\1", 12};
    const std::string question{"\1a\2bc\0\0\x0f\0\1", 10};
    const std::string opt{"\0\0\x29\x04\xd0\0\0\0\0\0\0", 11};
    CHECK(message == head + question + opt);
}

TEST_CASE("records are read by type")
{
    using Type = RecordType;
    struct Case {
        Type type;
        std::string data;
        net::DnsRecord expected;
    };
    const std::vector<Case> cases{
        {Type::a, address, {address}},
        {Type::aaaa, std::string(16, 'x'), {std::string(16, 'x')}},
        {Type::txt, std::string{"\3abc\0\2de", 8}, {"abcde"}},
        {Type::txt, std::string(1, '\0'), {""}},
        {Type::mx, number(10, 2) + wire("MX.a.test"), {"mx.a.test", 10}},
        {Type::mx, number(0, 2) + wire(""), {"", 0}},
        {Type::ptr, std::string{"\1b"} + own, {"b.a.test"}},
        {Type::ns, wire("a\\046b.test"), {"a\\046b.test"}},
        {Type::cname, wire("c.test"), {"c.test"}},
        {Type::tlsa, "\3\1\1xyz", {"\3\1\1xyz"}},
        {Type::soa, wire("ns.test") + wire("r.test") + std::string(20, '\0'), {"ns.test"}},
    };
    for (const auto& [type, data, expected] : cases) {
        CAPTURE(static_cast<int>(type), data);
        Response response{.type = type};
        const auto read = response.add(own, type, data, 42).read();
        CHECK(read.answer.problem.empty());
        REQUIRE(read.answer.records.size() == 1);
        CHECK(read.answer.records[0] == expected);
        CHECK(read.lifetime == 42s);
        CHECK_FALSE(read.answer.is_secure);
    }
}

TEST_CASE("data that does not fill its record is malformed")
{
    using Type = RecordType;
    const std::vector<std::pair<Type, std::string>> cases{
        {Type::a, "abc"},
        {Type::a, "abcde"},
        {Type::aaaa, "abcd"},
        {Type::txt, ""},
        {Type::txt, "\4abc"},
        {Type::mx, "\0"},
        {Type::mx, number(1, 2) + wire("a.test") + "x"},
        {Type::ptr, ""},
        {Type::ptr, wire("b.test") + "x"},
        {Type::ptr, "\x50" + std::string(80, 'a') + std::string(1, '\0')},
        {Type::tlsa, "\1\1\1"},
    };
    for (const auto& [type, data] : cases) {
        CAPTURE(static_cast<int>(type), data);
        Response response{.type = type};
        CHECK(response.add(own, type, data).read().answer.has_failed());
    }
}

TEST_CASE("what is not a whole response to the question has failed")
{
    Response good;
    good.add(own, RecordType::a, address);
    CHECK(good.read().answer.is_found());
    const auto text = good.head() + good.body;
    for (std::size_t size = 0; size < text.size(); ++size)
        CHECK(
            net::read_response(text.substr(0, size), "a.test", RecordType::a).answer.has_failed());
    CHECK(net::read_response(text, "b.test", RecordType::a).answer.has_failed());
    CHECK(net::read_response(text, "a.test", RecordType::mx).answer.has_failed());
    const auto with_flags = [&](unsigned flags) {
        Response changed = good;
        changed.flags = flags;
        return changed.read().answer;
    };
    CHECK(with_flags(0x0180).problem == "not a response to the question");
    CHECK(with_flags(0x8980).problem == "not a response to the question");
    CHECK(with_flags(0x8380).problem == "truncated");
    CHECK(with_flags(0x8182).problem == "SERVFAIL");
    CHECK(with_flags(0x8185).problem == "REFUSED");
    CHECK(with_flags(0x818b).problem == "response code 11");
    CHECK(with_flags(0x81a0).is_secure);
    CHECK(with_flags(0x8183).status == Status::no_name);
    Response two = good;
    two.questions = 2;
    CHECK(two.read().answer.has_failed());
}

TEST_CASE("compression pointers lead backwards only")
{
    const auto start = static_cast<unsigned>(Response{}.end());
    for (const unsigned target : {start, start + 1, start + 500, 0x3fffU}) {
        Response response;
        response.add(number(0xc000U | target, 2), RecordType::a, address);
        CHECK(response.read().answer.has_failed());
    }
    // Label and pointer back to the label: endless unless the way back is watched.
    Response circle;
    circle.add("\1x" + number(0xc000U | start, 2), RecordType::a, address);
    CHECK(circle.read().answer.has_failed());
    Response long_name;
    std::string labels;
    for (int i = 0; i < 128; ++i)
        labels += "\1a";
    long_name.add(labels + std::string(1, '\0'), RecordType::a, address);
    CHECK(long_name.read().answer.has_failed());
}

TEST_CASE("aliases are followed eight times inside the answer")
{
    const auto chain = [](int aliases) {
        Response response{.name = "n0.test"};
        for (int i = aliases; i > 0; --i)
            response.add(wire("n" + std::to_string(i - 1) + ".test"), RecordType::cname,
                         wire("N" + std::to_string(i) + ".test"), static_cast<unsigned>(100 + i));
        response.add(wire("n" + std::to_string(aliases) + ".test"), RecordType::a, address, 500);
        return response.read();
    };
    CHECK(chain(1).answer.is_found());
    CHECK(chain(8).answer.is_found());
    CHECK(chain(8).lifetime == 101s);
    CHECK(chain(9).answer.has_failed());
    Response circle;
    circle.add(own, RecordType::cname, wire("b.test"));
    circle.add(wire("b.test"), RecordType::cname, own);
    CHECK(circle.read().answer.has_failed());
    Response dangling;
    dangling.add(own, RecordType::cname, wire("b.test"));
    CHECK(dangling.read().answer.status == Status::no_data);
}

TEST_CASE("records of others, of another class and beyond the bounds do not count")
{
    Response others;
    others.add(wire("b.test"), RecordType::a, address);
    others.add(own, RecordType::a, address, 60, 3);
    CHECK(others.read().answer.status == Status::no_data);
    Response many;
    for (int i = 0; i < 999; ++i)
        many.add(own, RecordType::a, address);
    CHECK(many.read().answer.records.size() == 256);
    many.add(own, RecordType::a, address);
    many.add(own, RecordType::a, address);
    CHECK(many.read().answer.has_failed());
    Response old;
    old.add(own, RecordType::a, address, 0x80000001U);
    CHECK(old.read().lifetime == 0s);
}

TEST_CASE("what is not there is kept as long as the SOA says")
{
    const auto soa = [](unsigned lifetime, unsigned minimum) {
        Response response;
        response.add(wire("test"), RecordType::soa,
                     wire("ns.test") + wire("r.test") + std::string(16, '\0') + number(minimum, 4),
                     lifetime);
        response.answers = 0;
        response.authorities = 1;
        return response.read();
    };
    CHECK(soa(900, 300).lifetime == 300s);
    CHECK(soa(100, 300).lifetime == 100s);
    CHECK(soa(100, 300).answer.status == Status::no_data);
    CHECK(Response{}.read().lifetime == 0s);
}
