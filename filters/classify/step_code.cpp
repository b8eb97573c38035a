// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/step_code.hpp"

#include <cmath>
#include <cstring>

namespace filters::classify {
namespace {
/// Label and trust, units, errors, rate; what is left is an octet for each feature.
constexpr std::size_t errors = sizeof(LinearStep::errors), head = 2 + errors + sizeof(float);
}

std::string pack_step(const Lesson& lesson)
{
    std::string packed(head, '\0');
    packed[0] = static_cast<char>(static_cast<unsigned>(lesson.label)
                                  | static_cast<unsigned>(lesson.trust) << 1);
    packed[1] = static_cast<char>(lesson.units);
    std::memcpy(packed.data() + 2, lesson.step.errors.data(), errors);
    std::memcpy(packed.data() + 2 + errors, &lesson.step.rate, sizeof(float));
    packed.append(lesson.step.pasts.begin(), lesson.step.pasts.end());
    return packed;
}

std::optional<Lesson> unpack_step(std::string_view packed)
{
    constexpr unsigned most = static_cast<unsigned>(Trust::strangers) << 1 | 1;
    if (packed.size() < head || static_cast<unsigned char>(packed[0]) > most)
        return {};
    Lesson lesson;
    lesson.label = static_cast<Label>(packed[0] & 1);
    lesson.trust = static_cast<Trust>(packed[0] >> 1);
    lesson.units = static_cast<std::uint8_t>(packed[1]);
    std::memcpy(lesson.step.errors.data(), packed.data() + 2, errors);
    std::memcpy(&lesson.step.rate, packed.data() + 2 + errors, sizeof(float));
    for (const float error : lesson.step.errors)
        if (!(std::abs(error) <= 1))
            return {};
    if (!(lesson.step.rate >= 0 && lesson.step.rate <= 1))
        return {};
    packed.remove_prefix(head);
    lesson.step.pasts.assign(packed.begin(), packed.end());
    return lesson;
}
}
