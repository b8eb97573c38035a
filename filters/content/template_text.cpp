// SPDX-License-Identifier: Apache-2.0
#include "filters/content/template_text.hpp"

#include "filters/content/hash64.hpp"
#include "filters/content/text.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>

namespace filters::content {
namespace {
using Token = TemplateText::Token;

constexpr std::size_t longest_text = 48U << 10, longest_address = 256, longest_link = 4096;
constexpr std::uint8_t word_mass = 5, character_mass = 3;
constexpr std::uint64_t number = hash64("\1number"), address = hash64("\1address"),
                        name = hash64("\1name"), link = hash64("\1link");

/// Words that end nothing by themselves; a name may follow them.
constexpr auto greetings = [] {
    std::array all{hash64("dear"),     hash64("hi"),       hash64("hello"),     hash64("hey"),
                   hash64("hallo"),    hash64("geehrte"),  hash64("geehrter"),  hash64("liebe"),
                   hash64("lieber"),   hash64("bonjour"),  hash64("cher"),      hash64("chère"),
                   hash64("hola"),     hash64("estimado"), hash64("estimada"),  hash64("ciao"),
                   hash64("caro"),     hash64("cara"),     hash64("gentile"),   hash64("prezado"),
                   hash64("prezada"),  hash64("attn"),     hash64("greetings"), hash64("morning"),
                   hash64("afternoon")};
    std::ranges::sort(all);
    return all;
}();

constexpr std::uint64_t pair(std::uint64_t first, std::uint64_t second)
{
    return mixed(first + mixed(second));
}
constexpr std::uint64_t pair(std::string_view first, std::string_view second)
{
    return pair(hash64(first), hash64(second));
}

/// Words and pairs of words of what programs, lists and legal departments add.
constexpr auto added_by_programs = [] {
    std::array all{hash64("unsubscribe"),        hash64("listinfo"),
                   hash64("majordomo"),          hash64("disclaimer"),
                   hash64("abmelden"),           hash64("désabonner"),
                   hash64("desuscribirse"),      hash64("quicktopic"),
                   pair("mailing", "list"),      pair("intended", "recipient"),
                   pair("named", "recipient"),   pair("intended", "only"),
                   pair("confidential", "and"),  pair("sent", "from"),
                   pair("get", "outlook"),       pair("virus", "free"),
                   pair("free", "email"),        pair("you", "yahoo"),
                   pair("opt", "out"),           pair("email", "preferences"),
                   pair("privacy", "policy"),    pair("vertraulich", "und"),
                   pair("this", "transmission"), pair("scanned", "by"),
                   pair("scanned", "for"),       pair("all", "rights")};
    std::ranges::sort(all);
    return all;
}();

constexpr std::array<std::string_view, 10> added_in_japanese{
    "配信停止",   "配信解除", "購読解除", "登録解除", "メール配信を希望されない",
    "誤って受信", "誤送信",   "無断転載", "送信専用", "本メールに心当たり"};
constexpr std::size_t longest_addition = 150; ///< tokens of a paragraph
constexpr std::size_t least_before_signature = 24;

bool sets_no_blanks(char32_t c)
{
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF)
        || (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F)
        || (c >= 0x1780 && c <= 0x17FF) || (c >= 0x31F0 && c <= 0x31FF)
        || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

/// Beyond ASCII: marks, symbols, pictures.
bool is_between_words(char32_t c)
{
    return (c >= 0x80 && c <= 0xBF && c != 0xAA && c != 0xB5 && c != 0xBA) || c == 0xD7 || c == 0xF7
        || (c >= 0x2000 && c <= 0x2BFF) || (c >= 0x3000 && c <= 0x303F)
        || (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xFE00 && c <= 0xFE6F)
        || (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0xFFF0 && c <= 0xFFFF)
        || (c >= 0x1F000 && c <= 0x1FAFF) || c == 0x30FB;
}

bool is_in_address(char c)
{
    return mail::is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '+' || c == '%';
}
bool is_in_link(char c) { return c > ' ' && c != '<' && c != '>' && c != '"' && c != 0x7F; }

/// The site of a link: its last two labels, as far as one needs no list to know them.
std::uint64_t site_of(std::string_view written)
{
    if (const auto scheme = written.find("://"); scheme != written.npos)
        written.remove_prefix(scheme + 3);
    auto host = written.substr(0, written.find_first_of("/?#:"));
    if (const auto user = host.find('@'); user != host.npos)
        host.remove_prefix(user + 1);
    auto dot = host.rfind('.');
    if (dot != host.npos && dot > 0)
        dot = host.rfind('.', dot - 1);
    return mixed(link + hash64(dot == host.npos ? host : host.substr(dot + 1)));
}

class Reader {
public:
    explicit Reader(const std::vector<std::string>& names)
    {
        for (const auto& word : names)
            names_.push_back(hash64(word));
        std::ranges::sort(names_);
    }

