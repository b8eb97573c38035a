// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/evaluation.hpp"

#include <charconv>
#include <unordered_map>

namespace filters::rulebook {
Evaluation find_evaluation(std::string_view name)
{
    static const auto all = [] {
        std::unordered_map<std::string_view, Evaluation> table;
        for (const auto list :
             {header_evaluations(), relay_evaluations(), list_evaluations(), body_evaluations(),
              html_evaluations(), part_evaluations(), picture_evaluations(), charset_evaluations()})
            for (const auto& [known, function] : list)
                table.emplace(known, function);
        return table;
    }();
    const auto found = all.find(name);
    return found == all.end() ? nullptr : found->second;
}

double number_argument(std::span<const std::string> arguments, std::size_t index, double otherwise)
{
    if (index >= arguments.size())
        return otherwise;
    double value = otherwise;
    const auto& text = arguments[index];
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string_view text_argument(std::span<const std::string> arguments, std::size_t index)
{
    return index < arguments.size() ? std::string_view{arguments[index]} : std::string_view{};
}
}
