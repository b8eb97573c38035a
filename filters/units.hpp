// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace filters {
/// Values as people write them in YAML. Each returns nullopt for anything else; none throws.

/// "30 s", "5 min", "1 h", "250 ms", "5 days", "2 weeks", also "1.5 h". A bare "0" is no time; any
/// other number needs its unit. At most 100 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "500 B", "50 MiB", "10 GB" (KiB 1024, kB 1000). A bare "0" is nothing; any other number needs
/// its unit.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// So many in a window.
struct Rate {
    double count = 0;
    std::chrono::milliseconds window{};
    bool operator==(const Rate&) const = default;
};
/// "200 per 30 min", "10 per h", "500 per day".
std::optional<Rate> parse_rate(std::string_view text);

/// "500 B/s", "2 MiB/s": octets a second.
std::optional<std::uint64_t> parse_data_rate(std::string_view text);

/// true, yes, on; false, no, off; whatever the case.
std::optional<bool> parse_boolean(std::string_view text);
std::optional<std::int64_t> parse_number(std::string_view text);
/// A finite decimal number.
std::optional<double> parse_real(std::string_view text);

/// In the largest unit that divides it: "30 s", "5 days", "50 MiB".
std::string duration_text(std::chrono::milliseconds time);
std::string size_text(std::uint64_t octets);
/// As short as it can be and read back the same: "3.5", "6".
std::string real_text(double value);
}
