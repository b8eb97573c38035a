// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/literals.hpp"

#include "filters/rules/literal_piece.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace filters::rulebook {
namespace {
constexpr std::size_t widest_class = 5, most_groups = 200;
constexpr std::size_t most_exact = PieceLimits::exact;

struct Group {
    enum class Kind { plain, assertion } kind = Kind::plain;
    std::vector<Piece> branches;
    Run run;
    std::optional<Piece> last; ///< waits for its quantifier
};

class Reader {
public:
    explicit Reader(std::string_view text) : text_{text} { groups_.emplace_back(); }

    Literals run()
    {
        while (at_ < text_.size() && is_understood_)
            step();
        if (!is_understood_ || groups_.size() != 1)
            return {};
        const auto whole = end_group();
        auto texts = whole.is_exact ? whole.exact : whole.required;
        return worth(texts) > 0 ? texts : Literals{};
    }

private:
    bool starts_with(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    void give_up() { is_understood_ = false; }

    void settle()
    {
        auto& group = groups_.back();
        if (group.last)
            group.run.append(*group.last);
        group.last.reset();
    }
    void put(Piece piece)
    {
        settle();
        groups_.back().last = std::move(piece);
    }
    void put_character(unsigned char c)
    {
        put({true, {std::string(1, mail::to_lower(static_cast<char>(c)))}, {}});
    }

    void step()
    {
        switch (const char c = text_[at_]) {
        case '\\':
            return escape();
        case '[':
            return character_class();
        case '(':
            return open();
        case ')':
            return close();
        case '|':
            settle();
            groups_.back().branches.push_back(groups_.back().run.end());
            groups_.back().run = {};
            ++at_;
            return;
        case '*':
        case '+':
        case '?':
        case '{':
            return quantifier();
        case '^':
        case '$':
            ++at_;
            return put({});
        case '.':
            ++at_;
            return put(Piece::anything());
        default:
            ++at_;
            put_character(static_cast<unsigned char>(c));
        }
    }

    void escape()
    {
        if (at_ + 1 >= text_.size())
            return give_up();
        const char c = text_[at_ + 1];
        at_ += 2;
        if (c == 'x')
            return hexadecimal();
        if (mail::is_digit(c) || c == 'g' || c == 'k' || c == 'p' || c == 'P' || c == 'o'
            || c == 'N') {
            if (mail::is_digit(c))
                for (int i = 0; i < 2 && at_ < text_.size() && mail::is_digit(text_[at_]); ++i)
                    ++at_;
            else
                pass_argument();
            return put(Piece::anything());
        }
        if (c == 'Q' || c == 'E' || c == 'c')
            return give_up();
        if (std::string_view{"bBAzZGK"}.contains(c))
            return at_ < text_.size() && text_[at_] == '{' ? give_up() : put({});
        if (c == 'n' || c == 't' || c == 'r' || c == 'f' || c == 'e' || c == 'a')
            return put(Piece::anything());
        if (mail::is_alphanumeric(c) && std::string_view{"dDsSwWhHvVRXC"}.contains(c))
            return put(Piece::anything());
        put_character(static_cast<unsigned char>(c));
    }

    /// "{…}", "<…>", "'…'" or one character.
    void pass_argument()
    {
        if (at_ >= text_.size())
            return;
        const char open = text_[at_];
        const char close = open == '{' ? '}' : open == '<' ? '>' : open == '\'' ? '\'' : '\0';
        if (close == '\0') {
            while (at_ < text_.size() && (mail::is_digit(text_[at_]) || text_[at_] == '-'))
                ++at_;
            if (mail::is_alphanumeric(open) && !mail::is_digit(open))
                ++at_;
            return;
        }
        const auto end = text_.find(close, at_ + 1);
        at_ = end == std::string_view::npos ? text_.size() : end + 1;
    }

    void hexadecimal()
    {
        unsigned value = 0;
        if (at_ < text_.size() && text_[at_] == '{') {
            const auto end = text_.find('}', at_);
            if (end == std::string_view::npos)
                return give_up();
            const auto [last, error]
                = std::from_chars(text_.data() + at_ + 1, text_.data() + end, value, 16);
            at_ = end + 1;
            return error == std::errc{} && value < 0x100
                ? put_character(static_cast<unsigned char>(value))
                : put(Piece::anything());
        }
        const auto limit = std::min(at_ + 2, text_.size());
        const auto [last, error]
            = std::from_chars(text_.data() + at_, text_.data() + limit, value, 16);
        at_ = static_cast<std::size_t>(last - text_.data());
        put_character(static_cast<unsigned char>(value));
    }

    /// Small classes of plain characters are alternatives; all others match anything.
    void character_class()
    {
        const bool is_negated = at_ + 1 < text_.size() && text_[at_ + 1] == '^';
        std::size_t i = at_ + 1 + (is_negated ? 1 : 0);
        Literals members;
        bool is_plain = !is_negated;
        for (bool is_first = true; i < text_.size() && (text_[i] != ']' || is_first);
             is_first = false) {
            if (text_[i] == '[' && i + 1 < text_.size() && text_[i + 1] == ':') {
                const auto end = text_.find(":]", i);
                is_plain = false;
                i = end == std::string_view::npos ? i + 1 : end + 2;
                continue;
            }
            if (text_[i] == '\\' && i + 1 < text_.size()) {
                is_plain &= !mail::is_alphanumeric(text_[i + 1]);
                ++i;
            }
            const bool is_range
                = i + 2 < text_.size() && text_[i + 1] == '-' && text_[i + 2] != ']';
            is_plain &= !is_range;
            members.emplace_back(1, mail::to_lower(text_[i]));
            ++i;
        }
        if (i >= text_.size())
            return give_up();
        at_ = i + 1;
        make_unique(members);
        if (is_plain && members.size() <= widest_class)
            put({true, std::move(members), {}});
        else
            put(Piece::anything());
    }

    void open()
    {
        settle();
        ++at_;
        if (starts_with("*") || groups_.size() > most_groups)
            return give_up();
        Group group;
        if (starts_with("?") && !special(group))
            return;
        groups_.push_back(std::move(group));
    }

    /// Behind "(?": false if no group was opened.
    bool special(Group& group)
    {
        ++at_;
        for (const std::string_view sign : {"<=", "<!", "=", "!"})
            if (starts_with(sign)) {
                group.kind = Group::Kind::assertion;
                at_ += sign.size();
                return true;
            }
        for (const std::string_view sign : {":", ">", "|"})
            if (starts_with(sign)) {
                at_ += sign.size();
                return true;
            }
        if (starts_with("#")) {
            const auto end = text_.find(')', at_);
            at_ = end == std::string_view::npos ? text_.size() : end + 1;
            return false;
        }
        if (starts_with("P<") || starts_with("<") || starts_with("'")) {
            at_ += starts_with("P") ? 1 : 0;
            pass_argument();
            return true;
        }
        return modifiers();
    }

    /// "(?i)" or "(?i-s:": what changes how blanks are read is not followed.
    bool modifiers()
    {
        while (at_ < text_.size() && std::string_view{"imsn^-"}.contains(text_[at_]))
            ++at_;
        if (at_ < text_.size() && text_[at_] == ':')
            return ++at_, true;
        if (at_ < text_.size() && text_[at_] == ')')
            ++at_;
        else
            give_up();
        return false;
    }

    Piece end_group()
    {
        settle();
        auto& group = groups_.back();
        group.branches.push_back(group.run.end());
        auto piece = group.kind == Group::Kind::assertion ? Piece{} : either(group.branches);
        groups_.pop_back();
        return piece;
    }

    void close()
    {
        if (groups_.size() == 1)
            return give_up();
        auto piece = end_group();
        ++at_;
        put(std::move(piece));
    }

    void quantifier()
    {
        unsigned least = text_[at_] == '+' ? 1 : 0;
        unsigned most = text_[at_] == '?' ? 1 : 1000;
        if (text_[at_] != '{')
            ++at_;
        else if (!braces(least, most)) {
            ++at_;
            return put_character('{');
        }
        pass_greed();
        auto& last = groups_.back().last;
        if (!last)
            return give_up();
        repeat(least, most);
    }

    void pass_greed()
    {
        if (at_ < text_.size() && (text_[at_] == '?' || text_[at_] == '+'))
            ++at_;
    }

    void repeat(unsigned least, unsigned most)
    {
        auto& last = groups_.back().last;
        if (least == 0) {
            const bool is_option = most == 1 && last->is_exact && last->exact.size() < most_exact;
            if (is_option) {
                last->exact.emplace_back();
                make_unique(last->exact);
            } else
                last = Piece::anything();
            return;
        }
        if (most == 1)
            return;
        // Once, anything, once more: what comes before and behind joins with one of them.
        const Piece once = *last;
        auto& run = groups_.back().run;
        run.append(once);
        for (unsigned i = 1; i < std::min(least, 8U) && once.is_exact; ++i)
            run.append(once);
        if (least == most && least <= 8 && once.is_exact)
            last = Piece{};
        else {
            run.append(Piece::anything());
            last = once;
            if (!once.is_exact)
                last = Piece::anything();
        }
    }

    /// "{2}", "{2,}", "{2,5}", "{,5}"; moves behind it, or stays where it is none.
    bool braces(unsigned& least, unsigned& most)
    {
        const auto end = text_.find('}', at_);
        if (end == std::string_view::npos)
            return false;
        const auto inside = text_.substr(at_ + 1, end - at_ - 1);
        const auto comma = inside.find(',');
        const auto number = [](std::string_view digits, unsigned& value) {
            if (digits.empty())
                return true;
            const auto [last, error]
                = std::from_chars(digits.data(), digits.data() + digits.size(), value);
            return error == std::errc{} && last == digits.data() + digits.size();
        };
        if (inside.empty() || inside == "," || !number(inside.substr(0, comma), least))
            return false;
        if (comma == std::string_view::npos)
            most = least;
        else if (!number(inside.substr(comma + 1), most))
            return false;
        at_ = end + 1;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Group> groups_;
    bool is_understood_ = true;
};
}

Literals required_literals(std::string_view expression, std::string_view modifiers)
{
    if (modifiers.contains('x'))
        return {};
    return Reader{expression}.run();
}
}
