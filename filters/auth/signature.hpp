// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/canonicalization.hpp"
#include "filters/auth/dkim_key.hpp"
#include "filters/auth/tag_list.hpp"
#include "gateway/mail/message.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// The fields that carry a signature: DKIM-Signature (RFC 6376 §3.5), ARC-Message-Signature and
/// ARC-Seal (RFC 8617 §4.1).
enum class SignatureKind { dkim, arc_message, arc_seal };

/// One such field, read. What the field says is filled in as far as it can be read, whatever the
/// problem. Views point into the message.
struct Signature {
    static constexpr std::size_t most_signed_fields = 1000;

    const mail::Field* field = nullptr;
    std::string problem; ///< why it can never count; "" where nothing speaks against it
    std::string domain; ///< d=, in lower case and ASCII
    std::string selector; ///< s=
    std::string algorithm; ///< a=, as given
    std::string identity; ///< i= of DKIM, or "@" and the domain
    KeyType key_type = KeyType::rsa;
    Canonicalization header = Canonicalization::simple;
    Canonicalization body = Canonicalization::simple;
    std::string octets; ///< b=, decoded
    std::string body_hash; ///< bh=, decoded
    std::string start; ///< first characters of b=
    std::string_view unsigned_part; ///< of the field's value: what b= holds, to leave out
    std::vector<std::string_view> signed_fields; ///< h=
    std::optional<std::uint64_t> length; ///< l=
    std::optional<std::chrono::system_clock::time_point> signed_at, expires_at;
    std::string chain_status; ///< cv= of a seal

    static Signature read(const mail::Field& field, SignatureKind kind);
    /// Where its key is: "selector._domainkey.domain".
    std::string key_name() const { return selector + "._domainkey." + domain; }
    /// i= may stand for a key with t=s: the domain itself.
    bool has_own_identity() const;
};

/// The fields of a message by name, so that a long h= costs no more than its length.
class FieldIndex {
public:
    explicit FieldIndex(const mail::Message& message);
    /// The canonical header that `signature` signs: its h= from the bottom up (RFC 6376 §5.4.2),
    /// then its own field with b= emptied and without the last CRLF. A name that has run out adds
    /// nothing.
    std::string canonical_header(const Signature& signature) const;
    /// The same for a field that is not in the message: still to be signed.
    std::string canonical_header(const std::vector<std::string_view>& names,
                                 std::string_view own_field,
                                 Canonicalization canonicalization) const;
    const mail::Message& message() const { return message_; }

private:
    void append_signed(std::string& out, const std::vector<std::string_view>& names,
                       const mail::Field* own, Canonicalization canonicalization) const;
    const mail::Message& message_;
    std::vector<const mail::Field*> fields_; ///< by name, then bottom up
};

/// Appends the field of a signature as it is signed: b= emptied, without the last CRLF.
void append_own_field(std::string& out, const mail::Message& message, const Signature& signature,
                      Canonicalization canonicalization);
}
