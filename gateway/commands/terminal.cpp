// SPDX-License-Identifier: Apache-2.0
#include "gateway/commands/terminal.hpp"

#include "web/api/document.hpp"
#include "web/api/json.hpp"
#include "web/api/request.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cwchar>

namespace app::commands {
namespace json = boost::json;

Option json_option() { return {"--json", "", "one JSON document"}; }
Option jsonl_option() { return {"--jsonl", "", "one JSON object a line"}; }

Output output_of(const Arguments& arguments)
{
    if (arguments.has("--jsonl"))
        return Output::jsonl;
    return arguments.has("--json") ? Output::json : Output::table;
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

namespace {
/// The next character and its octets; 0 octets at an invalid one.
std::pair<wchar_t, std::size_t> character_at(std::string_view text)
{
    static const bool has_utf8 = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
    std::mbstate_t state{};
    wchar_t c = 0;
    const std::size_t length = has_utf8 ? std::mbrtowc(&c, text.data(), text.size(), &state) : 1;
    return length == 0 || length > text.size() ? std::pair{L'\0', std::size_t{0}}
                                               : std::pair{c, length};
}

bool steers_the_reader(wchar_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F)
        || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}
}

std::string printable(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const auto [c, length] = character_at(text);
        if (c == L'\t' || c == L'\n' || c == L'\r')
            out += ' ';
        else if (length == 0 || steers_the_reader(c))
            out += "\xEF\xBF\xBD";
        else
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::size_t width_of(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty()) {
        const auto [c, length] = character_at(text);
        width += length == 0 ? 1 : static_cast<std::size_t>(std::max(::wcwidth(c), 0));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return width;
}

namespace {
std::string cut(const std::string& text, std::size_t widest)
{
    if (width_of(text) <= widest)
        return text;
    std::string out;
    std::string_view rest = text;
    for (std::size_t width = 0; !rest.empty();) {
        const auto length = std::max<std::size_t>(character_at(rest).second, 1);
        width += width_of(rest.substr(0, length));
        if (width >= widest)
            break;
        out += rest.substr(0, length);
        rest.remove_prefix(length);
    }
    return out + "…";
}
}

std::string local_time(const std::string& text)
{
    const auto moment = text.size() >= 20 ? web::parse_moment(text, {}) : std::nullopt;
    if (!moment)
        return text;
    return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                       fmt::localtime(std::chrono::system_clock::to_time_t(*moment)));
}

std::string cell_text(const json::value& value)
{
    if (const auto* text = value.if_string()) {
        const std::string plain{text->data(), text->size()};
        const bool is_time = plain.size() == 24 && plain[10] == 'T' && plain.back() == 'Z';
        return is_time ? local_time(plain) : printable(plain);
    }
    if (value.is_null())
        return "-";
    return web::json_text(value);
}

void print_table(const std::vector<Column>& columns, const json::array& rows)
{
    const bool is_for_people = is_terminal(STDOUT_FILENO);
    std::vector<std::vector<std::string>> lines(1);
    for (const auto& column : columns)
        lines[0].emplace_back(column.title);
    for (const auto& row : rows) {
        auto& line = lines.emplace_back();
        for (const auto& column : columns) {
            auto text = cell_text(web::member_of(row, column.member));
            line.push_back(is_for_people ? cut(text, column.widest) : std::move(text));
        }
    }
    std::vector<std::size_t> widths(columns.size());
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], width_of(line[i]));
    for (std::size_t l = is_for_people ? 0 : 1; l < lines.size(); ++l) {
        std::string out;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool is_last = i + 1 == columns.size();
            out += lines[l][i];
            if (is_for_people && !is_last)
                out += std::string(widths[i] - width_of(lines[l][i]) + 2, ' ');
            else if (!is_last)
                out += '\t';
        }
        std::puts(out.c_str());
    }
}

void print_rows(Output output, const std::vector<Column>& columns, const json::array& rows)
{
    if (output == Output::table)
        return print_table(columns, rows);
    if (output == Output::json) {
        std::puts(web::json_text(json::value(rows)).c_str());
        return;
    }
    for (const auto& row : rows)
        std::puts(web::json_text(row).c_str());
}

std::string span_text(double seconds)
{
    const auto whole = static_cast<long long>(std::max(seconds, 0.0));
    const auto days = whole / 86400, hours = whole / 3600 % 24, minutes = whole / 60 % 60;
    if (days > 0)
        return fmt::format("{} day{} {} h", days, days == 1 ? "" : "s", hours);
    if (hours > 0)
        return fmt::format("{} h {} min", hours, minutes);
    return minutes > 0 ? fmt::format("{} min {} s", minutes, whole % 60)
                       : fmt::format("{} s", whole);
}

std::string octets_text(double octets)
{
    constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (octets >= 1024 && unit + 1 < units.size()) {
        octets /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{:.0f} B", octets)
                     : fmt::format("{:.1f} {}", octets, units[unit]);
}

Progress::Progress(std::string_view unit, std::size_t total)
    : unit_{unit}, total_{total}, is_shown_{is_terminal(STDERR_FILENO)},
      start_{std::chrono::steady_clock::now()}, next_{start_ + std::chrono::seconds{1}}
{ }

Progress::~Progress()
{
    if (is_shown_)
        std::fputs("\r\x1b[K", stderr);
}

void Progress::step()
{
    ++done_;
    if (!is_shown_)
        return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_)
        return;
    next_ = now + std::chrono::milliseconds{250};
    const double rate
        = static_cast<double>(done_) / std::chrono::duration<double>(now - start_).count();
    if (total_ == 0) {
        fmt::print(stderr, "\r{} {}, {:.0f}/s    ", done_, unit_, rate);
        return;
    }
    constexpr std::size_t width = 30;
    const auto filled = std::min(width, done_ * width / total_);
    fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {} of {} {}, {:.0f}/s, {} left    ", "", filled, "",
               width - filled, done_, total_, unit_, rate,
               span_text(static_cast<double>(total_ - std::min(done_, total_)) / rate));
}
}
