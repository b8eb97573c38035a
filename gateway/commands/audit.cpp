// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"

namespace app::commands {
namespace {
Exit list(const Arguments& arguments)
{
    const auto query = query_text({{"who", arguments.text("--who")},
                                   {"act", arguments.text("--act")},
                                   {"text", arguments.text("--text")},
                                   {"since", arguments.text("--since")}});
    const auto rows = Daemon{arguments}.rows("/api/v1/audit", query, limit_of(arguments, 100));
    if (!rows)
        return rows.error();
    print_rows(output_of(arguments),
               {{"TIME", "time"}, {"WHO", "who", 24}, {"ACT", "act", 30}, {"OBJECT", "object", 80}},
               *rows);
    return Exit::ok;
}
}

std::vector<Command> audit_commands()
{
    return {{"audit", "list", "what administrators did, newest first",
             with_daemon_options(
                 {{"--who", "NAME", "part of the name"},
                  {"--act", "ACT", "what was done, as the list says it"},
                  {"--text", "WORDS", "in the name or in what it was done to"},
                  {"--since", "TIME", "a date, an RFC 3339 time in UTC, or how long ago: \"2 h\""},
                  {"--limit", "N", "at most so many rows (default: 100)"},
                  json_option(),
                  jsonl_option()}),
             list}};
}
}
