// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// A layer's settings: its own YAML defaults with the administrator's values merged over them,
/// checked against the defaults' keys and types. Asking for a key that the defaults lack is our
/// mistake (assert).
class Settings {
public:
    Settings();
    ~Settings();
    Settings(const Settings&);
    Settings& operator=(const Settings&);

    bool boolean(std::string_view key) const;
    std::int64_t number(std::string_view key) const;
    double real(std::string_view key) const;
    std::string text(std::string_view key) const;
    std::chrono::milliseconds duration(std::string_view key) const; ///< "30 s", "5 min"
    std::uint64_t size(std::string_view key) const; ///< "2 MiB"
    std::vector<std::string> texts(std::string_view key) const;
    /// A list of maps such as the rules of `words`.
    std::vector<Settings> items(std::string_view key) const;
    bool has(std::string_view key) const;
    /// "file:line:col" of a key, for complaints that a layer makes itself.
    std::string where(std::string_view key) const;

private:
    friend class SettingsReader;
    struct State;
    std::shared_ptr<const State> state_;
};
}
