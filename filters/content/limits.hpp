// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace filters::content {
/// Limits of promise §6, for one message. What lies beyond is not read, and an `Oddity` says so.
struct Limits {
    std::size_t depth = 32; ///< of parts in parts and messages in messages
    std::size_t parts = 1000;
    std::size_t parameters = 100; ///< of one field; RFC 2231 segments too
    std::size_t part_bytes = 50U << 20; ///< decoded octets of one part
    std::size_t text_bytes = 2U << 20; ///< of one part as UTF-8, and of HTML read
    std::size_t all_text_bytes = 8U << 20; ///< of all parts together
    std::size_t raw_body_bytes = 2U << 20;
    std::size_t reading_bytes = 4U << 20; ///< of `Content::readings` together
    std::size_t preview_bytes = 16U << 10;
    std::size_t open_elements = 256; ///< of HTML
    std::size_t attributes = 64; ///< of one HTML tag
    std::size_t links = 1000;
    std::size_t archive_depth = 4;
    std::size_t archive_entries = 2000;
    std::size_t archive_ratio = 200; ///< unpacked over packed octets
    std::size_t archive_bytes = 100U << 20; ///< unpacked, of all archives together
    std::size_t pixels = 25'000'000; ///< of one picture
};
}
