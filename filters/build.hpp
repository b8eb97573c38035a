// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/chain.hpp"
#include "filters/policy.hpp"
#include "filters/scan/worker.hpp"
#include "filters/yaml.hpp"

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace filters {
/// Settings of layers as the configuration gives them: by layer name, each with its place in the
/// file.
using LayerSettings = std::map<std::string, Yaml, std::less<>>;

/// Picks them out of a whole mailweir.yaml: `layers: { words: {...} }`, and the top-level keys of
/// the listener layers (`dos`, `blocklist`, `rate`). Where a layer's own text does not say
/// otherwise, `dos` takes `limits.connections` and `limits.connections_per_source`, `headers`
/// `limits.received_fields`, `helo` the hostname, `blocklist` the contact. Complains of layers that
/// do not exist.
LayerSettings layer_settings(const Yaml& configuration, Complaints& complaints);

/// Makes the listener layers and the layers that the policy names. May read files: never on a loop.
/// `services` outlives the chain.
std::expected<std::shared_ptr<const Chain>, Complaints>
build_chain(const PolicySet& policy, const LayerSettings& settings, Services& services);

/// The content halves of the same layers, those that are needed: what the scan role holds. Of
/// `services` only what needs no thread, no network and no store may be set.
std::expected<ContentLayers, Complaints>
build_content_layers(const PolicySet& policy, const LayerSettings& settings, Services& services);
}
