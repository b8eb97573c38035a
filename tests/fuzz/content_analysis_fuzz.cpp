// SPDX-License-Identifier: Apache-2.0
// A whole message: texts, files, links and preview keep their limits.
#include "filters/content/analysis.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

using namespace filters::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    Limits limits;
    limits.parts = 50;
    limits.depth = 6;
    limits.text_bytes = 2000;
    limits.all_text_bytes = 5000;
    limits.links = 20;
    limits.preview_bytes = 500;
    const auto content = analyse(mail::Message::from_text(text), limits);
    std::size_t text_size = 0;
    for (const auto& body : content.bodies) {
        require(mail::is_utf8(body.raw) && mail::is_utf8(body.visible)
                && mail::is_utf8(body.hidden));
        require(body.raw.size() <= limits.text_bytes);
        text_size += body.raw.size();
    }
    require(text_size <= limits.all_text_bytes);
    require(content.links.size() <= limits.links);
    require(content.preview.size() <= limits.preview_bytes && mail::is_utf8(content.preview));
    require(mail::is_utf8(content.subject) && mail::is_utf8(content.from_name));
    return 0;
}
