// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/message_view.hpp"
#include "filters/rules/rule.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// What an evaluation function may look at.
struct EvaluationContext {
    const MessageView& view;
    const Lists& lists;
    Kind target = Kind::body; ///< what the rule was declared as
};
/// A function that rules call by name ("eval:html_tag_exists('form')"): 0 is no hit.
using Evaluation = double (*)(const EvaluationContext&, std::span<const std::string> arguments);

struct NamedEvaluation {
    std::string_view name;
    Evaluation function;
};
/// nullptr: nobody here knows that function.
Evaluation find_evaluation(std::string_view name);

/// By subject, for `find_evaluation`.
std::span<const NamedEvaluation> header_evaluations();
std::span<const NamedEvaluation> relay_evaluations();
std::span<const NamedEvaluation> list_evaluations();
std::span<const NamedEvaluation> body_evaluations();
std::span<const NamedEvaluation> html_evaluations();
std::span<const NamedEvaluation> part_evaluations();
std::span<const NamedEvaluation> picture_evaluations();
std::span<const NamedEvaluation> charset_evaluations();

/// The argument at `index` as a number, else `otherwise`; "undef" counts as missing.
double number_argument(std::span<const std::string> arguments, std::size_t index, double otherwise);
std::string_view text_argument(std::span<const std::string> arguments, std::size_t index);
}
