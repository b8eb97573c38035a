// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/transfer_encoding.hpp"
#include "gateway/mail/header.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace filters::content {
/// One part of a message (RFC 2045, 2046): leaf or container. Ranges count in the plain text of the
/// whole message (unstuffed); a part inside of an encoded message/rfc822 counts in its decoded text
/// and holds it alive through `Structure::decoded_messages`.
struct Part {
    std::string path; ///< "1.2" as IMAP counts (RFC 3501 §6.4.5); "" is the message itself
    std::string type; ///< "text/html", lower case; what RFC 2045 §5.2 assumes where none is
    std::string charset; ///< as declared, lower case; "" none
    std::string
        filename; ///< UTF-8; Content-Disposition's filename, else Content-Type's name; "" none
    std::string disposition; ///< "attachment", "inline" or another; "" none
    std::string content_id; ///< without "<>"
    Encoding encoding = Encoding::none;
    std::string_view header; ///< its field lines
    std::string_view body; ///< still encoded
    unsigned depth = 0;
    bool is_container = false; ///< multipart/*, or message/rfc822 that was read
    bool is_alternative = false; ///< from a reading that some programs have and most have not
};
}
