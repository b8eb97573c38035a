// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// The links and addresses that SpamAssassin's tests know in running text, at most `limit`, in the
/// order they stand: "scheme://…", "www.…", "ftp.…", addresses, and bare hosts under a known top
/// domain that nothing but blanks, quotes and brackets surround. Each as written, with the scheme
/// where it has none. Linear. Differs from content::find_urls on purpose.
std::vector<std::string> find_text_links(std::string_view text, std::size_t limit);
}
