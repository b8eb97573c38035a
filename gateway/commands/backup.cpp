// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/backup.hpp"

#include "gateway/backups.hpp"
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "storage/backup/restore.hpp"
#include "storage/backup/shelf.hpp"
#include "storage/backup/verify.hpp"
#include "storage/database_file.hpp"
#include "web/api/document.hpp"
#include "web/api/json.hpp"

#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdio>

namespace app::commands {
namespace {
namespace backup = storage::backup;

Exit complain(const std::string& text, Exit exit = Exit::failed)
{
    std::fprintf(stderr, "mailweir: %s\n", text.c_str());
    return exit;
}

void print_notes(const std::vector<std::string>& notes)
{
    for (const auto& note : notes)
        std::fprintf(stderr, "note: %s\n", note.c_str());
}

std::chrono::sys_seconds now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// The first line of --passphrase-file, "" without it.
std::string passphrase_of(const Arguments& arguments)
{
    const auto file = arguments.text("--passphrase-file");
    if (file.empty())
        return {};
    const auto text = read_file(file, 4096);
    if (!text)
        throw std::runtime_error{text.error()};
    return text->substr(0, text->find_first_of("\r\n"));
}

/// Whether a gateway is at work in a data directory.
bool is_served(const std::string& data)
{
    const int file = ::open((data + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    const bool is_free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
    ::close(file);
    return !is_free;
}

void print_made(const Arguments& arguments, const std::string& path, double bytes)
{
    if (output_of(arguments) == Output::table) {
        std::printf("%s (%s)\n", path.c_str(), octets_text(bytes).c_str());
        return;
    }
    web::JsonWriter json;
    json.begin_object().member("path", path).member("bytes", static_cast<std::int64_t>(bytes));
    std::puts(json.end_object().take().c_str());
}

/// The daemon makes it; we wait.
Exit ask_for_one(const Arguments& arguments)
{
    const Daemon daemon{arguments};
    if (const auto begun = daemon.ask("POST", "/api/v1/backup"); !begun)
        return begun.error();
    constexpr int look_every_ms = 200;
    for (;;) {
        ::poll(nullptr, 0, look_every_ms);
        const auto answer = daemon.ask("GET", "/api/v1/backup");
        if (!answer)
            return answer.error();
        const auto& state = answer->document;
        if (web::is_member_true(state, "running"))
            continue;
        if (const auto why = web::text_member(state, "problem").value_or(""); !why.empty())
            return complain(why);
        print_notes(web::text_members(state, "notes"));
        const auto path = web::text_member(state, "path").value_or("");
        for (const auto& one : web::array_member(state, "backups"))
            if (web::text_member(one, "path").value_or("") == path) {
                print_made(arguments, path, web::number_member(one, "bytes"));
                return Exit::ok;
            }
        return complain("the gateway made a backup that is no longer there: " + path);
    }
}

Exit create(const Arguments& arguments)
{
    const auto configuration = load_or_complain(source_of(arguments));
    if (!configuration)
        return Exit::invalid;
    if (!arguments.has("--to") && is_served(configuration->data))
        return ask_for_one(arguments);
    if (!std::filesystem::exists(
            storage::path_in(configuration->data, storage::DatabaseFile::mail)))
        return complain(configuration->data + " is no data directory", Exit::not_found);
    try {
        auto order = backup_order(*configuration, "asked", now());
        if (arguments.has("--to"))
            order.to = arguments.text("--to");
        if (const auto passphrase = passphrase_of(arguments); !passphrase.empty())
            order.passphrase = passphrase;
        const auto made = backup::create(std::move(order));
        print_notes(made.notes);
        print_made(arguments, made.path, static_cast<double>(made.bytes));
        return Exit::ok;
    } catch (const std::exception& error) {
        return complain(std::string{"no backup was made: "} + error.what());
    }
}

Exit list(const Arguments& arguments)
{
    const auto configuration = load_or_complain(source_of(arguments));
    if (!configuration)
        return Exit::invalid;
    const auto folder = arguments.text("--to", backup_settings(*configuration).to);
    boost::json::array rows;
    for (const auto& kept : backup::kept_in(folder)) {
        const auto made = web::rfc3339(kept.made);
        rows.push_back(boost::json::object{{"path", kept.path},
                                           {"made", made},
                                           {"bytes", kept.bytes},
                                           {"before_upgrade", kept.is_before_upgrade}});
    }
    print_rows(output_of(arguments), {{"MADE", "made"}, {"BYTES", "bytes"}, {"PATH", "path", 200}},
               rows);
    return Exit::ok;
}

Exit verify(const Arguments& arguments)
{
    const auto file = arguments.text("FILE");
    try {
        const auto folder
            = arguments.text("--work", std::filesystem::temp_directory_path().string());
        const auto found = backup::verify(file, passphrase_of(arguments), folder);
        const auto& about = found.inventory.about;
        for (const auto& problem : found.problems)
            std::fprintf(stderr, "%s: %s\n", file.c_str(), problem.c_str());
        std::uint64_t bytes = 0;
        for (const auto& member : found.inventory.members)
            bytes += member.size;
        const auto keys = about.keys.salt.empty() ? "none"
            : found.are_keys_opened               ? "opened"
                                                  : "sealed";
        if (output_of(arguments) == Output::table)
            std::printf("%s: %s, made %s by %s on %s, %zu files, %s, keys: %s\n", file.c_str(),
                        found.problems.empty() ? "whole" : "NOT WELL",
                        local_time(web::rfc3339(about.made)).c_str(), about.version.c_str(),
                        about.host.c_str(), found.inventory.members.size(),
                        octets_text(static_cast<double>(bytes)).c_str(), keys);
        else {
            web::JsonWriter json;
            json.begin_object().member("path", file).member("whole", found.problems.empty());
            json.member("made", std::chrono::system_clock::time_point{about.made});
            json.member("version", about.version).member("host", about.host);
            json.member("files", found.inventory.members.size()).member("bytes", bytes);
            json.member("keys", keys).end_object();
            std::puts(json.take().c_str());
        }
        return found.problems.empty() ? Exit::ok : Exit::failed;
    } catch (const std::exception& error) {
        return complain(file + ": " + error.what());
    }
}

/// Words between commas; nullopt after a complaint.
std::optional<std::set<backup::Part>> parts_of(std::string_view text)
{
    std::set<backup::Part> parts;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(','));
        const auto part = backup::part_named(word);
        if (!part) {
            complain("there is no part \"" + std::string{word} + "\"; there are "
                     + backup::part_names());
            return {};
        }
        parts.insert(*part);
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return parts;
}

void print_restored(const backup::Restored& done, bool is_rehearsal, const std::string& data)
{
    std::printf("a backup of %s, made %s by %s\n", done.about.host.c_str(),
                local_time(web::rfc3339(done.about.made)).c_str(), done.about.version.c_str());
    for (const auto& part : done.parts)
        std::printf("  %-14s %6zu files  %s\n", part.name.c_str(), part.files,
                    octets_text(static_cast<double>(part.bytes)).c_str());
    print_notes(done.notes);
    if (is_rehearsal) {
        std::printf("nothing was changed; without --dry-run this comes into %s\n", data.c_str());
        return;
    }
    std::printf("restored into %s\n", data.c_str());
    if (!done.aside.empty())
        std::printf("what was there before lies in %s\n", done.aside.c_str());
    if (done.waiting > 0)
        std::printf("%zu rows were in the queue when the backup was made\n", done.waiting);
}

Exit restore(const Arguments& arguments)
{
    auto parts = parts_of(arguments.text("--only"));
    if (!parts)
        return Exit::usage;
    backup::RestoreOrder order{.archive = arguments.text("FILE"), .data = {}, .only = *parts};
    // A machine whose configuration is part of what was lost has none that could be read.
    if (arguments.has("--data"))
        order.data = arguments.text("--data");
    else if (const auto configuration = load_or_complain(source_of(arguments)))
        order.data = configuration->data;
    else
        return Exit::invalid;
    order.configuration_to = arguments.text("--configuration-to");
    order.holds_waiting = arguments.has("--hold-queue");
    order.is_rehearsal = arguments.has("--dry-run");
    order.now = now();
    ::umask(0077); // as the service has it: mail is nobody else's business
    try {
        order.passphrase = passphrase_of(arguments);
        const auto done = backup::restore(order);
        print_restored(done, order.is_rehearsal, order.data);
        return Exit::ok;
    } catch (const std::exception& error) {
        return complain(order.archive + " was not restored: " + error.what());
    }
}
}

std::vector<Command> backup_commands()
{
    const Option file{"FILE", "", "a backup", false, true};
    const Option passphrase{"--passphrase-file", "FILE", "its first line opens the keys"};
    return {
        {"backup",
         "create",
         "makes a backup now; asks the running gateway for it",
         {{"--to", "DIR", "into this folder, made by this command itself"},
          passphrase,
          config_option(),
          data_option(),
          json_option()},
         create},
        {"backup",
         "list",
         "the backups there are, newest first",
         {{"--to", "DIR", "of this folder"},
          config_option(),
          data_option(),
          json_option(),
          jsonl_option()},
         list},
        {"backup",
         "verify",
         "reads a whole backup and says whether it is well",
         {file,
          passphrase,
          {"--work", "DIR", "where databases are unpacked to be looked into"},
          json_option()},
         verify},
        {"backup",
         "restore",
         "puts a backup in the place of what is there",
         {file,
          {"--only", "PARTS", "some parts alone, such as lists,accounts"},
          {"--dry-run", "", "says what would be done and does nothing"},
          {"--hold-queue", "", "mail of the queue comes into the quarantine"},
          passphrase,
          {"--configuration-to", "DIR", "files of the configuration into this folder"},
          config_option(),
          data_option()},
         restore},
    };
}
}
