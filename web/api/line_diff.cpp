// SPDX-License-Identifier: Apache-2.0
#include "web/api/line_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace web {
namespace {
using Lines = std::vector<std::string_view>;
constexpr std::size_t most_cells = 8U << 20; ///< of the table of common lines
constexpr std::size_t context = 3;

Lines lines_of(std::string_view text)
{
    Lines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// One line of the result: common, gone (-) or new (+).
struct Step {
    char sign = ' ';
    std::string_view line;
};

/// By the longest common subsequence, from its end.
class Middle {
public:
    Middle(const Lines& before, const Lines& after, std::size_t front, std::size_t back)
        : before_{before.begin() + static_cast<std::ptrdiff_t>(front),
                  before.end() - static_cast<std::ptrdiff_t>(back)},
          after_{after.begin() + static_cast<std::ptrdiff_t>(front),
                 after.end() - static_cast<std::ptrdiff_t>(back)}
    { }

    void write(std::vector<Step>& steps)
    {
        const bool is_small = (before_.size() + 1) * (after_.size() + 1) <= most_cells;
        if (is_small)
            fill();
        std::size_t i = 0, j = 0;
        while (i < before_.size() || j < after_.size()) {
            if (is_small && i < before_.size() && j < after_.size() && before_[i] == after_[j]) {
                steps.push_back({' ', before_[i++]});
                ++j;
            } else if (j == after_.size()
                       || (i < before_.size() && (!is_small || at(i + 1, j) >= at(i, j + 1)))) {
                steps.push_back({'-', before_[i++]});
            } else {
                steps.push_back({'+', after_[j++]});
            }
        }
    }

private:
    std::uint16_t& at(std::size_t i, std::size_t j) { return table_[i * (after_.size() + 1) + j]; }
    void fill()
    {
        table_.assign((before_.size() + 1) * (after_.size() + 1), 0);
        for (std::size_t i = before_.size(); i-- > 0;)
            for (std::size_t j = after_.size(); j-- > 0;)
                at(i, j) = before_[i] == after_[j]
                    ? static_cast<std::uint16_t>(std::min<unsigned>(at(i + 1, j + 1) + 1U, 65535U))
                    : std::max(at(i + 1, j), at(i, j + 1));
    }
    Lines before_, after_;
    std::vector<std::uint16_t> table_;
};

std::vector<Step> steps_of(const Lines& before, const Lines& after)
{
    std::size_t front = 0, back = 0;
    const auto least = std::min(before.size(), after.size());
    while (front < least && before[front] == after[front])
        ++front;
    while (back < least - front
           && before[before.size() - 1 - back] == after[after.size() - 1 - back])
        ++back;
    std::vector<Step> steps;
    for (std::size_t i = 0; i < front; ++i)
        steps.push_back({' ', before[i]});
    Middle{before, after, front, back}.write(steps);
    for (std::size_t i = before.size() - back; i < before.size(); ++i)
        steps.push_back({' ', before[i]});
    return steps;
}

/// Steps from `first` on that belong into one hunk: changes with at most twice the context
/// between them.
std::size_t end_of_hunk(const std::vector<Step>& steps, std::size_t first)
{
    std::size_t last_change = first;
    for (std::size_t i = first; i < steps.size() && i <= last_change + 2 * context + 1; ++i)
        if (steps[i].sign != ' ')
            last_change = i;
    return std::min(last_change + context + 1, steps.size());
}
}

LineDiff line_diff(std::string_view before, std::string_view after, std::string_view before_name,
                   std::string_view after_name)
{
    const auto steps = steps_of(lines_of(before), lines_of(after));
    LineDiff diff;
    std::size_t old_line = 1, new_line = 1, written = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].sign == ' ')
            continue;
        const auto begin = std::max(written, i < context ? 0 : i - context);
        const auto end = end_of_hunk(steps, i);
        for (; written < begin; ++written, ++old_line, ++new_line) { }
        std::string body;
        std::size_t old_lines = 0, new_lines = 0;
        for (; written < end; ++written) {
            body.append(1, steps[written].sign).append(steps[written].line).append("\n");
            old_lines += steps[written].sign != '+';
            new_lines += steps[written].sign != '-';
            diff.added += steps[written].sign == '+';
            diff.removed += steps[written].sign == '-';
        }
        if (diff.text.empty())
            diff.text = fmt::format("--- {}\n+++ {}\n", before_name, after_name);
        diff.text
            += fmt::format("@@ -{},{} +{},{} @@\n{}", old_lines == 0 ? old_line - 1 : old_line,
                           old_lines, new_lines == 0 ? new_line - 1 : new_line, new_lines, body);
        old_line += old_lines;
        new_line += new_lines;
        i = end - 1;
    }
    return diff;
}
}
