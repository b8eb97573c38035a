// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "web/api/json.hpp"

namespace app::commands {
/// The members "parts" and "urls" of the object that `scan` prints (interface.md §1).
void write_parts_and_urls(web::JsonWriter& out, const filters::Content& content);
/// The members "attachments" and "urls" of what `mime dump` prints (../vectors/README). Files that
/// only some programs see carry `"alternative": true`.
void write_attachments_and_urls(web::JsonWriter& out, const filters::Content& content);
}
