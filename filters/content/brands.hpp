// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace filters::content {
/// A name that many people trust, and that others therefore like to write under.
struct Brand {
    std::string_view name; ///< as people write it: "PayPal"
    std::string_view words; ///< how a text names it, lower case, several with '|' between
    std::string_view domains; ///< labels that stand for all its domains ("paypal" of paypal.com and
                              ///< paypal.de), or whole domains; blanks between
    enum class Use : unsigned char {
        plain,
        ordinary, ///< a word or surname, too: counts only as the whole of a sender's name
        footer    ///< named and linked at the foot of other senders' mail
    } use
        = Use::plain;
};

/// Whether `registrable` ("paypal.de", lower case) is a domain of that brand.
bool belongs_to(const Brand& brand, std::string_view registrable);

/// The brand that a sender's name, a subject shows as its own; look-alike letters count as what
/// they look like. nullptr: none.
const Brand* brand_of_name(std::string_view utf8);
const Brand* brand_in_subject(std::string_view utf8);
/// The brand that a text speaks of: named in its first lines or several times. Looks at 16 KiB.
const Brand* brand_of_text(std::string_view utf8);
/// The brand that a host names without being one of its own: "paypal.evil.example".
const Brand* brand_in_foreign_host(std::string_view host, std::string_view registrable);
/// The brand whose site that is; nullptr: none's.
const Brand* brand_of_site(std::string_view registrable);

/// "gmail.com" and the like: a registrable domain where anybody gets a mailbox for nothing.
bool is_free_mail(std::string_view registrable);
}
