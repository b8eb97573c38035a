// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/step_code.hpp"

#include <cmath>
#include <cstring>

namespace filters::classify {
namespace {
/// Label, units, error, rate; what is left is an octet for each feature.
constexpr std::size_t head = 2 + 2 * sizeof(float);
}

std::string pack_step(const Lesson& lesson)
{
    std::string packed(head, '\0');
    packed[0] = static_cast<char>(lesson.label);
    packed[1] = static_cast<char>(lesson.units);
    std::memcpy(packed.data() + 2, &lesson.step.error, sizeof(float));
    std::memcpy(packed.data() + 2 + sizeof(float), &lesson.step.rate, sizeof(float));
    packed.append(lesson.step.pasts.begin(), lesson.step.pasts.end());
    return packed;
}

std::optional<Lesson> unpack_step(std::string_view packed)
{
    if (packed.size() < head || packed[0] < 0 || packed[0] > 1)
        return {};
    Lesson lesson;
    lesson.label = static_cast<Label>(packed[0]);
    lesson.units = static_cast<std::uint8_t>(packed[1]);
    std::memcpy(&lesson.step.error, packed.data() + 2, sizeof(float));
    std::memcpy(&lesson.step.rate, packed.data() + 2 + sizeof(float), sizeof(float));
    if (!(std::abs(lesson.step.error) <= 1) || !(lesson.step.rate >= 0 && lesson.step.rate <= 1))
        return {};
    packed.remove_prefix(head);
    lesson.step.pasts.assign(packed.begin(), packed.end());
    return lesson;
}
}
