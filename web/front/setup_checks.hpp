// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/front/html.hpp"
#include "web/front/visitor.hpp"

#include <boost/json/array.hpp>

namespace front {
/// A report's steps: each with its name, how it went, what was said, and what to do.
Html checks_of(const Visitor& visitor, const boost::json::array& steps);
Html next_link(std::string_view to, std::string_view label);
/// Nothing for no text.
Html error_text(std::string_view text);
Html text_input(std::string_view name, std::string_view label, std::string_view value);
}
