// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/own_mail.hpp"

#include <string>
#include <vector>

namespace web {
/// One held message as a digest shows it. Texts are strangers'.
struct DigestLine {
    std::string from = {}, subject = {}, received = {}; ///< received: "2026-11-21 14:03"
    double score = 0;
    std::string token = {};
    bool may_deliver = true, may_block = true; ///< the links that it has
};

/// What one address is told of its held mail.
struct Digest {
    mail::Mailbox to, from;
    bool is_japanese = false;
    std::vector<DigestLine> lines = {};
    std::size_t more = 0; ///< held, too, but not among the lines
    long days_kept = 14;
    std::string url = {}; ///< of the pages: "https://mail.example"
    std::string contact = {}; ///< one line: where to ask; "" for none
};

/// The mail that tells it, as text and as HTML. Nothing of what strangers wrote stands in its
/// header; in its body it is cut short, stripped of what steers a display, and no address in it
/// becomes a link.
smtp::OwnMail compose_digest(const Digest& digest);
}
