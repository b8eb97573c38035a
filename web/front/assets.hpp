// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"

#include <span>
#include <string_view>

namespace front {
/// A file of the pages, carried in the binary as it is and compressed.
struct Asset {
    std::string_view path; ///< "/assets/app.1a2b3c4d.js"
    std::string_view type;
    std::string_view tag; ///< ETag, with its quotes
    std::string_view plain, gzip;
    bool is_immutable = false; ///< its name has a hash of its contents
};
/// All of them, by path in ascending order. Written by web/front/embed.mjs.
std::span<const Asset> assets();
/// Paths of the style sheet for the pages of the front's own, and of the shell of the others.
extern const std::string_view style_path, shell_path;

const Asset* find_asset(std::string_view path);
/// Answers GET and HEAD: 304 where the browser has it, compressed where it takes that.
net::HttpResponse answer_asset(const Asset& asset, const net::HttpRequest& request);
}
