// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/content_json.hpp"

#include "filters/content/sha256.hpp"

#include <set>

namespace app::commands {
namespace {
void write_urls(web::JsonWriter& out, const filters::Content& content)
{
    out.key("urls").begin_array();
    std::set<std::string> written;
    for (const auto& link : content.links)
        if (auto url = link.url.to_string(); written.insert(url).second)
            out.text(url);
    out.end_array();
}
}

void write_parts_and_urls(web::JsonWriter& out, const filters::Content& content)
{
    out.key("parts").begin_array();
    for (const auto& file : content.files)
        out.begin_object()
            .member("type", file.declared)
            .member("filename", file.filename)
            .member("size", file.size)
            .end_object();
    out.end_array();
    write_urls(out, content);
}

void write_attachments_and_urls(web::JsonWriter& out, const filters::Content& content)
{
    out.key("attachments").begin_array();
    for (const auto& file : content.files) {
        if (!file.is_attachment || file.depth > 0)
            continue;
        out.begin_object().member("name", file.filename);
        out.member("sha256", filters::content::to_hex(file.sha256));
        if (file.is_alternative)
            out.member("alternative", true);
        out.end_object();
    }
    out.end_array();
    write_urls(out, content);
}
}
