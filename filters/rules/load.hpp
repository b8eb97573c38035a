// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/rule.hpp"

#include <span>
#include <string>

namespace filters::rulebook {
/// Reads every "*.cf" of the folders, in the order given and by name within one; a path may be a
/// single file, too. What cannot be read becomes a remark.
RuleBook load_rules(std::span<const std::string> paths);

class Parser;
/// The same with a parser that may have read others; returns what cannot be read.
std::vector<Remark> read_folders(std::span<const std::string> paths, Parser& parser);
}
