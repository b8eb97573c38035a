// SPDX-License-Identifier: Apache-2.0
#include "filters/build.hpp"

#include <algorithm>

namespace filters {
namespace {
const LayerType* layer_named(std::string_view name)
{
    for (const auto* type : layer_types())
        if (type->name == name)
            return type;
    return nullptr;
}

/// Keys of the configuration that are also a layer's settings, where the layer has none of its own.
void borrow(const Yaml& configuration, LayerSettings& settings)
{
    const auto take = [&](std::string_view layer, std::string_view key, const Yaml& value) {
        if (!value.is_scalar())
            return;
        Yaml& own = settings[std::string{layer}];
        if (!own || (own.is_map() && !own.has(key)))
            own = Yaml::merged(Yaml::map_of(std::string{key}, value), own);
    };
    take("dos", "connections", configuration.at({"limits", "connections"}));
    take("dos", "connections_per_source", configuration.at({"limits", "connections_per_source"}));
    take("headers", "most_received", configuration.at({"limits", "received_fields"}));
    take("helo", "own_names", configuration.find("hostname"));
    const Yaml url = configuration.at({"contact", "url"});
    take("blocklist", "contact", url ? url : configuration.at({"contact", "phone"}));
}

Settings own_settings(const LayerType& type, const LayerSettings& settings,
                      const std::shared_ptr<Complaints>& sink)
{
    const auto given = settings.find(type.name);
    return Settings::read(type.name, type.settings,
                          given == settings.end() ? Yaml{} : given->second, sink);
}

bool runs(const LayerType& type, const PolicySet& policy)
{
    return type.is_listener_layer
        || std::find(policy.layers.begin(), policy.layers.end(), type.name) != policy.layers.end();
}
}

LayerSettings layer_settings(const Yaml& configuration, Complaints& complaints)
{
    LayerSettings settings;
    std::vector<std::string_view> names;
    for (const auto* type : layer_types()) {
        if (!type->is_listener_layer)
            names.push_back(type->name);
        else if (const Yaml own = configuration.find(type->name))
            settings.emplace(type->name, own);
    }
    const Yaml layers = configuration.find("layers");
    if (layers && !layers.is_map())
        complaints.push_back(layers.complain("\"layers\" must be a map from layer to its settings; "
                                             "which layers run is the policy's business"));
    for (const auto& [key, value] : layers.entries()) {
        const auto* type = layer_named(key.text());
        if (!type)
            complaints.push_back(key.complain("no layer is called \"" + key.text() + "\"",
                                              did_you_mean(key.text(), names)));
        else if (type->is_listener_layer)
            complaints.push_back(
                key.complain("\"" + key.text() + "\" is set at the top, not under \"layers\""));
        else
            settings.emplace(key.text(), value);
    }
    borrow(configuration, settings);
    return settings;
}

std::expected<std::shared_ptr<const Chain>, Complaints>
build_chain(const PolicySet& policy, const LayerSettings& settings, Services& services)
{
    const auto sink = std::make_shared<Complaints>();
    std::vector<Chain::Link> links;
    std::vector<const LayerType*> types;
    for (const auto* type : layer_types()) {
        // Settings of a layer that does not run are still read, so that a typing error shows now.
        const auto own = own_settings(*type, settings, sink);
        if (!runs(*type, policy))
            continue;
        Chain::Link link{.type = type, .limit = type->limit};
        if (type->make)
            link.layer = type->make(own, services);
        if (type->make_content)
            link.content = type->make_content(own, services);
        links.push_back(std::move(link));
        types.push_back(type);
    }
    if (const auto circle = Chain::circle(types); !circle.empty())
        sink->push_back({.file = "layers", .text = "these wait for each other: " + circle});
    if (!sink->empty())
        return std::unexpected{std::move(*sink)};
    return std::make_shared<const Chain>(std::move(links), &services);
}

std::expected<ContentLayers, Complaints>
build_content_layers(const PolicySet& policy, const LayerSettings& settings, Services& services)
{
    const auto sink = std::make_shared<Complaints>();
    ContentLayers layers;
    for (const auto* type : layer_types()) {
        if (!type->make_content || !runs(*type, policy))
            continue;
        auto layer = type->make_content(own_settings(*type, settings, sink), services);
        if (layer && layer->is_needed())
            layers.push_back({std::move(layer), type->name});
    }
    if (!sink->empty())
        return std::unexpected{std::move(*sink)};
    return layers;
}
}
