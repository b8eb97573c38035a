// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace filters::rulebook {
/// What rule files may ask of the program that reads them ("if version", "plugin(…)", "can(…)").
/// We answer like SpamAssassin 4.0.1 with Debian's set of plugins and local tests only.
constexpr double claimed_version = 4.000001, claimed_perl_version = 5.036000;
bool has_plugin(std::string_view name);
bool has_ability(std::string_view name);
}
