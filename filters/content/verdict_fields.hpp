// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

namespace filters::content {
/// Header fields in which spam filters write their verdicts. From hosts that are not listed as
/// upstream they are forged or meaningless, and are left out of what is delivered (features I11).
const std::vector<std::string_view>& verdict_field_names();
/// One of them, whatever the case.
bool is_verdict_field(std::string_view name);
/// One in which some filter, or somebody in its name, says what it thinks of the message.
bool is_word_of_filters(std::string_view name);
}
