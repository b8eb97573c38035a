// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// A complaint about YAML: printed as "file:line:col: error: text", the source line, a caret, and a
/// hint.
struct Complaint {
    std::string file = {};
    int line = 0, column = 0; ///< from 1, in characters; line 0: the file as a whole
    std::string text = {};
    std::string source_line = {}; ///< valid UTF-8 without line end
    std::string hint = {}; ///< "did you mean \"quarantine\"?"
    /// Lines joined by '\n', the last one without. Lines over 100 characters show a part around the
    /// caret.
    std::string to_string() const;
};
using Complaints = std::vector<Complaint>;

/// All of them, one below the other, for people; at most 50, then how many more there are.
std::string to_string(const Complaints& complaints);

/// The candidate that a typist most likely meant (edit distance with swaps, at most a third of the
/// word wrong), or "" if none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// `did you mean "quarantine"?`, or "" if nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);
}
