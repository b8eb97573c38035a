// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/authentication_results.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::auth {
namespace {
constexpr std::size_t deepest_comment = 32;
constexpr std::size_t longest_text = 255; ///< of one value that we write
constexpr std::size_t fold_at = 76;

/// RFC 2045 §5.1 token.
constexpr bool is_token(char c)
{
    return c > ' ' && c <= '~'
        && std::string_view{"()<>@,;:\\\"/[]?="}.find(c) == std::string_view::npos;
}
constexpr bool is_keyword(char c) { return mail::is_alphanumeric(c) || c == '-' || c == '_'; }
constexpr bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Reads a raw value from front to end. Each step says whether it found what it wants.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_{text} { }

    bool is_at_end() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }
    /// Comments and folding white space (RFC 5322 §3.2.2); false for a comment without end.
    bool skip()
    {
        std::size_t depth = 0;
        while (!rest_.empty()
               && (depth > 0 || rest_.front() == '(' || is_white_space(rest_.front()))) {
            const char c = rest_.front();
            depth += c == '(' ? 1U : 0U;
            depth -= c == ')' && depth > 0 ? 1U : 0U;
            rest_.remove_prefix(depth > 0 && c == '\\' ? std::min<std::size_t>(2, rest_.size())
                                                       : 1);
            if (depth > deepest_comment)
                return false;
        }
        return depth == 0;
    }
    bool accept(char wanted)
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// `wanted` with comments allowed around it.
    bool between(char wanted) { return skip() && accept(wanted) && skip(); }
    template <class Allowed> std::string take(Allowed is_allowed)
    {
        const auto end = std::ranges::find_if_not(rest_, is_allowed);
        std::string taken{rest_.begin(), end};
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string keyword()
    {
        auto word = take(is_keyword);
        std::ranges::transform(word, word.begin(), mail::to_lower);
        return word;
    }
    /// A token or a quoted string.
    std::optional<std::string> value()
    {
        if (rest_.starts_with('"'))
            return quoted();
        auto token = take(is_token);
        return token.empty() ? std::nullopt : std::optional{std::move(token)};
    }
    /// That, or an address or domain. Also what many write without the quotes it needs.
    std::optional<std::string> property_value()
    {
        std::string text;
        while (!rest_.empty() && rest_.front() != ';' && rest_.front() != '('
               && !is_white_space(rest_.front())) {
            if (rest_.front() != '"') {
                text += rest_.front();
                rest_.remove_prefix(1);
            } else if (const auto part = quoted()) {
                text += *part;
            } else {
                return {};
            }
        }
        return text;
    }

private:
    std::optional<std::string> quoted()
    {
        std::string text;
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == '"') {
                rest_.remove_prefix(at + 1);
                return text;
            }
            if (rest_[at] == '\\' && at + 1 < rest_.size())
                ++at;
            if (rest_[at] != '\r' && rest_[at] != '\n')
                text += rest_[at];
        }
        return {};
    }
    std::string_view rest_;
};

/// The id and the version behind it, up to ";" or the end.
std::optional<std::string> read_id(Reader& reader)
{
    if (!reader.skip())
        return {};
    auto id = reader.value();
    if (!id || !reader.skip())
        return {};
    reader.take(mail::is_digit);
    if (!reader.skip() || (!reader.is_at_end() && !reader.rest().starts_with(';')))
        return {};
    return id;
}

bool read_property(Reader& reader, MethodResult& method)
{
    Property property;
    property.type = reader.keyword();
    if (property.type.empty() || !reader.skip())
        return false;
    if (reader.accept('=')) {
        const bool is_reason = property.type == "reason";
        auto value = reader.skip() ? reader.property_value() : std::nullopt;
        if (value && is_reason)
            method.reason = std::move(*value);
        return value.has_value();
    }
    if (!reader.between('.'))
        return false;
    property.name = reader.keyword();
    if (property.name.empty() || !reader.between('='))
        return false;
    auto value = reader.property_value();
    if (!value)
        return false;
    property.value = std::move(*value);
    if (method.properties.size() == AuthenticationResults::most_properties)
        return false;
    method.properties.push_back(std::move(property));
    return true;
}

/// One result behind its ";"; nullopt if it is none.
std::optional<MethodResult> read_method(Reader& reader)
{
    MethodResult method;
    method.method = reader.keyword();
    if (!reader.skip())
        return {};
    if (reader.accept('/')) {
        if (!reader.skip())
            return {};
        reader.take(mail::is_digit);
    }
    if (method.method.empty() || !reader.between('='))
        return {};
    method.result = reader.keyword();
    if (method.result.empty() || !reader.skip())
        return {};
    while (!reader.is_at_end() && !reader.rest().starts_with(';'))
        if (!read_property(reader, method) || !reader.skip())
            return {};
    return method;
}

