// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/ldap_connection.hpp"
#include "gateway/net/listener.hpp"

#include <catch2/catch.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;
using Answer = net::LdapNamed::Answer;
using Values = std::vector<std::string>;

namespace {
std::string element(char tag, const std::string& content)
{
    return std::string{tag, '\x82', static_cast<char>(content.size() / 256),
                       static_cast<char>(content.size() % 256)}
    + content;
}

std::string message(char id, char operation, const std::string& content)
{
    return element(0x30, std::string{2, 1, id} + element(operation, content));
}

std::string entry(char id, const std::string& dn, const std::string& attribute,
                  const Values& values)
{
    std::string all;
    for (const auto& value : values)
        all += element(4, value);
    const auto pair = element(0x30, element(4, attribute) + element(0x31, all));
    return message(id, 0x64, element(4, dn) + element(0x30, pair));
}

std::string done(char id, char operation, char code = 0)
{
    return message(id, operation, std::string{0x0a, 1, code} + element(4, "") + element(4, ""));
}

/// Binds everybody; has one group, whose members it gives two at a time as Active Directory does,
/// and no entry named cn=gone.
class RangedDirectory {
public:
    ~RangedDirectory()
    {
        ::shutdown(door_, SHUT_RDWR);
        thread_.join();
        ::close(door_);
    }
    std::string url() const
    {
        return "ldap://127.0.0.1:" + std::to_string(net::bound_address(door_).port);
    }

private:
    static std::string answer(char id, char operation, const std::string& request)
    {
        constexpr char bind = 0x60, search = 0x63, no_such_object = 32;
        if (operation == bind)
            return done(id, 0x61);
        if (operation != search)
            return {};
        if (request.contains("cn=gone"))
            return done(id, 0x65, no_such_object);
        const auto piece = request.contains("range=2-*")
            ? entry(id, "cn=all", "member;range=2-3", {"c", "d"})
            : request.contains("range=4-*") ? entry(id, "cn=all", "member;range=4-*", {"e"})
                                            : entry(id, "cn=all", "member;range=0-1", {"a", "b"});
        return piece + done(id, 0x65);
    }
    void serve() const
    {
        pollfd wait{.fd = door_, .events = POLLIN, .revents = 0};
        ::poll(&wait, 1, -1);
        const int socket = ::accept(door_, nullptr, nullptr);
        if (socket < 0)
            return;
        std::array<unsigned char, 4> head{};
        // A sequence whose length has one octet, or behind 0x81 one, or behind 0x82 two.
        while (::recv(socket, head.data(), 2, MSG_WAITALL) == 2) {
            std::size_t length = head[1];
            if (const auto more = head[1] & 0x7fU; head[1] > 0x80 && more <= 2) {
                length = 0;
                ::recv(socket, &head[2], more, MSG_WAITALL);
                for (std::size_t i = 0; i < more; ++i)
                    length = length * 256 + head[2 + i];
            }
            std::string body(length, '\0');
            if (::recv(socket, body.data(), length, MSG_WAITALL) != static_cast<ssize_t>(length))
                break;
            const auto out = answer(body[2], body[3], body);
            if (out.empty())
                break;
            ::send(socket, out.data(), out.size(), MSG_NOSIGNAL);
        }
        ::close(socket);
    }
    int door_ = net::open_tcp_listener("127.0.0.1:0").value();
    std::thread thread_{[this] { serve(); }};
};

struct Asking {
    RangedDirectory directory;
    net::SocketWatch watch;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::now() + 5s;
    net::LdapConnection connection = open();
    net::LdapConnection open()
    {
        auto opened = net::LdapConnection::open({.servers = {directory.url()}}, directory.url(),
                                                deadline, watch);
        INFO((opened ? "" : opened.error().text));
        REQUIRE(opened);
        return std::move(*opened);
    }
    net::LdapReading read(std::size_t values)
    {
        auto reading = connection.read({"dc=test", "(member=*)", {"member"}},
                                       {.entries = 10, .values = values, .question = 5s}, deadline);
        REQUIRE(reading);
        return std::move(*reading);
    }
};

Values values_of(const net::LdapReading& reading)
{
    Values values;
    for (const auto& one : reading.entries)
        for (const auto& [attribute, value] : one.values)
            values.push_back(attribute + "=" + value);
    return values;
}
}

TEST_CASE_METHOD(Asking, "a long attribute that comes in pieces is read whole")
{
    const auto reading = read(100);
    CHECK_FALSE(reading.is_cut);
    CHECK(values_of(reading) == Values{"member=a", "member=b", "member=c", "member=d", "member=e"});
}

TEST_CASE_METHOD(Asking, "what is more than the bounds is left, and that is said")
{
    const auto reading = read(3);
    CHECK(reading.is_cut);
    CHECK(values_of(reading) == Values{"member=a", "member=b", "member=c"});
}

TEST_CASE_METHOD(Asking, "entries are asked for by name, and those that are gone are told apart")
{
    const Values names{"cn=all", "cn=gone", "no name at all", "cn=all"};
    const auto found = connection.entries_of(names, {"member;range=0-1"}, deadline);
    REQUIRE(found);
    REQUIRE(found->size() == 4);
    CHECK((*found)[0].answer == Answer::there);
    CHECK((*found)[0].entry.values.size() == 2);
    CHECK((*found)[1].answer == Answer::gone);
    CHECK((*found)[3].answer == Answer::there);
}
