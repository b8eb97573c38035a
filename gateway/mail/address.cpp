// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/address.hpp"

#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <array>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>
#include <utility>

namespace mail {
namespace {
constexpr std::size_t longest_mailbox = 254;
constexpr std::size_t longest_recipient_local = 64;
constexpr auto npos = std::string_view::npos;

std::unexpected<Problem> problem(const char* text) { return std::unexpected{Problem{text}}; }

// RFC 5322 §3.2.3, and all of UTF-8 (RFC 6531 §3.3), which is checked on its own.
constexpr auto atom_characters = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        table[c] = c >= 0x80 || is_alphanumeric(static_cast<char>(c))
            || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.contains(static_cast<char>(c));
    return table;
}();

bool is_atom_character(char c) { return atom_characters[static_cast<unsigned char>(c)]; }

bool is_dot_atom(std::string_view text)
{
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.contains(".."))
        return false;
    return std::ranges::all_of(text, [](char c) { return c == '.' || is_atom_character(c); });
}

// C1 controls, what reorders text, and what has no width: nobody can compare such names by eye.
bool is_deceptive(char32_t c)
{
    return (c >= 0x80 && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E || c == 0x200B
        || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E)
        || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB)
        || (c & 0xFFFE) == 0xFFFE || (c >= 0xE0000 && c <= 0xE0FFF);
}

bool is_honest_utf8(std::string_view text)
{
    if (is_ascii(text))
        return true;
    while (!text.empty()) {
        const auto character = first_character(text);
        if (!character.is_valid || is_deceptive(character.value))
            return false;
        text.remove_prefix(character.length);
    }
    return true;
}

struct Quoted {
    std::string content;
    std::size_t length = 0; // with both quotes; 0: not a quoted string
};

// RFC 5321 §4.1.2 Quoted-string: printable ASCII and UTF-8, backslash before any printable.
Quoted read_quoted(std::string_view text)
{
    Quoted quoted;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            quoted.length = i + 1;
            return quoted;
        }
        if (text[i] == '\\')
            ++i;
        const bool is_text
            = i < text.size() && (is_printable(text[i]) || !is_ascii(text.substr(i, 1)));
        if (!is_text)
            break;
        quoted.content += text[i];
    }
    return {};
}

// Where the '>' stands that closes the path at the front; quoted strings may hold others.
std::size_t path_end(std::string_view text)
{
    bool is_quoted = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (is_quoted && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            is_quoted = !is_quoted;
        else if (text[i] == '>' && !is_quoted)
            return i;
    }
    return npos;
}

// Behind "@one,@two:" (RFC 5321 §4.1.2 A-d-l); nullopt if that is no route.
std::optional<std::string_view> without_route(std::string_view path)
{
    for (;;) {
        path.remove_prefix(1);
        const auto literal_end = path.starts_with('[') ? path.find(']') : 0;
        const auto end = path.find_first_of(",:", literal_end);
        if (end == npos || !Domain::parse(path.substr(0, end)))
            return std::nullopt;
        const bool is_last = path[end] == ':';
        path.remove_prefix(end + 1);
        if (is_last)
            return path;
        if (!path.starts_with('@'))
            return std::nullopt;
    }
}
}

std::expected<Mailbox, Problem> Mailbox::parse(std::string_view text)
{
    if (text.size() > longest_mailbox)
        return problem("address too long");
    Mailbox mailbox;
    std::size_t at = 0;
    if (text.starts_with('"')) {
        auto quoted = read_quoted(text);
        mailbox.local_ = std::move(quoted.content);
        at = quoted.length;
        if (mailbox.local_.empty())
            return problem("not a quoted local part");
    } else {
        at = text.find('@');
        const std::string_view local = text.substr(0, at);
        if (!is_dot_atom(local))
            return problem("not a local part");
        mailbox.local_ = local;
    }
    if (!is_honest_utf8(mailbox.local_))
        return problem("characters that an address must not have");
    if (at >= text.size() || text[at] != '@')
        return problem("no '@' behind the local part");
    auto domain = Domain::parse(text.substr(at + 1));
    if (!domain)
        return std::unexpected{std::move(domain.error())};
    mailbox.domain_ = *std::move(domain);
    // Plain ASCII does not grow when it is written anew.
    const bool may_grow = at > mailbox.local_.size() || !is_ascii(text);
    if (may_grow && mailbox.to_string().size() > longest_mailbox)
        return problem("address too long");
    mailbox.key_ = mailbox.make_key();
    return mailbox;
}

std::string Mailbox::to_string() const
{
    std::string text;
    text.reserve(local_.size() + domain_.ascii().size() + 1);
    if (is_dot_atom(local_)) {
        text += local_;
    } else {
        text += '"';
        for (const char c : local_) {
            if (c == '"' || c == '\\')
                text += '\\';
            text += c;
        }
        text += '"';
    }
    text += '@';
    text += domain_.ascii();
    return text;
}

std::string Mailbox::make_key() const
{
    std::string text;
    text.reserve(local_.size() + domain_.ascii().size() + 1);
    if (is_ascii(local_)) {
        for (const char c : local_)
            text += to_lower(c);
    } else {
        UErrorCode status = U_ZERO_ERROR;
        const auto* nfc = icu::Normalizer2::getNFCInstance(status);
        auto local = icu::UnicodeString::fromUTF8(local_);
        local.toLower(icu::Locale::getRoot());
        if (U_SUCCESS(status))
            local = nfc->normalize(local, status);
        local.toUTF8String(text);
    }
    text += '@';
    text += domain_.ascii();
    return text;
}

bool Mailbox::needs_smtputf8() const { return !is_ascii(local_); }

bool Mailbox::has_trick() const
{
    return local_.find_first_of("@%!") != npos || local_.contains("/../")
        || std::string_view{"./|-"}.contains(local_.front());
}

std::string to_string(const ReversePath& path) { return path ? path->to_string() : std::string{}; }

/// Sender rewriting (SRS) puts a whole address in front of the '@', and bounces go there.
bool stands_for_another(std::string_view local)
{
    const auto scheme = local.substr(0, 4);
    return equals_ignoring_case(scheme, "SRS0") || equals_ignoring_case(scheme, "SRS1");
}

std::expected<PathAndRest, Problem> parse_path(std::string_view argument, PathUse use)
{
    const auto start = argument.find_first_not_of(" \t");
    if (start == npos || argument[start] != '<')
        return problem("an address in angle brackets is missing");
    argument.remove_prefix(start);
    const auto end = path_end(argument);
    if (end == npos)
        return problem("the address is not closed by '>'");
    PathAndRest result;
    result.rest = argument.substr(end + 1);
    if (!result.rest.empty() && !is_blank(result.rest.front()))
        return problem("no blank behind the address");
    result.rest.remove_prefix(std::min(result.rest.find_first_not_of(" \t"), result.rest.size()));
    std::string_view path = argument.substr(1, end - 1);
    if (path.empty())
        return result;
    if (equals_ignoring_case(path, "postmaster")) {
        result.is_postmaster = true;
        return result;
    }
    if (path.starts_with('@')) {
        const auto behind = without_route(path);
        if (!behind)
            return problem("not a source route");
        path = *behind;
    }
    auto mailbox = Mailbox::parse(path);
    if (!mailbox)
        return std::unexpected{std::move(mailbox.error())};
    if (use == PathUse::recipient && mailbox->local().size() > longest_recipient_local
        && !stands_for_another(mailbox->local()))
        return problem("local part too long");
    if (use == PathUse::recipient && mailbox->has_trick())
        return problem("routes in the local part are not accepted");
    result.path = *std::move(mailbox);
    return result;
}
}
