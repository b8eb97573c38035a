// SPDX-License-Identifier: Apache-2.0
#include "gateway/app.hpp"
#include "gateway/commands/source.hpp"
#include "gateway/config_values.hpp"
#include "gateway/supervisor.hpp"
#include "gateway/web_role.hpp"

#include <spdlog/spdlog.h>

#include <cstdio>

namespace app::commands {
namespace {
Exit wrong(const char* option, const std::string& value, const char* wanted)
{
    std::fprintf(stderr, "mailweir serve: %s %s: wants %s\n", option, value.c_str(), wanted);
    return Exit::usage;
}

Exit serve(const Arguments& arguments)
{
    auto source = source_of(arguments);
    source.listen = arguments.text("--listen");
    source.next_hop = arguments.text("--next-hop");
    source.domains = arguments.texts("--domain");
    if (!source.listen.empty() && !is_address(source.listen))
        return wrong("--listen", source.listen, "an address and port, such as 127.0.0.1:2525");
    if (!source.next_hop.empty() && !parse_server(source.next_hop, 25))
        return wrong("--next-hop", source.next_hop, "a server, such as mail1.internal:25");
    for (const auto& domain : source.domains)
        if (!mail::Domain::parse(domain))
            return wrong("--domain", domain, "a domain, such as example.jp");
    source.web = arguments.text("--web");
    if (!source.web.empty() && source.web != "off" && !is_address(source.web))
        return wrong("--web", source.web, "an address and port, such as 127.0.0.1:8025, or off");
    auto configuration = load_or_complain(source);
    if (!configuration)
        return Exit::invalid;
    start_log(configuration->log);
    if (!configuration->warnings.empty())
        std::fputs(warnings_text(configuration->warnings).c_str(), stderr);
    Supervisor supervisor{std::move(source), std::move(*configuration), run_gate,
                          arguments.has("--in-process") ? Role{} : Role{run_scan}, run_web};
    return static_cast<Exit>(supervisor.run());
}
}

std::vector<Command> serve_commands()
{
    return {{"serve",
             "",
             "run the gateway; with no file: embedded defaults, SMTP on 127.0.0.1:2525",
             {config_option(),
              data_option(),
              {"--listen", "ADDR:PORT", "one inbound listener, in place of the configured ones"},
              {"--next-hop", "HOST:PORT",
               "the internal server of --domain, in place of the configured domains"},
              {"--domain", "NAME", "a domain to accept mail for (default: example.test)", true},
              {"--in-process", "",
               "analyse messages in the gate, without sandboxed workers: for tests"},
              {"--web", "ADDR:PORT", "where the pages are (127.0.0.1:8025), or off"}},
             serve}};
}
}
