// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/alert_state.hpp"

#include <string>
#include <vector>

namespace web {
/// What is to be told in one mail or one POST.
struct Notice {
    std::string id; ///< unique
    WallTime time{};
    std::string hostname, web_url;
    std::vector<Change> changes;
    std::vector<Change> standing; ///< all that is bad, for the whole picture
};

/// Subject and text of the mail, in English or Japanese. Lists of many are cut, and say so.
struct MailText {
    std::string subject, text, html = {};
};
MailText alert_mail(const Notice& notice, bool is_japanese);
/// The body of the POST.
std::string alert_json(const Notice& notice);
}
