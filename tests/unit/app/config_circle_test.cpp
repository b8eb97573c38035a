// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"
#include "gateway/config_circle.hpp"

#include <catch2/catch.hpp>

using filters::Yaml;

namespace {
/// What is said about one next hop of a gateway with these listeners on a machine with the
/// addresses 192.0.2.1 and 2001:db8::1.
std::string said(const std::vector<std::string>& listeners, const std::string& next_hop,
                 const std::string& key = "domains: [{ name: a.example, next_hop: ")
{
    smtp::Settings settings;
    settings.hostname = "mx.a.example";
    for (const auto& address : listeners) {
        settings.listeners.emplace_back();
        settings.listeners.back().name = "mx";
        settings.listeners.back().address = address;
    }
    const bool is_domain = key.starts_with("domains");
    const auto tree
        = *Yaml::parse(key + next_hop + (is_domain ? " }]\n" : " }\n"), "mailweir.yaml");
    filters::Complaints errors, warnings;
    app::complain_of_circles(tree, settings,
                             {*mail::Ip::parse("192.0.2.1"), *mail::Ip::parse("2001:db8::1")},
                             {errors, warnings});
    if (!warnings.empty())
        return "warning: " + warnings.front().text;
    return errors.empty() ? "" : errors.front().to_string();
}
}

TEST_CASE("a next hop that is a listener of ours is a circle")
{
    struct Row {
        const char *listener, *next_hop;
        const char* kind; ///< of complaint
    };
    for (const auto& [listener, next_hop, kind] : {
             Row{"127.0.0.1:25", "\"127.0.0.1:25\"", "error"},
             Row{"127.0.0.1:25", "\"127.0.0.1\"", "error"},
             Row{"127.0.0.1:25", "\"127.0.0.1:26\"", ""},
             Row{"127.0.0.1:25", "\"127.0.0.2:25\"", ""},
             Row{"127.0.0.1:25", "\"localhost:25\"", "error"},
             Row{"127.0.0.1:25", "\"LocalHost:25\"", "error"},
             Row{"127.0.0.1:25", "\"0.0.0.0:25\"", "error"},
             Row{"127.0.0.1:25", "\"mx.a.example:25\"", ""},
             Row{"0.0.0.0:25", "\"127.0.0.9:25\"", "error"},
             Row{"0.0.0.0:25", "\"192.0.2.1:25\"", "error"},
             Row{"0.0.0.0:25", "\"192.0.2.2:25\"", ""},
             Row{"0.0.0.0:25", "\"[::1]:25\"", ""},
             Row{"0.0.0.0:25", "\"MX.a.example:25\"", "warning"},
             Row{"0.0.0.0:25", "\"mx.a.example:2525\"", ""},
             Row{"0.0.0.0:25", "\"mail.a.example:25\"", ""},
             Row{"[::]:25", "\"[::1]:25\"", "error"},
             Row{"[::]:25", "\"[2001:db8::1]\"", "error"},
             Row{"[::]:25", "\"localhost\"", "error"},
             Row{"[::]:25", "\"127.0.0.1:25\"", ""},
             Row{"192.0.2.1:25", "\"192.0.2.1\"", "error"},
             Row{"192.0.2.1:25", "\"localhost\"", ""},
             Row{"192.0.2.1:25", "\"mx.a.example\"", "warning"},
             Row{"127.0.0.1:0", "\"127.0.0.1:25\"", ""},
             Row{"127.0.0.1:25", "[\"mail.a.example\", \"127.0.0.1:25\"]", "error"},
             Row{"127.0.0.1:25", "{ servers: [\"127.0.0.1:25\"], tls: none }", "error"},
             Row{"127.0.0.1:24", "{ servers: [\"127.0.0.1\"], protocol: lmtp }", "error"},
         }) {
        INFO(listener << " " << next_hop);
        const std::string text = said({listener}, next_hop);
        CHECK(text.contains("our own listener \"mx\"") == (*kind != '\0'));
        CHECK(text.contains(kind));
    }
}

TEST_CASE("a circle is named with its place, for the second listener and for outbound mail too")
{
    CHECK(said({"127.0.0.1:2525", "127.0.0.1:25"}, "[\"127.0.0.1:25\"]")
              .starts_with("mailweir.yaml:1:41: error: the next hop \"127.0.0.1:25\" is our own "
                           "listener \"mx\" (127.0.0.1:25)"));
    CHECK(said({"127.0.0.1:25"}, "[\"127.0.0.1:25\"]", "outbound: { relay: ")
              .starts_with("mailweir.yaml:1:21: error"));
}

TEST_CASE("config check refuses a circle; this machine's addresses are known")
{
    const auto wrong = app::parse_configuration(
        *Yaml::parse("listeners: [{ name: mx, address: \"0.0.0.0:2525\" }]\n"
                     "domains: [{ name: a.example, next_hop: [\"127.0.0.1:2525\"] }]\n",
                     "mailweir.yaml"));
    REQUIRE_FALSE(wrong);
    CHECK(filters::to_string(wrong.error()).starts_with("mailweir.yaml:2:41: error: the next hop"));
    const auto own = app::machine_addresses();
    CHECK(std::ranges::find(own, *mail::Ip::parse("127.0.0.1")) != own.end());
}
