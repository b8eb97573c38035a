// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/codec.hpp"

#include "filters/finding_types.hpp"
#include "filters/scan/octets.hpp"

#include <algorithm>
#include <set>

namespace filters {
template <> std::string_view known_name<content::Oddity>(std::string_view text)
{
    const auto names = content::oddity_names();
    const auto known = std::ranges::find(names, text);
    return known == names.end() ? std::string_view{} : *known;
}

/// Facts that a scan can find; a worker that speaks of others lies.
template <> std::string_view known_name<mail::Finding>(std::string_view text)
{
    static const std::set<std::string_view> names = [] {
        std::set<std::string_view> all{"content.unscannable"};
        for (const auto* layer : layer_types())
            if (layer->make_content)
                for (const auto& type : layer->findings)
                    all.insert(type.name);
        return all;
    }();
    const auto known = names.find(text);
    return known == names.end() ? std::string_view{} : *known;
}

template <> std::string_view known_name<LayerCost>(std::string_view text)
{
    const auto& types = layer_types();
    const auto known = std::ranges::find(types, text, &LayerType::name);
    return known == types.end() || !(*known)->make_content ? std::string_view{} : (*known)->name;
}

bool confine(Scanned& scanned)
{
    auto& content = scanned.content;
    content.raw_body = {};
    for (auto& body : content.bodies)
        body.raw = body.visible = body.hidden = body.tags = {};
    return confine<Scanned>(scanned);
}

std::string encode(const Scanned& scanned)
{
    OctetWriter out;
    out.put(scanned);
    return out.take();
}

std::optional<Scanned> decode(std::string_view encoded)
{
    OctetReader in{encoded};
    Scanned scanned;
    in.get(scanned);
    if (!in.is_complete())
        return {};
    return scanned;
}
}
