// SPDX-License-Identifier: Apache-2.0
#include "filters/content/verdict_fields.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
const std::vector<std::string_view>& verdict_field_names()
{
    static const std::vector<std::string_view> names{"X-Mailweir-Verdict",
                                                     "X-Spam-Flag",
                                                     "X-Spam-Status",
                                                     "X-Spam-Level",
                                                     "X-Spam-Score",
                                                     "X-Spam-Report",
                                                     "X-Spam",
                                                     "X-Spam-Checker-Version",
                                                     "X-Barracuda-Spam-Flag",
                                                     "X-Barracuda-Spam-Status",
                                                     "X-Barracuda-Spam-Score",
                                                     "X-Barracuda-Spam-Report",
                                                     "X-Barracuda-Bayes"};
    return names;
}

bool is_verdict_field(std::string_view name)
{
    return std::ranges::any_of(verdict_field_names(), [&](std::string_view known) {
        return mail::equals_ignoring_case(known, name);
    });
}

bool is_word_of_filters(std::string_view name)
{
    return mail::equals_ignoring_case(name.substr(0, 6), "x-spam")
        || mail::equals_ignoring_case(name, "authentication-results") || is_verdict_field(name);
}
}
