// SPDX-License-Identifier: Apache-2.0
// Address lists (RFC 5322 §3.4, obsolete forms of §4.4).
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/header.hpp"

#include <utility>

namespace mail {
namespace {
class Reader {
public:
    explicit Reader(std::string_view text) : text_{text} { }

    AddressList read()
    {
        while (at_ < text_.size() && !list_.is_truncated)
            read_token();
        if (!list_.is_truncated)
            finish_entry();
        return std::move(list_);
    }

private:
    // What has been read of the entry so far.
    struct Parts {
        std::string phrase; // words with single blanks, quotes undone
        std::string specification; // the words, dots and '@' without blanks, as written
        std::string angle; // between '<' and '>'
        std::string comment; // the last one
        bool has_angle = false;
        bool has_at = false;
        bool is_broken = false; // something is not closed, or stands behind '>'
        bool has_gap = false; // two words side by side: a phrase, no address
        bool ends_in_word = false;
        bool is_empty() const { return phrase.empty() && !has_angle && !is_broken; }
    };

    void read_token()
    {
        const char c = text_[at_];
        switch (c) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            ++at_;
            is_spaced_ = true;
            return;
        case '(':
            parts_.comment = read_comment();
            is_spaced_ = true;
            return;
        case '"':
            return add_word(read_quoted(), true);
        case '<':
            return read_angle();
        case ',':
        case ';':
            ++at_;
            return finish_entry();
        case ':':
            ++at_;
            return start_group();
        case '[':
            return add_word(read_literal(), false);
        case '.':
        case '@':
            ++at_;
            return add_separator(c);
        default:
            return add_word(read_atom(), false);
        }
    }

    // `word` as written; quoted strings lose their quotes in the phrase.
    void add_word(std::string_view word, bool is_quoted)
    {
        parts_.is_broken |= parts_.has_angle;
        parts_.has_gap |= parts_.ends_in_word && is_spaced_;
        if (!parts_.phrase.empty() && is_spaced_)
            parts_.phrase += ' ';
        append_unquoted(parts_.phrase, word, is_quoted);
        parts_.specification += word;
        parts_.ends_in_word = true;
        is_spaced_ = false;
    }

    void add_separator(char c)
    {
        parts_.is_broken |= parts_.has_angle;
        if (!parts_.phrase.empty() && is_spaced_)
            parts_.phrase += ' ';
        parts_.phrase += c;
        parts_.specification += c;
        parts_.has_at |= c == '@';
        parts_.ends_in_word = false;
        is_spaced_ = false;
    }

    static void append_unquoted(std::string& out, std::string_view word, bool is_quoted)
    {
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (word[i] == '\\' && i + 1 < word.size())
                out += word[++i];
            else if (word[i] != '"' || !is_quoted)
                out += word[i];
        }
    }

    // A backslash takes one character with it. An encoded word is one atom even where its sender
    // forgot to encode a comma in it.
    std::string_view read_atom()
    {
        constexpr std::string_view specials = " \t\r\n(\"<,;:[.@\\";
        const std::size_t start = at_;
        at_ += encoded_word_length(text_.substr(at_));
        if (at_ == start && text_[at_] == '\\')
            at_ = std::min(at_ + 2, text_.size());
        else if (at_ == start)
            at_ = std::min(text_.find_first_of(specials, at_), text_.size());
        return text_.substr(start, at_ - start);
    }

    // 0 if none stands at the front, closed within a bounded stretch without blanks, quotes and
    // '<'.
    static std::size_t encoded_word_length(std::string_view text)
    {
        constexpr std::size_t longest_word = 256;
        if (!text.starts_with("=?"))
            return 0;
        text = text.substr(0, longest_word);
        text = text.substr(0, text.find_first_of(" \t\r\n\"<>"));
        const auto charset_end = text.find('?', 2);
        const auto encoding_end = std::min(charset_end, text.size() - 1) + 2;
        if (encoding_end >= text.size() || text[encoding_end] != '?')
            return 0;
        const auto end = text.find("?=", encoding_end + 1);
        return end == std::string_view::npos ? 0 : end + 2;
    }

    std::string_view read_until(char end)
    {
        const std::size_t start = at_++;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                ++at_;
            } else if (text_[at_] == end) {
                ++at_;
                return text_.substr(start, at_ - start);
            }
        }
        parts_.is_broken = true;
        return text_.substr(start);
    }

    std::string_view read_quoted() { return read_until('"'); }
    std::string_view read_literal() { return read_until(']'); }

    // Nested comments by count, not by recursion; returns the text of the outermost.
    std::string read_comment()
    {
        std::string comment;
        std::size_t depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            depth += c == '(' ? 1 : 0;
            depth -= c == ')' ? 1 : 0;
            if (depth == 0) {
                ++at_;
                return comment.substr(1);
            }
            if (c == '\\' && at_ + 1 < text_.size())
                ++at_;
            comment += text_[at_];
        }
        parts_.is_broken = true;
        return comment.substr(1);
    }

    void read_angle()
    {
        parts_.is_broken |= parts_.has_angle;
        parts_.has_angle = true;
        std::string angle;
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                angle += read_quoted();
            } else if (c == '[') {
                angle += read_literal();
            } else if (c == '(') {
                read_comment();
            } else if (c == '>') {
                ++at_;
                return keep_angle(std::move(angle));
            } else if (c == '<') {
                break;
            } else {
                if (!is_blank(c) && c != '\r' && c != '\n')
                    angle += c;
                ++at_;
            }
        }
        parts_.is_broken = true;
        keep_angle(std::move(angle));
    }

    void keep_angle(std::string angle)
    {
        is_spaced_ = true;
        if (parts_.angle.empty())
            parts_.angle = std::move(angle);
    }

    // What stood before ':' was a group's name. Members follow as in a list; ';' ends it.
    void start_group()
    {
        list_.malformed += parts_.has_at || parts_.has_angle || parts_.is_broken ? 1 : 0;
        parts_ = {};
    }

    void finish_entry()
    {
        Parts parts = std::exchange(parts_, {});
        is_spaced_ = false;
        if (parts.is_empty())
            return;
        if (list_.entries.size() + list_.malformed >= HeaderLimits::addresses) {
            list_.is_truncated = true;
            return;
        }
        std::string_view address = parts.has_angle ? parts.angle : parts.specification;
        if (parts.has_angle && address.starts_with('@'))
            address = without_route(address);
        auto mailbox = Mailbox::parse(address);
        const bool is_address = mailbox && (parts.has_angle || !parts.has_gap);
        list_.malformed += is_address && !parts.is_broken ? 0 : 1;
        if (!is_address)
            return;
        std::string& name = parts.has_angle && !parts.phrase.empty() ? parts.phrase : parts.comment;
        list_.entries.push_back({decode_words(unfold(name)), *std::move(mailbox)});
    }

    // "@a,@b:user@c" (RFC 5322 §4.4).
    static std::string_view without_route(std::string_view angle)
    {
        const auto colon = angle.find(':');
        return colon == std::string_view::npos ? angle : angle.substr(colon + 1);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool is_spaced_ = false;
    Parts parts_;
    AddressList list_;
};
}

AddressList parse_address_list(std::string_view raw_value) { return Reader{raw_value}.read(); }
}
