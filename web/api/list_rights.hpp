// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/lists.hpp"
#include "web/api/json.hpp"
#include "web/api/request.hpp"

#include <expected>
#include <string>
#include <vector>

namespace web {
/// Whose entries a request means, as the store writes scopes. "own" is each of the person's own
/// addresses, and so is nothing at all for everybody but administrators, who mean everyone.
/// A scope outside of reach is a 404, one that the role may not change a 403.
std::expected<std::vector<std::string>, Response> scopes_to_read(const Principal& principal,
                                                                 const std::string& text);
std::expected<std::vector<std::string>, Response> scopes_to_change(const Principal& principal,
                                                                   const std::string& text);

/// Nobody in particular has the name, by the public suffix list: "com", "co.jp". Who adds such an
/// entry is asked first.
bool is_public_suffix(const storage::ListEntry& entry);

bool is_within(const storage::Reach& reach, std::string_view scope);

void write_entry(JsonWriter& json, const storage::ListEntry& entry);
std::string_view to_string(storage::ListEntry::Kind kind);
std::string_view to_string(storage::ListEntry::Effect effect);
std::optional<storage::ListEntry::Effect> parse_effect(std::string_view text);

/// The same entry in several own scopes is one: as the first, with all hits.
std::vector<storage::ListEntry> merged(std::vector<storage::ListEntry> entries);
}
