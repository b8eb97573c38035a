// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/complaint.hpp"
#include "filters/units.hpp"

#include <cstddef>
#include <expected>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filters {
/// A place in one YAML document: a scalar, a list, a map, or nothing. Cheap to copy, immutable,
/// keeps its document alive and knows its file, line and column. Duplicate keys, anchors, aliases
/// and documents beyond the bounds were refused when it was parsed.
class Yaml {
public:
    enum class Kind { nothing, scalar, list, map };
    static constexpr std::size_t largest = 8U << 20; ///< octets of a document
    static constexpr std::size_t deepest = 32; ///< lists and maps within each other
    static constexpr std::size_t most_nodes = 500'000;

    Yaml() = default;
    /// `file` is only for complaints. An empty document is `nothing`.
    static std::expected<Yaml, Complaints> parse(std::string_view text, std::string file);
    /// Maps merge key by key, everything else is replaced by `over`; every place keeps its own file
    /// and line.
    static Yaml merged(const Yaml& base, const Yaml& over);

    /// A map of one key, which stands where its value stands.
    static Yaml map_of(std::string key, const Yaml& value);

    Kind kind() const;
    explicit operator bool() const { return kind() != Kind::nothing; }
    bool is_scalar() const { return kind() == Kind::scalar; }
    bool is_list() const { return kind() == Kind::list; }
    bool is_map() const { return kind() == Kind::map; }
    /// Written in quotes: text, never a number or a switch.
    bool is_quoted() const;
    /// The scalar's text, "" otherwise.
    const std::string& text() const;
    /// "!example" and the like, "" where none was written.
    const std::string& tag() const;
    /// Entries of a list, empty otherwise.
    std::vector<Yaml> items() const;
    /// Keys (scalars) and values of a map in the order written, empty otherwise.
    std::vector<std::pair<Yaml, Yaml>> entries() const;
    /// The value of a key, `nothing` where it is missing or empty; the path form walks: at({"web",
    /// "tls"}).
    Yaml find(std::string_view key) const;
    Yaml at(std::initializer_list<std::string_view> path) const;
    /// The key is written in this map, with or without a value.
    bool has(std::string_view key) const;

    const std::string& file() const;
    int line() const;
    int column() const;
    /// "file:line:col".
    std::string where() const;
    Complaint complain(std::string text, std::string hint = {}) const;

private:
    friend class YamlBuilder;
    struct Source;
    struct Node;
    explicit Yaml(std::shared_ptr<const Node> node) : node_{std::move(node)} { }
    std::shared_ptr<const Node> node_;
};

/// Reads a map key by key; what is missing or unreadable gives `otherwise`, the latter with a
/// complaint. `finish` complains of every key that was never asked for.
class YamlMap {
public:
    /// `nothing` counts as an empty map; anything but a map is complained of.
    YamlMap(Yaml map, Complaints& complaints);

    /// The place itself, for nested reading.
    Yaml find(std::string_view key);
    bool has(std::string_view key);
    std::string text(std::string_view key, std::string otherwise = {});
    bool boolean(std::string_view key, bool otherwise);
    std::int64_t number(std::string_view key, std::int64_t otherwise, std::int64_t least,
                        std::int64_t most);
    double real(std::string_view key, double otherwise);
    std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds otherwise);
    std::uint64_t size(std::string_view key, std::uint64_t otherwise);
    Rate rate(std::string_view key, Rate otherwise);
    /// A list of scalars; a single scalar counts as a list of one.
    std::vector<std::string> texts(std::string_view key);
    /// The index of the value among `choices`.
    std::size_t choice(std::string_view key, std::initializer_list<std::string_view> choices,
                       std::size_t otherwise);
    void complain(std::string_view key, std::string text, std::string hint = {});
    void finish();

    const Yaml& node() const { return map_; }
    Complaints& complaints() { return complaints_; }

private:
    template <class T>
    T read(std::string_view key, T otherwise, std::optional<T> (*parse)(std::string_view),
           std::string_view form);
    Yaml map_;
    Complaints& complaints_;
    std::set<std::string, std::less<>> asked_;
};
}
