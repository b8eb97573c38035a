// SPDX-License-Identifier: Apache-2.0
#include "filters/content/brands.hpp"

#include <catch2/catch.hpp>

using namespace filters::content;

namespace {
std::string_view name_of(const Brand* brand) { return brand ? brand->name : ""; }
}

TEST_CASE("brands: a sender's name shows a brand, whatever letters stand for it")
{
    for (const auto* name : {"PayPal", "PayPal Service", "PAYPAL inc.", "Раураl", "paypa1"})
        CHECK(name_of(brand_of_name(name)) == "PayPal");
    for (const auto* name : {"Chase", "Chase Online Banking", "CHASE Support Team"})
        CHECK(name_of(brand_of_name(name)) == "Chase");
    CHECK(name_of(brand_of_name("三井住友カード株式会社")) == "三井住友");
    for (const auto* name : {"", "Ann Example", "Chase Smith", "Peter Apple", "Papal News", "ups"})
        CHECK((name == std::string_view{"ups"}) == (brand_of_name(name) != nullptr));
}

TEST_CASE("brands: a subject names a brand, but words of daily life are none")
{
    CHECK(name_of(brand_in_subject("Your PayPal account")) == "PayPal");
    CHECK(brand_in_subject("An apple, a target and a chase") == nullptr);
    CHECK(brand_in_subject("Join us on Facebook") == nullptr);
}

TEST_CASE("brands: a text speaks of a brand that stands first or often, not in passing")
{
    CHECK(name_of(brand_of_text("Dear customer, Netflix could not take your payment."))
          == "Netflix");
    std::string passing;
    for (int i = 0; i < 40; ++i)
        passing += "word ";
    CHECK(brand_of_text(passing + "netflix") == nullptr);
    CHECK(name_of(brand_of_text(passing + "netflix, netflix and netflix")) == "Netflix");
}

TEST_CASE("brands: its own domains belong to a brand, others that hold its name do not")
{
    const auto* brand = brand_of_name("PayPal");
    REQUIRE(brand != nullptr);
    CHECK(belongs_to(*brand, "paypal.de"));
    CHECK_FALSE(belongs_to(*brand, "paypal-secure.com"));
    CHECK(name_of(brand_of_site("paypal.com")) == "PayPal");
    CHECK(brand_of_site("a.example") == nullptr);
    CHECK(name_of(brand_in_foreign_host("paypal.com.evil.example", "evil.example")) == "PayPal");
    CHECK(name_of(brand_in_foreign_host("secure-paypal.example", "secure-paypal.example"))
          == "PayPal");
    CHECK(brand_in_foreign_host("www.paypal.com", "paypal.com") == nullptr);
    CHECK(brand_in_foreign_host("papaypalace.example", "papaypalace.example") == nullptr);
}

TEST_CASE("brands: free mail providers in every country")
{
    CHECK(is_free_mail("gmail.com"));
    CHECK(is_free_mail("yahoo.co.jp"));
    CHECK_FALSE(is_free_mail("gmail-support.com"));
    CHECK_FALSE(is_free_mail(""));
}
