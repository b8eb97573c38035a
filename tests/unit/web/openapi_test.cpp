// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loop.hpp"
#include "web/api/document.hpp"
#include "web/api/routes.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace json = boost::json;

namespace {
net::awaitable<void> ask(web::Site& site, std::string& text)
{
    const auto answer = co_await web::get_openapi(site, {}, {});
    text = answer.body;
}

json::value document()
{
    net::TestEnv env;
    net::Loop loop{env};
    web::Site site;
    site.version = "1";
    std::string text;
    support::run(loop, ask(site, text));
    const auto parsed = web::parse_json(text);
    REQUIRE(parsed);
    return *parsed;
}

/// Every value of a member "$ref", wherever it stands.
std::set<std::string> references(const json::value& root)
{
    std::set<std::string> found;
    std::vector<const json::value*> left{&root};
    while (!left.empty()) {
        const auto* one = left.back();
        left.pop_back();
        if (const auto* object = one->if_object())
            for (const auto& [name, value] : *object) {
                if (name == "$ref")
                    found.insert(std::string{value.as_string()});
                left.push_back(&value);
            }
        else if (const auto* array = one->if_array())
            for (const auto& value : *array)
                left.push_back(&value);
    }
    return found;
}
}

TEST_CASE("the OpenAPI document has every route, with its parameters and what it answers")
{
    const auto whole = document();
    CHECK(whole.at("openapi") == "3.1.0");
    CHECK(whole.at("info").as_object().contains("title"));
    std::set<std::string> ids;
    for (const auto& route : web::routes()) {
        INFO(route.method << " " << route.pattern);
        std::string method{route.method};
        for (char& c : method)
            c = static_cast<char>(c + 32);
        const auto& path
            = whole.at("paths").at(json::string_view{route.pattern.data(), route.pattern.size()});
        const auto& operation = path.at(method);
        CHECK(ids.insert(std::string{operation.at("operationId").as_string()}).second);
        std::set<std::string> names;
        for (const auto& parameter : operation.at("parameters").as_array()) {
            CHECK(names.insert(std::string{parameter.at("name").as_string()}).second);
            const bool is_in_path = parameter.at("in") == "path";
            CHECK((is_in_path || parameter.at("in") == "query"));
            CHECK(parameter.at("required") == is_in_path);
            CHECK(parameter.at("schema").is_object());
        }
        const auto brace = route.pattern.find('{');
        if (brace != route.pattern.npos)
            CHECK(names.contains(
                std::string{route.pattern.substr(brace + 1, route.pattern.find('}') - brace - 1)}));
        const auto& answers = operation.at("responses").as_object();
        CHECK((answers.contains("200") || answers.contains("201") || answers.contains("204")));
        CHECK(answers.contains("204") == route.answer.empty());
        CHECK(answers.contains("default"));
        for (const auto& [status, answer] : answers) {
            CHECK(answer.at("description").is_string());
            CHECK(answer.as_object().contains("content") == (status != "204"));
        }
        CHECK(operation.as_object().contains("requestBody") == !route.body.empty());
    }
}

TEST_CASE("every shape that the OpenAPI document refers to is in it, and none stands unused")
{
    const auto whole = document();
    const auto& schemas = whole.at("components").at("schemas").as_object();
    std::set<std::string> wanted;
    for (const auto& reference : references(whole)) {
        const std::string prefix = "#/components/schemas/";
        REQUIRE(reference.starts_with(prefix));
        wanted.insert(reference.substr(prefix.size()));
    }
    std::set<std::string> there;
    for (const auto& [name, schema] : schemas) {
        there.insert(std::string{name});
        CHECK(schema.at("type") == "object");
        for (const auto& [member, kind] : schema.at("properties").as_object())
            CHECK((kind.as_object().contains("type") || kind.as_object().contains("$ref")));
    }
    CHECK(wanted == there);
}
