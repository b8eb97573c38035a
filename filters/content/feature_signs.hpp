// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "gateway/mail/header.hpp"

#include <string>
#include <vector>

namespace filters::content {
/// How a message is built, a few words for each sign ("=links 3"): who it says to be from against
/// where it was made, shape of subject and text, numbers of links and hosts on a logarithmic scale.
/// In a fixed order; about twenty, at most fifty.
std::vector<std::string> structure_signs(const mail::Header& header, const Content& content);
}
