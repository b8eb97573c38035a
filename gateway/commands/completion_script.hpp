// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

#include <string>

namespace app::commands {
/// What may follow an option, or stands without one.
struct Completion {
    enum class Kind { nothing, text, file, folder, words };
    Kind kind = Kind::nothing; ///< nothing: it is a switch
    std::vector<std::string> words; ///< of Kind::words
};
Completion completion_of(const Option& option);

/// A script that a shell reads: nouns, verbs, options and their values, from the tables of
/// commands.
std::string bash_completion(const std::vector<Command>& commands);
std::string zsh_completion(const std::vector<Command>& commands);
std::string fish_completion(const std::vector<Command>& commands);
}
