// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/rule.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// Which rule files are read: later ones beat earlier ones.
struct InstalledRules {
    bool has_own = true; ///< those of etc/rules, which are part of the programme
    bool has_spamassassin = false; ///< Debian's, where they are installed
    std::vector<std::string> folders;
};
RuleBook read_installed(const InstalledRules& installed);

/// A file of etc/rules, built in.
struct ShippedRules {
    std::string_view name, text;
};
std::span<const ShippedRules> shipped_rules();
}
