// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// The first word of `text`; `rest` is what stands behind it, without blanks before it. `rest` may
/// be `text`.
std::string_view next_word(std::string_view text, std::string_view& rest);
std::vector<std::string_view> words(std::string_view text);
/// CRLF as LF.
std::string with_line_feeds(std::string_view text);
/// A name as tests may have: letters, digits, "_", no digit first.
bool is_test_name(std::string_view name);
/// Whether `text` matches a pattern of "*" and "?", letters of any case. Linear memory, quadratic
/// time at most.
bool matches_glob(std::string_view text, std::string_view glob);
/// Settings of tests that ask the network or learn, blanks between them.
std::string_view network_settings();
/// Names of functions that ask the network or a learner.
bool is_network_function(std::string_view name);
}
