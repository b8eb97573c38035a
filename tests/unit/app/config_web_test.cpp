// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"

#include <catch2/catch.hpp>

TEST_CASE("pages that are served at every address are found by the hostname")
{
    struct Case {
        std::string web, url;
    };
    for (const auto& [web, url] :
         {Case{"address: 127.0.0.1:8025", "http://127.0.0.1:8025"},
          Case{"address: 0.0.0.0:8025", "http://mx.example.org:8025"},
          Case{"address: '[::]:8025'", "http://mx.example.org:8025"},
          Case{"address: 0.0.0.0:8025, url: https://mail.example.org", "https://mail.example.org"},
          Case{"address: off", ""}}) {
        CAPTURE(web);
        const auto tree
            = filters::Yaml::parse("hostname: mx.example.org\nweb: { " + web + " }", "x");
        const auto configuration = app::parse_configuration(*tree);
        REQUIRE(configuration);
        CHECK(configuration->web_url() == url);
    }
}
