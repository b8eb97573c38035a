// SPDX-License-Identifier: Apache-2.0
#include "filters/feeds/feed_folder.hpp"
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/key_file.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <cstdio>

namespace app::commands {
namespace {
namespace auth = filters::auth;
namespace feeds = filters::feeds;

std::string text_of(const boost::json::value& object, std::string_view name)
{
    return web::text_member(object, name).value_or("");
}

void print_outcome(const boost::json::value& outcome, bool only_looks)
{
    const auto name = text_of(outcome, "name"), problem = text_of(outcome, "problem");
    const auto serial = web::number_member(outcome, "serial");
    if (!problem.empty())
        std::printf("%s: %s\n", name.c_str(), problem.c_str());
    else if (!web::is_member_true(outcome, "new"))
        std::printf("%s: nothing new (version %.0f)\n", name.c_str(), serial);
    else
        std::printf("%s: version %.0f %s\n", name.c_str(), serial,
                    only_looks ? "is there to be taken" : "is in use");
}

Exit update(const Arguments& arguments)
{
    const bool only_looks = arguments.has("--check");
    const auto query
        = query_text({{"source", arguments.text("--source")}, {"check", only_looks ? "true" : ""}});
    const auto answer = Daemon{arguments}.ask("POST", "/api/v1/update?" + query);
    if (!answer)
        return answer.error();
    const auto outcomes = web::array_member(answer->document, "outcomes");
    auto exit = Exit::ok;
    for (const auto& outcome : outcomes)
        if (!text_of(outcome, "problem").empty())
            exit = Exit::failed;
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return exit;
    }
    for (const auto& outcome : outcomes)
        print_outcome(outcome, only_looks);
    return exit;
}

Exit list(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/update");
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table({{"NAME", "name"},
                 {"VERSION", "serial"},
                 {"MADE", "made"},
                 {"LOOKED", "looked"},
                 {"PROBLEM", "problem", 60}},
                web::array_member(answer->document, "feeds"));
    return Exit::ok;
}

Exit rollback(const Arguments& arguments)
{
    const auto name = arguments.text("NAME");
    const auto answer
        = Daemon{arguments}.ask("POST", "/api/v1/update/" + escaped_segment(name) + "/rollback");
    if (!answer)
        return answer.error();
    std::printf("%s: version %.0f is in use\n", name.c_str(),
                web::number_member(answer->document, "serial"));
    return Exit::ok;
}

/// The 32 octets that `update.sources[].key` wants.
std::string public_text(const auth::PrivateKey& key)
{
    const auto record = key.record();
    return record.substr(record.find("p=") + 2);
}

Exit keygen(const Arguments& arguments)
{
    const auto path = arguments.text("--key");
    const auto key = auth::PrivateKey::generate(auth::KeyType::ed25519);
    if (const auto problem = write_key_file(path, key); !problem.empty()) {
        std::fprintf(stderr, "mailweir: %s: %s\n", path.c_str(), problem.c_str());
        return Exit::failed;
    }
    std::fprintf(stderr, "The private key is in %s; those who take the feed need this key:\n",
                 path.c_str());
    std::puts(public_text(key).c_str());
    return Exit::ok;
}

Exit sign(const Arguments& arguments)
{
    const auto key = key_or_complain(arguments.text("--key"));
    if (!key)
        return Exit::failed;
    const auto folder = arguments.text("FOLDER"), name = arguments.text("--name");
    const auto complain = [&](const std::string& text) {
        std::fprintf(stderr, "mailweir: %s: %s\n", folder.c_str(), text.c_str());
        return Exit::failed;
    };
    if (key->type() != auth::KeyType::ed25519)
        return complain("feeds are signed with an Ed25519 key; `mailweir update keygen` makes one");
    if (!feeds::is_feed_word(name))
        return complain("--name wants letters, digits, \"._-\"");
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto index = feeds::index_of_folder(folder, name, now);
    if (!index)
        return complain(index.error());
    feeds::write_index(folder, feeds::signed_text(*index, *key));
    std::printf("%s: version %llu, %zu files\n", name.c_str(),
                static_cast<unsigned long long>(index->serial), index->files.size());
    return Exit::ok;
}
}

std::vector<Command> update_commands()
{
    const Option source{"--source", "NAME", "this one alone"};
    const Option check{"--check", "", "only says whether there is something new"};
    const Option key{"--key", "FILE", "the private key (PEM)", false, true};
    return {
        {"update", "", "takes new versions of signed lists, rules and models",
         with_daemon_options({source, check, json_option()}), update},
        {"update", "list", "the feeds, what is in use of them, what is wrong",
         with_daemon_options({json_option()}), list},
        {"update", "rollback", "puts the version before back in use",
         with_daemon_options({{"NAME", "", "the feed", false, true}}), rollback},
        {"update", "keygen", "a key to sign feeds with", {key}, keygen},
        {"update",
         "sign",
         "makes the signed index of a folder that others take as a feed",
         {{"FOLDER", "", "its files; .links, .addresses, .rules, .model, .fingerprints", false,
           true},
          key,
          {"--name", "NAME", "the feed's name", false, true}},
         sign},
    };
}
}
