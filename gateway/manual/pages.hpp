// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

#include <string>
#include <vector>

namespace app::manual {
struct Page {
    std::string name; ///< "mailweir-queue"
    int section = 1;
    std::string text; ///< roff
    /// As a manual is laid out: "man1/mailweir-queue.1".
    std::string path() const;
};

/// The whole manual: mailweir(1), one page for each noun, and those below.
std::vector<Page> all_pages(const std::vector<commands::Command>& commands);

Page overview_page(const std::vector<commands::Command>& commands);
Page noun_page(const std::vector<commands::Command>& commands, std::string_view noun);
Page configuration_page(); ///< mailweir.yaml(5), from the table of keys
Page policy_page(); ///< mailweir-policy(5), with every finding of every layer
Page log_page(); ///< mailweir-log(5)
Page metrics_page(); ///< mailweir-metrics(7), from the table of /metrics
}
