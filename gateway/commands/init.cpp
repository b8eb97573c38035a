// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/command.hpp"
#include "gateway/config_schema.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace app::commands {
namespace {
namespace files = std::filesystem;

/// True: written, or there already. Nothing is ever overwritten.
bool write_new(const files::path& path, std::string_view text)
{
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0 && errno == EEXIST) {
        std::printf("%s is there already and stays as it is\n", path.c_str());
        return true;
    }
    bool is_done = descriptor >= 0;
    while (is_done && !text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        is_done = written > 0;
        if (is_done)
            text.remove_prefix(static_cast<std::size_t>(written));
    }
    const int error = errno;
    if (descriptor >= 0 && !is_done)
        ::unlink(path.c_str());
    if (descriptor >= 0)
        ::close(descriptor);
    if (is_done)
        std::printf("%s\n", path.c_str());
    else
        std::fprintf(stderr, "mailweir: %s: %s\n", path.c_str(), std::strerror(error));
    return is_done;
}

Exit init(const Arguments& arguments)
{
    const files::path folder{arguments.text("DIR")};
    std::error_code error;
    if (files::create_directories(folder / "conf.d", error); error) {
        std::fprintf(stderr, "mailweir: %s: %s\n", folder.c_str(), error.message().c_str());
        return Exit::failed;
    }
    if (!write_new(folder / "mailweir.yaml", reference_document()))
        return Exit::failed;
    std::printf("next: uncomment what differs in %s, then\n  mailweir config check --config %s\n",
                (folder / "mailweir.yaml").c_str(), (folder / "mailweir.yaml").c_str());
    return Exit::ok;
}
}

std::vector<Command> init_commands()
{
    return {{"init",
             "",
             "a folder with a configuration to begin with: every key, explained",
             {{"DIR", "", "such as /etc/mailweir; what is there stays as it is", false, true}},
             init}};
}
}
