// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>

namespace vectors {
/// The folder of the public test vectors, beside the repository: they are not part of it.
std::filesystem::path folder();
/// Adds a test case that the binary lists by this name; `tag` is a word such as "spf".
void add_case(const std::string& name, const std::string& tag, std::function<void()> body);

/// One function per file of vectors, called by main before the tests run.
void add_spf_cases();
void add_dkim_cases();
void add_arc_cases();
}
