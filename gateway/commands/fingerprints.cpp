// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/daemon.hpp"
#include "gateway/commands/terminal.hpp"
#include "web/api/document.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace app::commands {
namespace {
Exit show(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/fingerprints");
    if (!answer)
        return answer.error();
    if (output_of(arguments) != Output::table) {
        std::puts(answer->body.c_str());
        return Exit::ok;
    }
    std::printf("%.0f of spam, %.0f of them in wanted mail, too; %.0f of wanted mail\n",
                web::number_member(answer->document, "spam"),
                web::number_member(answer->document, "contested"),
                web::number_member(answer->document, "wanted"));
    return Exit::ok;
}

Exit export_file(const Arguments& arguments)
{
    const auto answer = Daemon{arguments}.ask("GET", "/api/v1/fingerprints/export");
    if (!answer)
        return answer.error();
    const auto path = arguments.text("FILE"), fresh = path + ".new";
    const bool is_file = !std::filesystem::exists(path) || std::filesystem::is_regular_file(path);
    // A full disk must not cost the last export.
    std::ofstream out{is_file ? fresh : path, std::ios::binary | std::ios::trunc};
    out << answer->body;
    std::error_code error;
    if (!out.flush() || (is_file && (std::filesystem::rename(fresh, path, error), error))) {
        std::fprintf(stderr, "mailweir: cannot write %s\n", path.c_str());
        if (is_file)
            std::filesystem::remove(fresh, error);
        return Exit::failed;
    }
    return Exit::ok;
}

Exit import_file(const Arguments& arguments)
{
    const auto path = arguments.text("FILE");
    std::ifstream in{path, std::ios::binary};
    std::stringstream octets;
    octets << in.rdbuf();
    if (!in) {
        std::fprintf(stderr, "mailweir: cannot read %s\n", path.c_str());
        return Exit::not_found;
    }
    const auto target
        = "/api/v1/fingerprints/import?" + query_text({{"from", arguments.text("--from")}});
    const auto answer = Daemon{arguments}.ask("POST", target, octets.str());
    if (!answer)
        return answer.error();
    std::printf("%.0f fingerprints\n", web::number_member(answer->document, "fingerprints"));
    return Exit::ok;
}
}

std::vector<Command> fingerprint_commands()
{
    const Option from{"--from", "NAME", "whose they are; replaces what came from there before",
                      false, true};
    return {
        {"fingerprints", "show", "how many fingerprints of spam are known",
         with_daemon_options({json_option()}), show},
        {"fingerprints", "export", "those that were reported here, for other nodes",
         with_daemon_options({{"FILE", "", "where to write them", false, true}}), export_file},
        {"fingerprints", "import", "those that another node exported",
         with_daemon_options({{"FILE", "", "what was exported", false, true}, from}), import_file},
    };
}
}
