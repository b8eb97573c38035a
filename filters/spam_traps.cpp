// SPDX-License-Identifier: Apache-2.0
#include "filters/spam_traps.hpp"

#include <algorithm>

namespace filters {
bool is_spam_trap(const mail::Recipient& recipient)
{
    return std::ranges::find(recipient.findings, trap_finding, &mail::Finding::name)
        != recipient.findings.end();
}

std::string proven_good_sender(const mail::Mail& mail)
{
    for (const auto& finding : mail.findings)
        if (finding.name == "reputation.good" && !mail::Ip::parse(finding.detail)
            && !finding.detail.contains('/'))
            return finding.detail;
    return {};
}

std::vector<std::string> teaching_traps(const mail::Mail& mail)
{
    std::vector<std::string> traps;
    // Somebody may have put a trap's address on an honest list.
    if (!proven_good_sender(mail).empty())
        return traps;
    for (const auto& recipient : mail.recipients)
        if (is_spam_trap(recipient))
            traps.push_back(recipient.address.key());
    return traps;
}
}
