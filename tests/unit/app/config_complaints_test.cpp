// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using filters::Yaml;

namespace {
/// A configuration of this `contact:`, as everything that may be said of it.
struct Contact {
    explicit Contact(const std::string& members)
    {
        const auto read = app::parse_configuration(
            *Yaml::parse("domains: [{ name: a.example, next_hop: [mail.a.example] }]\ncontact: {"
                             + members + "}\n",
                         "mailweir.yaml"));
        if (read) {
            line = read->smtp.contact;
            warnings = app::warnings_text(read->warnings);
        } else {
            errors = filters::to_string(read.error());
        }
    }
    std::string line, warnings, errors;
};
const std::string url = "https://help.example.jp/mail";
}

TEST_CASE("where to ask stands first in a refusal and is never cut")
{
    CHECK(Contact{""}.line.empty());
    CHECK(Contact{"url: \"" + url + "\""}.line == "contact: " + url);
    CHECK(Contact{"text: { en: Ask us. }"}.line == "contact: Ask us.");
    CHECK(Contact{"url: \"" + url + "\", phone: 03-1234, text: { en: Ask us. }"}.line
          == "contact: " + url + " 03-1234 Ask us.");
    std::string endless;
    for (int i = 0; i < 200; ++i)
        endless += "please ";
    const Contact longest{"url: \"" + url + "\", phone: 03-1234, text: { en: \"" + endless
                          + "\" }"};
    CHECK(longest.line.starts_with("contact: " + url + " 03-1234 please please"));
    CHECK(longest.line.ends_with(" please"));
    CHECK(longest.line.size() <= 320);
    CHECK(longest.errors.empty());
    const Contact alone{"text: { en: \"" + std::string(1000, 'x') + "\" }"};
    CHECK(alone.line.size() <= 320);
}

TEST_CASE("a sentence beyond ASCII stays out of replies, url and phone stay, and it is said")
{
    const Contact contact{"url: \"" + url + "\", phone: 03-1234, text: { en: \"caf\u00e9\" }"};
    CHECK(contact.line == "contact: " + url + " 03-1234");
    CHECK(contact.warnings.starts_with("mailweir.yaml:2:"));
    CHECK_THAT(contact.warnings, Catch::Contains("warning: SMTP replies are ASCII"));
    CHECK(Contact{"text: { ja: \"\u304a\" }"}.warnings.empty());
}

TEST_CASE("a url or telephone number that no reply can carry whole is an error")
{
    for (const auto& wrong : {"url: \"https://b.example/" + std::string(140, 'a') + "\"",
                              std::string{"url: \"https://b.example/\u304a\""},
                              std::string{"url: \"https://b.example/ a\""},
                              "phone: \"" + std::string(141, '1') + "\""}) {
        INFO(wrong);
        const Contact contact{wrong};
        CHECK(contact.errors.starts_with("mailweir.yaml:2:"));
        CHECK_THAT(contact.errors, Catch::Contains("goes into SMTP replies"));
    }
}

TEST_CASE("what is said of an empty file names it")
{
    const auto path = std::filesystem::temp_directory_path()
        / ("mailweir-empty-" + std::to_string(::getpid()) + ".yaml");
    for (const std::string text : {"", "# nothing\n", "log: { format: text }\n"}) {
        INFO(text);
        std::ofstream{path} << text;
        app::ConfigurationSource source;
        source.file = path.string();
        const auto configuration = app::load_configuration(source);
        REQUIRE(configuration);
        const auto warnings = app::warnings_text(configuration->warnings);
        CHECK(warnings.starts_with(path.string() + ":"));
        CHECK_THAT(warnings, Catch::Contains(": warning: no \"domains\""));
    }
    std::filesystem::remove(path);
    CHECK(app::warnings_text({{.text = "x"}}) == "warning: x\n");
}
