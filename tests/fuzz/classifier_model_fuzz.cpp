// SPDX-License-Identifier: Apache-2.0
// A model's file: whatever it holds, loading it ends, and a model that was loaded judges with
// numbers. The checksum is made right, so that what is behind it is reached.
#include "filters/classify/model.hpp"
#include "filters/classify/step_code.hpp"
#include "tests/fuzz/require.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace filters::classify;
    std::string file{reinterpret_cast<const char*>(data), size};
    const auto sum = checksum_of_model(file);
    file.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    Model model;
    const filters::content::Features features{{1, 2, 3}, {1, 2}, {}};
    if (model.load(file)) {
        require(!std::isnan(model.judge(features).probability));
        model.learn(features, Label::spam, Trust::full);
        require(!std::isnan(model.judge(features).probability));
    }
    if (const auto step = unpack_step(file))
        model.unlearn(features, *step);
    return 0;
}
