// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/yaml.hpp"
#include "gateway/mail/ip.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// A layer's settings: its own YAML defaults with the administrator's values merged over them,
/// checked against the defaults' keys and types. Asking for a key that the defaults lack is our
/// mistake (assert). In the defaults a list tagged `!example` is empty; its one map shows what each
/// item may have.
class Settings {
public:
    Settings();
    ~Settings();
    Settings(const Settings&);
    Settings& operator=(const Settings&);

    /// Reads the defaults of the layer `name` and `given` over them; `nothing` changes nothing.
    /// What is wrong with `given` goes to `sink`, as does what the layer complains of later.
    static Settings read(std::string_view name, std::string_view defaults, const Yaml& given,
                         std::shared_ptr<Complaints> sink);

    bool boolean(std::string_view key) const;
    std::int64_t number(std::string_view key) const;
    double real(std::string_view key) const;
    std::string text(std::string_view key) const;
    std::chrono::milliseconds duration(std::string_view key) const; ///< "30 s", "5 min"
    std::uint64_t size(std::string_view key) const; ///< "2 MiB"
    Rate rate(std::string_view key) const; ///< "200 per 30 min"
    std::vector<std::string> texts(std::string_view key) const;
    /// A list of CIDR blocks; complains of an entry that is none.
    std::vector<mail::Network> networks(std::string_view key) const;
    /// The index of the value among `choices`; complains of any other value and returns 0.
    std::size_t choice(std::string_view key, std::initializer_list<std::string_view> choices) const;
    /// A list of maps such as the rules of `words`.
    std::vector<Settings> items(std::string_view key) const;
    /// The key has a value, by default or given.
    bool has(std::string_view key) const;
    /// "file:line:col" of a key, for complaints that a layer makes itself.
    std::string where(std::string_view key) const;
    /// The configuration is refused with this complaint at the key (or at the whole where it is
    /// missing).
    void complain(std::string_view key, std::string text, std::string hint = {}) const;

private:
    struct State;
    const Yaml value(std::string_view key) const;
    std::shared_ptr<const State> state_;
};
}
