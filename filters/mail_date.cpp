// SPDX-License-Identifier: Apache-2.0
#include "filters/mail_date.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace filters {
namespace {
constexpr std::array<std::string_view, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                                  "jul", "aug", "sep", "oct", "nov", "dec"};
struct Zone {
    std::string_view name;
    int hours;
};
constexpr std::array zones{Zone{"est", -5}, Zone{"edt", -4}, Zone{"cst", -6}, Zone{"cdt", -5},
                           Zone{"mst", -7}, Zone{"mdt", -6}, Zone{"pst", -8}, Zone{"pdt", -7}};

/// Takes words off the front; blanks and the comma after the day are passed over.
class Words {
public:
    explicit Words(std::string_view text) : rest_{text} { }
    std::string_view next()
    {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t,"), rest_.size()));
        const auto word = rest_.substr(0, rest_.find_first_of(" \t,"));
        rest_.remove_prefix(word.size());
        return word;
    }

private:
    std::string_view rest_;
};

std::string lower(std::string_view text)
{
    std::string out{text.substr(0, 16)};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

std::optional<int> number(std::string_view text, int least, int most)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        return {};
    return value;
}

std::optional<std::chrono::seconds> time_of_day(std::string_view text)
{
    const auto first = text.find(':');
    if (first == std::string_view::npos)
        return {};
    const auto second = text.find(':', first + 1);
    const auto hours = number(text.substr(0, first), 0, 23);
    const auto minutes = number(text.substr(first + 1, second - first - 1), 0, 59);
    const auto seconds = second == std::string_view::npos ? std::optional{0}
                                                          : number(text.substr(second + 1), 0, 60);
    if (!hours || !minutes || !seconds)
        return {};
    return std::chrono::hours{*hours} + std::chrono::minutes{*minutes}
    + std::chrono::seconds{*seconds};
}

/// "+0900", "EST"; an unknown name counts as UTC (RFC 5322 §4.3).
std::chrono::minutes offset(std::string_view text)
{
    if (text.size() == 5 && (text[0] == '+' || text[0] == '-')) {
        const auto hours = number(text.substr(1, 2), 0, 99);
        const auto minutes = number(text.substr(3, 2), 0, 59);
        if (hours && minutes)
            return (text[0] == '-' ? -1 : 1)
                * (std::chrono::hours{*hours} + std::chrono::minutes{*minutes});
    }
    const auto name = lower(text);
    for (const auto& zone : zones)
        if (zone.name == name)
            return std::chrono::hours{zone.hours};
    return std::chrono::minutes{0};
}

std::optional<int> year_of(std::string_view text)
{
    const auto year = number(text, 0, 9999);
    if (!year)
        return {};
    if (text.size() == 2)
        return *year < 50 ? 2000 + *year : 1900 + *year;
    return text.size() == 3 ? 1900 + *year : *year;
}
}

std::optional<std::chrono::system_clock::time_point> parse_mail_date(std::string_view text)
{
    Words words{text};
    auto word = words.next();
    if (!word.empty() && (word[0] < '0' || word[0] > '9'))
        word = words.next();
    const auto day = number(word, 1, 31);
    const auto month_name = lower(words.next().substr(0, 3));
    const auto month = std::find(months.begin(), months.end(), month_name);
    const auto year = year_of(words.next());
    const auto time = time_of_day(words.next());
    // A system_clock in nanoseconds ends in 2262.
    if (!day || month == months.end() || !year || *year < 1900 || *year > 2261 || !time)
        return {};
    const std::chrono::year_month_day date{
        std::chrono::year{*year},
        std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
        std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok())
        return {};
    return std::chrono::sys_days{date} + *time - offset(words.next());
}
}
