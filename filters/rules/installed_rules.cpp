// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/installed_rules.hpp"

#include "filters/rules/load.hpp"
#include "filters/rules/parser.hpp"

#include <filesystem>

namespace filters::rulebook {
RuleBook read_installed(const InstalledRules& installed)
{
    Parser parser;
    if (installed.has_own)
        for (const auto& file : shipped_rules())
            parser.read(file.text, std::string{file.name});
    std::vector<std::string> folders;
    if (installed.has_spamassassin)
        for (const auto* folder : {"/usr/share/spamassassin", "/etc/spamassassin"})
            if (std::error_code error; std::filesystem::is_directory(folder, error))
                folders.emplace_back(folder);
    const bool is_missing = installed.has_spamassassin && folders.empty();
    folders.insert(folders.end(), installed.folders.begin(), installed.folders.end());
    auto remarks = read_folders(folders, parser);
    auto book = parser.take();
    if (is_missing)
        book.remarks.push_back({Remark::Severity::unsupported,
                                "spamassassin",
                                {.file = "/usr/share/spamassassin",
                                 .text = "is not there: Debian's package spamassassin is not "
                                         "installed, and none of its tests run"}});
    book.remarks.insert(book.remarks.end(), std::make_move_iterator(remarks.begin()),
                        std::make_move_iterator(remarks.end()));
    return book;
}
}
