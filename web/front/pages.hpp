// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/http.hpp"
#include "web/front/html.hpp"
#include "web/front/settings.hpp"
#include "web/front/visitor.hpp"
#include "web/front/words.hpp"

#include <string>

namespace front {
/// A page of the front's own, whole: it works without JavaScript.
struct Page {
    unsigned status = 200;
    std::string_view title;
    Html body; ///< what stands below the heading
    Html above = {}; ///< what stands above it
    std::string_view here = "/"; ///< where the link to the other language leads
    bool has_contact = false;
    bool is_wide = false;
};
net::HttpResponse rendered(const Page& page, const Visitor& visitor, const Settings& settings);

/// A heading, a sentence, perhaps another: errors and notices.
net::HttpResponse notice(unsigned status, std::string_view title, std::string_view text,
                         const Visitor& visitor, const Settings& settings,
                         std::string_view second = {});
/// Leads a browser on after a POST, or to sign-in.
net::HttpResponse redirect(std::string location);
/// RFC 9457. `type` is constant, as the gate's are: "outside-the-networks".
net::HttpResponse problem(unsigned status, std::string_view type, std::string_view title,
                          std::string_view detail = {});
}
