// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"

namespace app::commands {
namespace {
Exit list(const Arguments& arguments)
{
    const auto rows = Daemon{arguments}.rows("/api/v1/audit", "", limit_of(arguments, 100));
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
             with_daemon_options({{"--limit", "N", "at most so many rows (default: 100)"},
                                  json_option(),
                                  jsonl_option()}),
             list}};
}
}
