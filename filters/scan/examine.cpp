// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/examine.hpp"

#include "filters/content/analysis.hpp"
#include "filters/scan/circumstances.hpp"
#include "filters/scan/codec.hpp"

#include <algorithm>
#include <chrono>

namespace filters {
std::vector<NamedLayer> named(const ContentLayers& layers)
{
    std::vector<NamedLayer> all;
    for (const auto& [layer, name] : layers)
        all.push_back({layer.get(), name});
    return all;
}

Scanned unscannable(std::string why)
{
    Scanned scanned;
    scanned.findings.push_back({.name = "content.unscannable", .detail = std::move(why)});
    return scanned;
}

namespace {
/// The layers of one scan, one after the other, on the clock where that is wanted.
class Examination {
public:
    using Clock = std::chrono::steady_clock;
    Examination(const mail::Message& message, std::span<const NamedLayer> layers,
                const Circumstances& circumstances, Scanned& scanned)
        : message_{message}, layers_{layers}, circumstances_{circumstances}, scanned_{scanned}
    {
        if (circumstances.is_timed)
            for (const auto& layer : layers)
                scanned.layers.push_back({layer.name});
    }
    void run()
    {
        each([this](const ContentLayer& layer) { layer.extract(message_, scanned_.content); });
        each([this](const ContentLayer& layer) { inspect(layer); });
        std::erase_if(scanned_.layers, [](const LayerCost& cost) { return cost.name.empty(); });
    }

private:
    template <class Call> void each(const Call& call)
    {
        const bool is_timed = !scanned_.layers.empty();
        auto start = is_timed ? Clock::now() : Clock::time_point{};
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            call(*layers_[i].layer);
            if (!is_timed)
                continue;
            const auto end = Clock::now();
            scanned_.layers[i].nanoseconds += static_cast<std::uint64_t>((end - start).count());
            start = end;
        }
    }
    void inspect(const ContentLayer& layer)
    {
        const auto* more = dynamic_cast<const CircumstantialLayer*>(&layer);
        auto found = more != nullptr
            ? more->inspect_with(message_, scanned_.content, circumstances_, scanned_.costs)
            : layer.inspect(message_, scanned_.content);
        scanned_.findings.insert(scanned_.findings.end(), std::make_move_iterator(found.begin()),
                                 std::make_move_iterator(found.end()));
    }
    const mail::Message& message_;
    std::span<const NamedLayer> layers_;
    const Circumstances& circumstances_;
    Scanned& scanned_;
};
}

Scanned guarded(const std::function<void(Scanned&)>& fill)
{
    try {
        Scanned scanned;
        fill(scanned);
        return confine(scanned) ? std::move(scanned)
                                : unscannable("what was found in it is too much");
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return unscannable(error.what());
    }
}

Scanned examine(const mail::Message& message, std::span<const NamedLayer> layers,
                const Circumstances& circumstances)
{
    return guarded([&](Scanned& scanned) {
        scanned.content = content::analyse(message, {});
        const auto& oddities = scanned.content.oddities;
        const auto cause = std::ranges::find_if(oddities, &content::Oddity::is_unscannable);
        if (cause != oddities.end())
            scanned.findings.push_back({.name = "content.unscannable", .detail = cause->detail});
        Examination{message, layers, circumstances, scanned}.run();
    });
}
}
