// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/password.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace app::commands {
namespace {
/// The terminal shows nothing of what is typed as long as this lives.
class Silence {
public:
    Silence()
    {
        is_changed_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (is_changed_)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~Silence()
    {
        if (is_changed_)
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    termios before_{};
    bool is_changed_ = false;
};

std::string ask(const char* prompt)
{
    std::fputs(prompt, stderr);
    std::string line;
    {
        const Silence silence;
        std::getline(std::cin, line);
    }
    std::fputs("\n", stderr);
    return line;
}

std::string first_line(std::istream& in)
{
    std::string line;
    std::getline(in, line);
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}
}

Option password_option()
{
    return {"--password-file", "FILE", "its first line is the password; - reads standard input"};
}

std::expected<std::string, std::string> read_password(const Arguments& arguments)
{
    const auto path = arguments.text("--password-file");
    if (path == "-" || (path.empty() && ::isatty(STDIN_FILENO) == 0))
        return first_line(std::cin);
    if (!path.empty()) {
        std::ifstream file{path};
        if (!file)
            return std::unexpected{path + ": cannot be read"};
        return first_line(file);
    }
    auto password = ask("Password: ");
    if (password != ask("Once more: "))
        return std::unexpected{"the two differ"};
    return password;
}
}
