// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/transfer_encoding.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// One part of a message (RFC 2045, 2046): leaf or container. Ranges count in the plain text of the
/// whole message (unstuffed); a part inside of an encoded message or container counts in its
/// decoded text, which `Structure::decoded_messages` holds alive.
struct Part {
    /// "1.2" as IMAP counts (RFC 3501 §6.4.5). "" is the message itself where it is a container,
    /// "2.TEXT" a container that is the whole of the message in part 2; "1/name" a file that is
    /// uuencoded in the text of part 1.
    std::string path;
    std::string type; ///< "text/html", lower case; what RFC 2045 §5.2 assumes where none is
    std::string charset; ///< as declared, lower case; "" none
    std::string filename; ///< UTF-8; Content-Disposition's, else Content-Type's name; "" none
    std::vector<std::string> other_filenames; ///< what other programs take for its name
    std::string disposition; ///< "attachment", "inline" or another; "" none
    std::string content_id; ///< without "<>"
    Encoding encoding = Encoding::none;
    std::string_view header; ///< its field lines
    std::string_view body; ///< still encoded, without the line end before the next boundary
    unsigned depth = 0; ///< of parts around it
    bool is_container = false; ///< multipart/*, or message/rfc822 that was read
    bool is_alternative = false; ///< from a reading that some programs have and most have not
};
}
