// SPDX-License-Identifier: Apache-2.0
#include "gateway/manual/pages.hpp"

#include "gateway/commands/command.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace app::commands {
namespace {
Exit write_pages(const std::string& folder)
{
    for (const auto& page : manual::all_pages(all_commands())) {
        const auto path = std::filesystem::path{folder} / page.path();
        std::filesystem::create_directories(path.parent_path());
        std::ofstream out{path, std::ios::binary};
        out << page.text;
        if (!out.flush()) {
            std::fprintf(stderr, "mailweir: %s cannot be written\n", path.c_str());
            return Exit::failed;
        }
    }
    return Exit::ok;
}

Exit print_manual(const Arguments& arguments)
{
    if (arguments.has("--write"))
        return write_pages(arguments.text("--write"));
    const auto wanted = arguments.text("PAGE");
    for (const auto& page : manual::all_pages(all_commands())) {
        if (wanted.empty())
            std::printf("%s(%d)\n", page.name.c_str(), page.section);
        const bool is_wanted = page.name == wanted || page.name == "mailweir-" + wanted;
        // "mailweir policy" and the policy language have one name: the number tells them apart.
        const bool is_section = !arguments.has("--section")
            || arguments.text("--section") == std::to_string(page.section);
        if (is_wanted && is_section) {
            std::fputs(page.text.c_str(), stdout);
            return Exit::ok;
        }
    }
    if (wanted.empty())
        return Exit::ok;
    std::fprintf(stderr, "mailweir: no page \"%s\"; `mailweir manual` lists them\n",
                 wanted.c_str());
    return Exit::not_found;
}
}

std::vector<Command> manual_commands()
{
    return {{"manual",
             "",
             "the pages of the manual, as roff: mailweir manual mailweir-queue | man -l -",
             {{"PAGE", "", "such as mailweir-queue; without it all are listed"},
              {"--section", "1|5|7", "where two pages have the same name"},
              {"--write", "DIR", "write all of them below this folder: man1/, man5/, man7/"}},
             print_manual}};
}
}