    TemplateText read(std::string_view text)
    {
        while (!text.empty() && !is_at_signature_) {
            const auto end = std::min(text.find('\n'), text.size());
            take_line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        end_paragraph();
        return std::move(text_);
    }

private:
    void take_line(std::string_view line)
    {
        const auto first = line.find_first_not_of(" \t\r>|");
        if (first == line.npos)
            return end_paragraph();
        line.remove_prefix(first);
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
        if (line == "--" && text_.tokens.size() + tokens_.size() >= least_before_signature) {
            is_at_signature_ = true;
            return;
        }
        line_begin_ = tokens_.size();
        if (is_japanese_addition(line))
            note_addition();
        const auto begin = tokens_.size();
        if (is_japanese_greeting(line))
            add(name, word_mass);
        else
            read_words(line);
        neutralise_greeting(begin, line);
    }

    void read_words(std::string_view line)
    {
        while (!line.empty()) {
            const char c = line.front();
            if (static_cast<unsigned char>(c) >= 0x80)
                read_beyond_ascii(line);
            else if (mail::is_alphanumeric(c))
                read_ascii(line);
            else
                line.remove_prefix(1);
        }
    }

    void read_ascii(std::string_view& line)
    {
        if (line.starts_with("http://") || line.starts_with("https://")
            || line.starts_with("www.")) {
            const auto* end = std::ranges::find_if_not(line.substr(0, longest_link), is_in_link);
            const auto length = static_cast<std::size_t>(end - line.begin());
            add(site_of(line.substr(0, length)), word_mass);
            line.remove_prefix(length);
            return;
        }
        std::size_t at = 0;
        while (at < line.size() && at < longest_address && is_in_address(line[at]))
            ++at;
        if (at + 1 < line.size() && line[at] == '@' && mail::is_alphanumeric(line[at + 1])) {
            for (++at; at < line.size() && is_in_address(line[at]);)
                ++at;
            add(address, word_mass);
            line.remove_prefix(at);
            return;
        }
        read_word(line);
    }

    /// A word may go on beyond ASCII ("chère").
    void read_word(std::string_view& line)
    {
        std::size_t length = 0;
        bool has_digit = false;
        while (length < line.size()) {
            const char c = line[length];
            if (static_cast<unsigned char>(c) < 0x80) {
                if (!mail::is_alphanumeric(c) && c != '\'')
                    break;
                has_digit = has_digit || mail::is_digit(c);
                ++length;
                continue;
            }
            const auto character = mail::first_character(line.substr(length));
            if (sets_no_blanks(character.value) || is_between_words(character.value))
                break;
            length += character.length;
        }
        add_word(has_digit ? number : hash64(line.substr(0, length)));
        line.remove_prefix(length);
    }

    void read_beyond_ascii(std::string_view& line)
    {
        const auto character = mail::first_character(line);
        if (sets_no_blanks(character.value)) {
            add(mixed(0xC4A2 + character.value), character_mass);
            line.remove_prefix(character.length);
        } else if (is_between_words(character.value)) {
            line.remove_prefix(character.length);
        } else {
            read_word(line);
        }
    }

    void add_word(std::uint64_t hash)
    {
        if (std::ranges::binary_search(names_, hash))
            hash = name;
        // "22 11 2026" is one number, "Ann B. Smith" one name.
        if ((hash == number || hash == name) && !tokens_.empty() && tokens_.back().hash == hash)
            return;
        if (std::ranges::binary_search(added_by_programs, hash)
            || (!tokens_.empty()
                && std::ranges::binary_search(added_by_programs, pair(tokens_.back().hash, hash))))
            note_addition();
        add(hash, word_mass);
    }
    void add(std::uint64_t hash, std::uint8_t mass) { tokens_.push_back({hash, mass}); }
    void note_addition() { addition_ = std::min(addition_, line_begin_); }

    /// "Dear Ann Smith," is "Dear NAME": who is greeted differs from copy to copy.
    void neutralise_greeting(std::size_t begin, std::string_view line)
    {
        constexpr std::size_t most_names = 4;
        const auto count = tokens_.size() - begin;
        if (count < 2 || count > most_names + 1
            || !std::ranges::binary_search(greetings, tokens_[begin].hash))
            return;
        const bool ends
            = line.ends_with(',') || line.ends_with('!') || line.ends_with(':') || count <= 3;
        if (!ends)
            return;
        tokens_.resize(begin + 1);
        add(name, word_mass);
    }
    static bool is_japanese_greeting(std::string_view line)
    {
        constexpr std::size_t longest = 72;
        return line.size() <= longest
            && std::ranges::any_of(
                   std::array<std::string_view, 5>{"様", "さま", "さん", "殿", "御中"},
                   [&](std::string_view title) { return line.ends_with(title); });
    }
    static bool is_japanese_addition(std::string_view line)
    {
        return !mail::is_ascii(line)
            && std::ranges::any_of(added_in_japanese,
                                   [&](std::string_view phrase) { return line.contains(phrase); });
    }

    /// Of a paragraph that ends with an addition the beginning stays: pages often are one
    /// paragraph.
    void end_paragraph()
    {
        auto kept = tokens_.size();
        if (addition_ != nowhere && tokens_.size() - addition_ <= longest_addition)
            kept = 5 * addition_ < 2 * tokens_.size() ? 0 : addition_;
        text_.tokens.insert(text_.tokens.end(), tokens_.begin(),
                            tokens_.begin() + static_cast<std::ptrdiff_t>(kept));
        tokens_.clear();
        addition_ = nowhere;
    }

    std::vector<std::uint64_t> names_;
    TemplateText text_;
    static constexpr std::size_t nowhere = ~std::size_t{0};
    std::vector<Token> tokens_; ///< of the paragraph
    std::size_t line_begin_ = 0;
    std::size_t addition_ = nowhere; ///< where the line begins that has the first one
    bool is_at_signature_ = false;
};
}

TemplateText template_of(std::string_view text, const std::vector<std::string>& names)
{
    if (text.size() > longest_text) {
        auto end = longest_text;
        while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            --end; // not inside of a character
        text = text.substr(0, end);
    }
    return Reader{names}.read(as_seen(text));
}
}
