// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <cstdio>

namespace app::commands {
namespace {
std::string path_of(const Arguments& arguments)
{
    return "/api/v1/reputation?" + query_text({{"of", arguments.text("WHOM")}});
}

Exit show(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", path_of(arguments));
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    print_table({{"OF", "of"},
                 {"GOOD", "good"},
                 {"BAD", "bad"},
                 {"SCORE", "score"},
                 {"SINCE", "since"},
                 {"LAST", "last"}},
                web::array_member(answer->document, "standings"));
    return Exit::ok;
}

Exit reset(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("DELETE", path_of(arguments));
    if (!answer)
        return answer.error();
    std::printf("forgot %.0f records\n", web::number_member(answer->document, "removed"));
    return Exit::ok;
}
}

std::vector<Command> reputation_commands()
{
    const Option whom{"WHOM", "", "an IP address, its network, or a signing domain", false, true};
    return {
        {"reputation", "show", "how a sender behaved here before",
         with_daemon_options({whom, json_option()}), show},
        {"reputation", "reset", "forget it", with_daemon_options({whom}), reset},
    };
}
}
