// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/rule.hpp"

#include <string>
#include <string_view>

namespace filters::rulebook {
/// An expression with its tags replaced (Mail::SpamAssassin::Plugin::ReplaceTags): "<A>" by the
/// tag's text, "<pre X>", "<inter X>" and "<post X>" by nothing, after which X stands before,
/// between and behind all tags. At most 64 KiB; what names no tag stays.
std::string replace_tags(std::string_view expression, const RuleBook& book);
/// The same as calls of groups that stand in front: what is long stands there once.
std::string replace_tags_by_calls(std::string_view expression, const RuleBook& book);
}
