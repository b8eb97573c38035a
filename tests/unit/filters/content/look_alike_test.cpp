// SPDX-License-Identifier: Apache-2.0
#include "filters/content/look_alike.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

TEST_CASE("letters that look alike have one skeleton")
{
    CHECK(skeleton("paypal") == skeleton("раураl"));
    CHECK(skeleton("paypal") == skeleton("paypa1"));
    CHECK(skeleton("google") == skeleton("g00gle"));
    CHECK(skeleton("amazon") == skeleton("arnazon"));
    CHECK(skeleton("paypal") != skeleton("example"));
}

TEST_CASE("names that pretend to be a protected one are found with their trick")
{
    using Trick = ProtectedNames::Trick;
    const ProtectedNames names{{"paypal.com", "www.Rakuten.co.jp", "smbc.co.jp", "no name", "com"}};
    const auto [host, domain, trick] = GENERATE(table<std::string, std::string, Trick>({
        {"www.paypa1.com", "paypal.com", Trick::same_shape},
        {"paypa1.net", "paypal.com", Trick::same_shape},
        {"xn--l-7sba6dbr.com", "paypal.com", Trick::same_shape},
        {"paypall.com", "paypal.com", Trick::one_letter},
        {"papyal.example.net", "", Trick::one_letter},
        {"papyal.net", "paypal.com", Trick::one_letter},
        {"paypal.com.evil.net", "paypal.com", Trick::embedded},
        {"paypal.com-login.net", "paypal.com", Trick::embedded},
        {"xpaypal.com.paypal.com.evil.net", "paypal.com", Trick::embedded},
        {"secure-rakuten.com", "rakuten.co.jp", Trick::combined},
        {"www.paypal.com", "", Trick::combined},
        {"paypal.de", "", Trick::combined},
        {"smbe.net", "", Trick::combined},
        {"example.com", "", Trick::combined},
        {"com", "", Trick::combined},
        {"mypaypalfriends.net", "", Trick::combined},
    }));
    INFO(host);
    const auto found = names.find(host);
    CHECK((found ? found->domain : "") == domain);
    if (found)
        CHECK(found->trick == trick);
    CHECK(ProtectedNames{{}}.is_empty());
}

TEST_CASE("names that may be common words are protected from tricks that no neighbour needs")
{
    const ProtectedNames names{{"example-bank.org"}, {"online.example", "ourcompany.org"}};
    const auto imitated = [&](const std::string& host) {
        const auto found = names.find(host);
        return found ? found->domain : "";
    };
    CHECK(imitated("my-online.net").empty());
    CHECK(imitated("onlime.net").empty());
    CHECK(imitated("0nline.net") == "online.example");
    CHECK(imitated("login.online.example.evil.net") == "online.example");
    CHECK(imitated("ourcompamy.net") == "ourcompany.org");
    CHECK(imitated("ourcompany-login.net").empty());
    CHECK(imitated("example-bank-login.net") == "example-bank.org");
}
