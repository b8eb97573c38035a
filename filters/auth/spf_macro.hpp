// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/ip.hpp"
#include "gateway/mail/problem.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace filters::auth {
/// What the letters of a macro string stand for (RFC 7208 §7.2).
struct SpfMacroValues {
    mail::Ip ip = {};
    std::string local = {}, sender_domain = {}, domain = {}, helo = {};
    std::string validated_name = "unknown"; ///< %{p}
    std::string receiver = "unknown"; ///< %{r}
    std::int64_t time = 0; ///< %{t}, seconds of Unix
};

/// A macro string of an SPF record (RFC 7208 §7.1), read once and expanded for each client.
class SpfMacroString {
public:
    /// The longest explanation that `text` gives; the rest is cut.
    static constexpr std::size_t longest_text = 4096;

    /// domain-spec: ends in a macro or in ".toplabel".
    static std::expected<SpfMacroString, mail::Problem> parse_domain(std::string_view text);
    /// macro-string, as behind an unknown modifier's '='.
    static std::expected<SpfMacroString, mail::Problem> parse(std::string_view text);
    /// explain-string: blanks and the letters c, r, t too.
    static std::expected<SpfMacroString, mail::Problem> parse_explanation(std::string_view text);

    /// Has %{p}: the client's validated name is worth looking up.
    bool needs_validated_name() const;
    /// As a name for the DNS: at most 253 octets, labels on the left dropped, no last dot (§7.3).
    /// May be a name that cannot be asked.
    std::string domain_name(const SpfMacroValues& values) const;
    std::string text(const SpfMacroValues& values) const;

private:
    struct Piece {
        std::string literal = {}; ///< where `letter` is 0
        char letter = 0; ///< lower case
        bool is_escaped = false; ///< written in upper case: URL-escaped
        bool is_reversed = false;
        unsigned parts = 0; ///< kept on the right; 0: all
        std::string delimiters = {};
        bool is_macro = false;
    };
    class Reader;
    static std::string expanded(const Piece& piece, const SpfMacroValues& values);
    std::vector<Piece> pieces_;
};
}