/// Printable ASCII, bounded; the rest becomes '?'.
std::string printable(std::string_view text)
{
    std::string out{text.substr(0, longest_text)};
    std::ranges::replace_if(out, [](char c) { return !mail::is_printable(c); }, '?');
    return out;
}

std::string quoted_where_needed(std::string_view text, bool is_property)
{
    const std::string plain = printable(text);
    const auto stays = [&](char c) { return is_token(c) || (is_property && c == '@'); };
    if (!plain.empty() && std::ranges::all_of(plain, stays) && std::ranges::count(plain, '@') <= 1)
        return plain;
    std::string out = "\"";
    for (const char c : plain) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

std::string word(std::string_view text)
{
    std::string out{text.substr(0, longest_text)};
    std::erase_if(out, [](char c) { return !is_keyword(c); });
    return out.empty() ? "x" : out;
}

/// A result word by word, as they may be folded.
std::vector<std::string> words_of(const MethodResult& method)
{
    std::vector<std::string> words{word(method.method) + "=" + word(method.result)};
    if (!method.comment.empty()) {
        auto comment = printable(method.comment);
        std::ranges::replace_if(
            comment, [](char c) { return c == '(' || c == ')' || c == '\\'; }, '?');
        words.push_back("(" + comment + ")");
    }
    if (!method.reason.empty())
        words.push_back("reason=" + quoted_where_needed(method.reason, false));
    for (const auto& property : method.properties)
        words.push_back(word(property.type) + "." + word(property.name) + "="
                        + quoted_where_needed(property.value, true));
    return words;
}
}

std::string MethodResult::text() const
{
    std::string out;
    for (const auto& each : words_of(*this))
        out += (out.empty() ? "" : " ") + each;
    return out;
}

std::optional<MethodResult> MethodResult::parse(std::string_view text)
{
    auto results = AuthenticationResults::parse("x;" + std::string{text});
    if (!results || results->methods.size() != 1)
        return {};
    return std::move(results->methods.front());
}

std::optional<AuthenticationResults> AuthenticationResults::parse(std::string_view raw_value)
{
    if (raw_value.size() > longest)
        return {};
    Reader reader{raw_value};
    auto id = read_id(reader);
    if (!id)
        return {};
    AuthenticationResults results{std::move(*id)};
    while (reader.accept(';')) {
        if (!reader.skip())
            return {};
        if (reader.is_at_end()) // a last ";" too many is common
            break;
        const auto here = reader;
        if (reader.keyword() == "none" && reader.skip() && reader.is_at_end()
            && results.methods.empty())
            return results;
        reader = here;
        auto method = read_method(reader);
        if (!method || results.methods.size() == most_methods)
            return {};
        results.methods.push_back(std::move(*method));
    }
    if (!reader.is_at_end())
        return {};
    return results;
}

std::string AuthenticationResults::value() const
{
    std::string out = quoted_where_needed(authserv_id, false);
    if (methods.empty())
        return out + "; none";
    for (const auto& method : methods) {
        out += ";\r\n\t";
        std::size_t column = 8;
        for (const auto& each : words_of(method)) {
            if (column > 8 && column + 1 + each.size() > fold_at) {
                out += "\r\n\t ";
                column = 9;
            } else if (column > 8) {
                out += ' ';
                ++column;
            }
            out += each;
            column += each.size();
        }
    }
    return out;
}

std::string AuthenticationResults::field() const
{
    return "Authentication-Results: " + value() + "\r\n";
}

bool claims_to_be(const mail::Field& field, std::string_view authserv_id)
{
    if (!field.is("Authentication-Results"))
        return false;
    Reader reader{field.value};
    if (const auto id = read_id(reader))
        return mail::equals_ignoring_case(*id, authserv_id);
    const auto found
        = std::ranges::search(field.value, authserv_id, {}, mail::to_lower, mail::to_lower);
    return !authserv_id.empty() && !found.empty();
}

std::optional<std::string_view> results_of(std::string_view raw_value, std::string_view authserv_id)
{
    Reader reader{raw_value};
    const auto id = read_id(reader);
    if (!id || !mail::equals_ignoring_case(*id, authserv_id) || !reader.accept(';'))
        return {};
    return mail::trimmed(reader.rest());
}
}
