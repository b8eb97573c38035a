// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/organizational_domain.hpp"
#include "gateway/commands/command.hpp"
#include "gateway/commands/terminal.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <cstdio>

namespace app::commands {
namespace {
/// As many labels of `name` from the right as `domain` has: what was given in its own script comes
/// back in it.
std::string in_script_of(std::string_view name, const mail::Domain& domain)
{
    if (mail::is_ascii(name))
        return domain.ascii();
    auto labels = std::ranges::count(domain.ascii(), '.') + 1;
    if (name.ends_with('.'))
        name.remove_suffix(1);
    auto start = name.size();
    while (labels-- > 0 && start != name.npos)
        start = start == 0 ? name.npos : name.rfind('.', start - 1);
    return printable(start == name.npos ? name : name.substr(start + 1));
}

std::string organizational(std::string_view name)
{
    const auto domain = mail::Domain::parse(name);
    const auto found = domain ? filters::auth::organizational_domain(*domain) : std::nullopt;
    return found ? in_script_of(name, *found) : "null";
}

Exit print_organizational(const Arguments& arguments)
{
    for (const auto& name : arguments.texts("NAME"))
        std::puts(organizational(name).c_str());
    return Exit::ok;
}
}

std::vector<Command> domain_commands()
{
    return {{"domain",
             "organizational",
             "the registered domain of each name by the public suffix list, or null",
             {{"NAME", "", "such as www.example.co.jp", true, true}},
             print_organizational}};
}
}
