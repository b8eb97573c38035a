// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_signing.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

namespace {
/// A folder with a key, which goes with the test.
struct KeyFolder {
    std::filesystem::path path
        = std::filesystem::temp_directory_path() / ("mailweir-keys-" + std::to_string(::getpid()));
    KeyFolder()
    {
        std::filesystem::create_directories(path);
        write("key", filters::auth::PrivateKey::generate(filters::auth::KeyType::ed25519).to_pem());
    }
    ~KeyFolder() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream{path / name} << text;
        std::filesystem::permissions(path / name, std::filesystem::perms::owner_read);
    }
};

struct Read {
    std::shared_ptr<const filters::auth::Signers> signers;
    filters::Complaints complaints, warnings;
};

Read read(const KeyFolder& folder, const std::string& text)
{
    Read result;
    const auto tree = *filters::Yaml::parse(text, (folder.path / "mailweir.yaml").string());
    result.signers = app::read_signers(tree, result.complaints, result.warnings);
    return result;
}
}

TEST_CASE("keys are read from beside the configuration, by domain in the order written")
{
    const KeyFolder folder;
    const auto made = read(folder, R"(
domains: [{ name: example.org }, { name: example.net }]
dkim:
  keys:
    - { domain: example.org, selector: old, key: key }
    - { domain: example.net, selector: s, key: key }
    - { domain: Example.org, selector: new, key: key }
  expire: 20 days
  oversign: [From, Subject]
)");
    CHECK(filters::to_string(made.complaints).empty());
    CHECK(made.warnings.empty());
    REQUIRE(made.signers);
    REQUIRE(made.signers->domains.size() == 2);
    REQUIRE(made.signers->domains[0].keys.size() == 2);
    CHECK(made.signers->domains[0].keys[1].selector == "new");
    CHECK(made.signers->lifetime == std::chrono::days{20});
    CHECK(made.signers->sealed_fields == std::vector<std::string>{"From", "Subject"});
    CHECK(made.signers->fields == filters::auth::DkimSigning::default_fields());
    CHECK_FALSE(made.signers->sealer);
}

TEST_CASE("nothing is sealed unless the configuration says so")
{
    const KeyFolder folder;
    const std::string arc = "domain: example.org, selector: s, key: key }\n";
    const std::string domains = "domains: [{ name: example.org }]\n";
    CHECK_FALSE(read(folder, domains).signers);
    CHECK_FALSE(read(folder, domains + "arc: { " + arc).signers);
    const auto sealed = read(folder, domains + "arc: { seal: true, " + arc);
    REQUIRE(sealed.signers);
    CHECK(sealed.signers->sealer.value().domain.ascii() == "example.org");
    CHECK(read(folder, "arc: { seal: true, selector: s, key: key }\n").complaints.size() == 1);
}

TEST_CASE("a key that is missing or none is complained of where it is named")
{
    const KeyFolder folder;
    folder.write("junk", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    const auto text = [](const std::string& file) {
        return "dkim:\n  keys:\n    - { domain: a.example, selector: s, key: " + file + " }\n";
    };
    for (const std::string file : {"junk", "nowhere", "."}) {
        const auto made = read(folder, text(file));
        REQUIRE(made.complaints.size() == 1);
        CHECK(made.complaints[0].line == 3);
        CHECK(made.complaints[0].column == 46);
        CHECK_FALSE(made.signers);
    }
}
