// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/evaluation.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;

/// Whether what is declared is a picture of a kind: "gif", "png", "jpeg", "all".
bool is_picture_type(std::string_view declared, std::string_view kind)
{
    static constexpr std::array<std::string_view, 3> known{"image/gif", "image/png", "image/jpeg"};
    if (declared == "image/jpg")
        declared = "image/jpeg";
    return std::ranges::find(known, declared) != known.end()
        && (kind == "all" || declared.substr(6) == kind);
}

/// A picture of the message itself that could be read.
bool is_picture(const content::File& file, std::string_view kind)
{
    return file.width > 0 && file.depth == 0 && !file.is_alternative
        && is_picture_type(file.declared, kind);
}

double area_of(const EvaluationContext& context, std::string_view type)
{
    double area = 0;
    for (const auto& file : context.view.content().files)
        if (is_picture(file, type))
            area += static_cast<double>(file.width) * file.height;
    return area;
}

double pictures(const EvaluationContext& context, Arguments arguments)
{
    const auto type = text_argument(arguments, 0);
    const auto count = static_cast<double>(
        std::ranges::count_if(context.view.structure(), [&](const content::Part& part) {
            // Octets of pictures stand in no part that is not encoded.
            const bool is_encoded = part.encoding == content::Encoding::base64
                || part.encoding == content::Encoding::uuencode;
            return !part.is_container && is_encoded && is_picture_type(part.type, type);
        }));
    return count >= number_argument(arguments, 1, 0) && count <= number_argument(arguments, 2, 1e9);
}

double pixels(const EvaluationContext& context, Arguments arguments)
{
    const double area = area_of(context, text_argument(arguments, 0));
    return area > 0 && area >= number_argument(arguments, 1, 0)
        && area <= number_argument(arguments, 2, 1e12);
}

double picture_to_text(const EvaluationContext& context, Arguments arguments)
{
    const double area = area_of(context, text_argument(arguments, 0));
    std::size_t text = 0;
    if (context.target == Kind::rawbody)
        for (const auto piece : context.view.rawbody())
            text += piece.size();
    else
        for (const auto& line : context.view.body())
            text += line.size();
    if (area == 0 || text == 0)
        return 0;
    const double ratio = static_cast<double>(text) / area;
    return ratio >= number_argument(arguments, 1, 0) && ratio < number_argument(arguments, 2, 1e9);
}

constexpr std::array<NamedEvaluation, 3> table{{{"image_count", pictures},
                                                {"pixel_coverage", pixels},
                                                {"image_to_text_ratio", picture_to_text}}};
}

std::span<const NamedEvaluation> picture_evaluations() { return table; }
}
