// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "filters/content/limits.hpp"
#include "gateway/mail/message.hpp"

namespace filters::content {
/// Bytes → Content: structure, texts, links, archives, documents, pictures, within the limits.
/// Pure; linear in the size; throws only std::bad_alloc.
Content analyse(const mail::Message& message, const Limits& limits);
}
