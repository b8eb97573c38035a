// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/completion_script.hpp"

#include <cstdio>

namespace app::commands {
namespace {
Exit completion(const Arguments& arguments)
{
    const auto shell = arguments.text("SHELL");
    const auto script = shell == "bash" ? bash_completion
        : shell == "zsh"                ? zsh_completion
        : shell == "fish"               ? fish_completion
                                        : nullptr;
    if (script == nullptr) {
        std::fprintf(stderr, "mailweir completion %s: wants bash, zsh or fish\n", shell.c_str());
        return Exit::usage;
    }
    std::fputs(script(all_commands()).c_str(), stdout);
    return Exit::ok;
}
}

std::vector<Command> completion_commands()
{
    return {{"completion",
             "",
             "a script by which a shell completes commands and options",
             {{"SHELL", "bash|zsh|fish", "the shell", false, true}},
             completion}};
}
}
