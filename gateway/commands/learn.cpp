// SPDX-License-Identifier: Apache-2.0
// What is taught by hand.
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/message_files.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/mail/id.hpp"
#include "storage/store.hpp"
#include "web/api/document.hpp"

#include <cstdio>
#include <filesystem>

namespace app::commands {
namespace {
/// More of a message teaches nothing.
constexpr std::size_t most_octets = 8U << 20;

struct Tally {
    std::size_t learnt = 0, known = 0, failed = 0;
    Exit exit = Exit::failed; ///< of the last that failed
};

/// One answer of the daemon; false: it cannot go on.
bool count(const std::expected<Answer, Exit>& answer, const std::string& what, bool has_id,
           Tally& tally)
{
    if (!answer)
        return false;
    if (answer->status >= 400) {
        std::fprintf(stderr, "mailweir: %s: ", printable(what).c_str());
        tally.exit = print_problem(*answer);
        ++tally.failed;
        return true;
    }
    ++(web::text_member(answer->document, "outcome") == "learnt" ? tally.learnt : tally.known);
    if (!has_id)
        std::printf("%s\t%s\n", web::text_member(answer->document, "id").value_or("-").c_str(),
                    printable(what).c_str());
    return true;
}

/// The mail that an id stands for, as listings show it: that of a mail, or "MAIL/2" of one of its
/// recipients. "" for what is none.
std::string mail_of(const std::string& id)
{
    if (storage::RowId::parse(id))
        return id.substr(0, id.find('/'));
    return mail::MailId::parse(id) ? id : std::string{};
}

Exit learn(const Arguments& arguments, const std::string& label)
{
    std::vector<std::string> paths, ids;
    for (const auto& path : arguments.texts("PATH")) {
        const auto id
            = path == "-" || std::filesystem::exists(path) ? std::string{} : mail_of(path);
        (id.empty() ? paths : ids).push_back(id.empty() ? path : id);
    }
    auto files = MessageFiles::find(paths);
    if (!files) {
        std::fprintf(stderr, "mailweir: %s\n", files.error().c_str());
        return Exit::not_found;
    }
    const Daemon daemon{arguments};
    Tally tally;
    const auto target = [&](const std::string& of) {
        return "/api/v1/lessons?"
            + query_text({{"label", label}, {"user", arguments.text("--user")}, {"of", of}});
    };
    for (const auto& id : ids)
        if (const auto answer = daemon.ask_whatever("POST", target(id));
            !count(answer, id, true, tally))
            return answer.error();
    Progress progress{"messages", 0};
    while (!paths.empty()) {
        auto raw = files->next();
        if (!raw)
            break;
        if (!raw->problem.empty()) {
            std::fprintf(stderr, "mailweir: %s: %s\n", raw->path.c_str(), raw->problem.c_str());
            ++tally.failed;
            continue;
        }
        raw->text.resize(std::min(raw->text.size(), most_octets));
        if (const auto answer = daemon.ask_whatever("POST", target(""), std::move(raw->text));
            !count(answer, raw->path, false, tally))
            return answer.error();
        progress.step();
    }
    std::fprintf(stderr, "%zu learnt, %zu known already, %zu failed\n", tally.learnt, tally.known,
                 tally.failed);
    return tally.failed > 0 ? tally.exit : Exit::ok;
}

Exit learn_spam(const Arguments& arguments) { return learn(arguments, "spam"); }
Exit learn_ham(const Arguments& arguments) { return learn(arguments, "ham"); }

/// All of them; the exit code is that of the last that was none.
Exit unlearn(const Arguments& arguments)
{
    const Daemon daemon{arguments};
    auto exit = Exit::ok;
    for (const auto& text : arguments.texts("ID")) {
        const auto mail = mail_of(text);
        const auto& id = mail.empty() ? text : mail;
        const auto answer
            = daemon.ask_whatever("DELETE",
                                  "/api/v1/lessons/" + escaped_segment(id) + "?"
                                      + query_text({{"user", arguments.text("--user")}}));
        if (!answer)
            return answer.error();
        if (answer->status >= 400) {
            std::fprintf(stderr, "mailweir: %s: ", printable(id).c_str());
            exit = print_problem(*answer);
        } else {
            std::printf("%s is no lesson any more\n", printable(id).c_str());
        }
    }
    return exit;
}
}

std::vector<Command> learn_commands()
{
    const auto options = with_daemon_options(
        {{"PATH", "", "message files, mboxes, Maildirs, folders, -, or IDs of recent mail", true,
          true},
         {"--user", "ADDRESS", "whose decision it is: teaches their own offset, and all less"}});
    return {{"learn", "spam", "teach classifier and fingerprints that this is spam", options,
             learn_spam},
            {"learn", "ham", "teach them that this is legitimate", options, learn_ham},
            {"unlearn", "", "take lessons back",
             with_daemon_options({{"ID", "", "as `learn` printed it", true, true},
                                  {"--user", "ADDRESS", "whose decision it was"}}),
             unlearn}};
}
}
