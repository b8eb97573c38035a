// SPDX-License-Identifier: Apache-2.0
#include "web/front/assets.hpp"

#include "web/front/text.hpp"
#include "web/front/visitor.hpp"

#include <algorithm>

namespace front {
namespace {
/// "gzip" is among what the browser takes, and not at q=0 (RFC 9110 §12.5.3).
bool takes_gzip(std::string_view accepted)
{
    while (!accepted.empty()) {
        const auto [item, rest] = cut(accepted, ',');
        const auto [coding, parameters] = cut(item, ';');
        accepted = rest;
        if (lower_case(trimmed(coding)) != "gzip")
            continue;
        const auto weight = trimmed(parameters);
        return !weight.starts_with("q=0") || weight.find_first_of("123456789") != weight.npos;
    }
    return false;
}

/// One of the tags the browser has is the asset's; weak ones count (RFC 9110 §13.1.2).
bool is_known(std::string_view tags, std::string_view tag)
{
    while (!tags.empty()) {
        const auto [item, rest] = cut(tags, ',');
        tags = rest;
        auto one = trimmed(item);
        if (one.starts_with("W/"))
            one.remove_prefix(2);
        if (one == tag || one == "*")
            return true;
    }
    return false;
}
}

const Asset* find_asset(std::string_view path)
{
    const auto all = assets();
    const auto found = std::ranges::lower_bound(all, path, {}, &Asset::path);
    return found == all.end() || found->path != path ? nullptr : &*found;
}

net::HttpResponse answer_asset(const Asset& asset, const net::HttpRequest& request)
{
    net::HttpResponse response{.content_type = std::string{asset.type}};
    response.headers["ETag"] = asset.tag;
    response.headers["Vary"] = "Accept-Encoding";
    response.headers["Cache-Control"]
        = asset.is_immutable ? "public, max-age=31536000, immutable" : "no-cache";
    if (is_known(header(request, "if-none-match"), asset.tag)) {
        response.status = 304;
        return response;
    }
    response.lasting_body = asset.plain;
    if (!asset.gzip.empty() && takes_gzip(header(request, "accept-encoding"))) {
        response.headers["Content-Encoding"] = "gzip";
        response.lasting_body = asset.gzip;
    }
    return response;
}
}
