// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/command.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

using app::commands::Arguments;

namespace {
/// The exit code of a command line that needs no daemon.
int run(std::vector<std::string> words)
{
    words.insert(words.begin(), "mailweir");
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    return app::commands::run(static_cast<int>(arguments.size()), arguments.data());
}
}

TEST_CASE("arguments keep every value, the last one wins where one is asked for")
{
    Arguments arguments;
    arguments.add("--to", "a");
    arguments.add("--to", "b");
    CHECK(arguments.text("--to") == "b");
    CHECK(arguments.texts("--to") == std::vector<std::string>{"a", "b"});
    CHECK(arguments.text("--from", "x") == "x");
    CHECK_FALSE(arguments.has("--from"));
}

TEST_CASE("exit codes of the interface")
{
    const std::string nowhere = "/nonexistent/mailweir-data";
    CHECK(run({"version"}) == 0);
    CHECK(run({"frobnicate"}) == 2);
    CHECK(run({"queue", "frobnicate"}) == 2);
    CHECK(run({"queue"}) == 2);
    CHECK(run({"allow", "add"}) == 2);
    CHECK(run({"status", "--nonsense"}) == 2);
    CHECK(run({"status", "--data", nowhere}) == 3);
    // Options take one value each, wherever they stand.
    CHECK(run({"allow", "add", "--scope", "global", "--data", nowhere, "a@b.example"}) == 3);
    CHECK(run({"allow", "add", "a@b.example", "--data", nowhere, "--note", "x"}) == 3);
    CHECK(run({"queue", "retry", "A/1", "B/2", "--data", nowhere}) == 3);
    CHECK(run({"queue", "retry", "--data", nowhere}) == 2);
    CHECK(run({"account", "approve", "ann", "office@b.example", "--data", nowhere}) == 3);
    CHECK(run({"account", "approve", "ann", "--data", nowhere}) == 2);
    CHECK(run({"layers", "nothing"}) == 5);
    CHECK(run({"config", "explain", "limits.message"}) == 0);
    CHECK(run({"config", "explain", "limits.mesage"}) == 5);
    CHECK(run({"config", "check", "--config", "/nonexistent/mailweir.yaml"}) == 6);
    CHECK(run({"scan", "/nonexistent/mail.eml"}) == 5);
    CHECK(run({"scan", "--direction", "sideways", "/dev/null"}) == 2);
    CHECK(run({"serve", "--listen", "nowhere"}) == 2);
    CHECK(run({"serve", "--next-hop", "a:b"}) == 2);
    CHECK(run({"sink", "--listen", "25"}) == 2);
}
