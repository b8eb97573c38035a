// SPDX-License-Identifier: Apache-2.0
#include "gateway/manual/roff.hpp"

#include "gateway/mail/utf8.hpp"
#include "gateway/version.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <vector>

namespace app::manual {
namespace {
constexpr std::size_t width = 78; ///< of a source line, as mandoc wants it

/// The day of the build where it says one (reproducible-builds.org), else today.
std::string date_text()
{
    const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
    const auto time = epoch == nullptr ? std::time(nullptr) : std::atoll(epoch);
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(time)));
}

std::string upper(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return out;
}

std::string_view special(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    case '"':
        return "\\(dq";
    default:
        return {};
    }
}

/// Words parted by single spaces; code keeps its own words together in one font each.
std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    bool is_code = false;
    const auto finish = [&] {
        if (!word.empty())
            words.push_back(std::exchange(word, {}));
    };
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" \n`"), text.size());
        if (end > 0)
            word += is_code ? bold(text.substr(0, end)) : Roff::escaped(text.substr(0, end));
        if (end == text.size())
            break;
        if (text[end] == '`')
            is_code = !is_code;
        else
            finish();
        text.remove_prefix(end + 1);
    }
    finish();
    return words;
}

/// A line must not begin with what roff takes for a command.
std::string as_line(const std::string& text)
{
    return (text.starts_with('.') ? "\\&" : "") + text + "\n";
}
}

std::string bold(std::string_view text) { return "\\fB" + Roff::escaped(text) + "\\fP"; }
std::string italic(std::string_view text) { return "\\fI" + Roff::escaped(text) + "\\fP"; }

std::string Roff::escaped(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const auto [value, length, is_valid] = mail::first_character(text);
        if (const auto name = special(text.front()); !name.empty())
            out += name;
        else if (value < 0x80 || !is_valid)
            out += is_valid ? text.front() : '?';
        else
            out += fmt::format("\\[u{:04X}]", static_cast<std::uint32_t>(value));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

Roff::Roff(std::string_view name, int section, std::string_view summary)
{
    out_ = fmt::format(
        ".\\\" Made by `mailweir manual`. Do not edit.\n"
        ".TH {} {} {} \"mailweir {}\" \"Mailweir\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n",
        upper(name), section, date_text(), version_text(), escaped(name), escaped(summary));
}

Roff& Roff::section(std::string_view heading) { return raw(".SH " + upper(heading)); }

Roff& Roff::subsection(std::string_view heading) { return raw(".SS \"" + escaped(heading) + "\""); }

Roff& Roff::paragraph(std::string_view text)
{
    std::string line;
    for (const auto& word : words_of(text)) {
        if (!line.empty() && line.size() + 1 + word.size() > width)
            out_ += as_line(std::exchange(line, {}));
        line += (line.empty() ? "" : " ") + word;
    }
    if (!line.empty())
        out_ += as_line(line);
    return *this;
}

/// Right after a heading there is room already.
Roff& Roff::space()
{
    const auto last = out_.rfind('\n', out_.size() - 2) + 1;
    for (const std::string_view heading : {".SH", ".SS", ".RS"})
        if (std::string_view{out_}.substr(last).starts_with(heading))
            return *this;
    return raw(".PP");
}

Roff& Roff::text(std::string_view text)
{
    while (!text.empty()) {
        const auto end = std::min(text.find("\n\n"), text.size());
        space().paragraph(text.substr(0, end));
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return *this;
}

Roff& Roff::item(std::string_view term, std::string_view meaning)
{
    return raw_item(bold(term), meaning);
}

Roff& Roff::raw_item(std::string_view term, std::string_view meaning)
{
    raw(".TP");
    out_ += as_line(std::string{term});
    return meaning.empty() ? raw("\\&") : paragraph(meaning);
}

Roff& Roff::begin_inside() { return raw(".RS"); }
Roff& Roff::end_inside() { return raw(".RE"); }

Roff& Roff::example(std::string_view lines)
{
    space().raw(".nf").raw(".RS 4");
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        const auto line = escaped(lines.substr(0, end));
        out_ += line.empty() ? "\\&\n" : as_line(line);
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return raw(".RE").raw(".fi");
}

Roff& Roff::raw(std::string_view line)
{
    out_ += line;
    out_ += '\n';
    return *this;
}
}
