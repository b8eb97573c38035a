// SPDX-License-Identifier: Apache-2.0
#include "filters/policy_document.hpp"
#include "filters/unread_findings.hpp"

#include "gateway/commands/daemon.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <cstdio>

namespace app::commands {
namespace {
Exit show(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/policy");
    if (!answer)
        return answer.error();
    if (output_of(arguments) == Output::table)
        std::fputs(web::text_member(answer->document, "source").value_or("").c_str(), stdout);
    else
        std::puts(answer->body.c_str());
    return Exit::ok;
}

/// A file, or the one the configuration names.
Exit check(const Arguments& arguments)
{
    std::string file = arguments.text("FILE"), text;
    if (file.empty()) {
        const auto configuration = load_or_complain(source_of(arguments));
        if (!configuration)
            return Exit::invalid;
        file = configuration->policy_file;
        text = configuration->policy_text;
    } else {
        auto read = read_file(file);
        if (!read) {
            std::fprintf(stderr, "mailweir: %s\n", read.error().c_str());
            return Exit::not_found;
        }
        text = std::move(*read);
    }
    const auto policy = filters::parse_policy(text, file);
    if (!policy) {
        std::fputs(filters::to_string(policy.error()).c_str(), stderr);
        return Exit::invalid;
    }
    std::printf("ok: %s: %zu layers, %zu rules, %zu domains of their own\n", file.c_str(),
                policy->layers.size(), policy->standard.rules.size(), policy->domains.size());
    for (const auto* type : filters::unread_findings(*policy))
        std::printf("no rule reads %s: %s\n", std::string{type->name}.c_str(),
                    std::string{type->english}.c_str());
    return Exit::ok;
}
}

std::vector<Command> policy_commands()
{
    return {
        {"policy", "show", "the policy document in force", with_daemon_options({json_option()}),
         show},
        {"policy",
         "check",
         "exit 0 and the findings that no rule reads, or 6 with file:line:col of every complaint",
         {{"FILE", "", "default: the one the configuration names"}, config_option()},
         check}};
}
}
