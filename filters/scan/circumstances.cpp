// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/circumstances.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/header.hpp"
#include "gateway/mail/trace.hpp"

#include <algorithm>

namespace filters {
namespace {
/// An offline look at stored mail takes its client from the field at the top: that hop is there.
bool tells_of(const mail::Mail& mail)
{
    const auto* top = mail.message.header().find("Received");
    return mail.listener.empty() && top != nullptr
        && top->value.contains("[" + mail.client.ip.to_string() + "]");
}
}

std::string hop_of(const mail::Mail& mail)
{
    if (mail.client.ip == mail::Ip{} || tells_of(mail))
        return {};
    const auto line = mail::received_line(mail, "localhost", mail.id.to_string());
    auto hop = mail::unfold(std::string_view{line}.substr(line.find(' ') + 1));
    auto sender = mail::to_string(mail.sender);
    std::erase_if(sender, [](char c) {
        return !mail::is_printable(c) || std::string_view{" <>()[];\"\\"}.contains(c);
    });
    const auto date = hop.rfind(';');
    hop.insert(date, " (envelope-from <" + sender + ">)");
    return hop.size() <= longest_hop ? std::string{mail::trimmed(hop)} : std::string{};
}
}
