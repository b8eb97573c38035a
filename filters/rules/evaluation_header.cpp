// SPDX-License-Identifier: Apache-2.0
#include "filters/mail_date.hpp"
#include "filters/rules/evaluation.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace filters::rulebook {
namespace {
using Arguments = std::span<const std::string>;

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

std::string domain_of(std::string_view address)
{
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string{} : lower(address.substr(at + 1));
}

/// The registrable part of an address's domain.
std::string owner_of(std::string_view address)
{
    const auto domain = domain_of(mail::trimmed(address));
    return std::string{mail::registrable_domain(domain)};
}

double missing_to(const EvaluationContext& context, Arguments)
{
    const auto& headers = context.view.headers();
    return headers.find("To") == nullptr && headers.find("Apparently-To") == nullptr;
}

double header_count(const EvaluationContext& context, Arguments arguments)
{
    // Copies of the same field are one.
    std::set<std::string_view> values;
    for (const auto& field : context.view.headers().header().fields())
        if (field.is(text_argument(arguments, 0)))
            values.insert(field.value);
    const auto count = static_cast<double>(values.size());
    return count >= number_argument(arguments, 1, 0) && count <= number_argument(arguments, 2, 1e9);
}

double illegal_characters(const EvaluationContext& context, Arguments arguments)
{
    std::string name{text_argument(arguments, 0)};
    const auto& raw = context.view.headers().text(name == "ALL" ? "ALL:raw" : name + ":raw");
    const auto text = name == "ALL" ? std::string_view{raw} : mail::trimmed(raw);
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < ' ' && !std::string_view{"\t\n\r"}.contains(c);
    };
    // UTF-8 is what today's programs write (RFC 6532).
    const bool is_usual
        = !mail::is_ascii(text) && mail::is_utf8(text) && std::ranges::none_of(text, is_control);
    if (text.empty() || is_usual)
        return 0;
    auto count = std::ranges::count_if(
        text, [&](char c) { return is_control(c) || static_cast<unsigned char>(c) >= 0x7F; });
    // One cent, pound or registered sign of Latin-1 is forgiven.
    const auto signs = std::ranges::count_if(
        text, [](char c) { return std::string_view{"\xA2\xA3\xAE"}.contains(c); });
    count -= signs == 1 && mail::equals_ignoring_case(name, "Subject");
    const auto illegal = static_cast<double>(count);
    return illegal >= number_argument(arguments, 2, 0)
        && illegal / static_cast<double>(text.size()) >= number_argument(arguments, 1, 0);
}

/// Words in charsets whose letters may look like capitals of ours.
bool is_encoded_in_other_script(std::string_view raw)
{
    static constexpr std::array<std::string_view, 12> signs{
        "koi",   "jp",     "jis",          "euc",        "gb",    "big5",
        "isoir", "cp1251", "windows-1251", "georgianps", "pt154", "tis"};
    const auto text = lower(raw);
    for (auto at = text.find("=?"); at != std::string::npos; at = text.find("=?", at + 2)) {
        const auto rest = std::string_view{text}.substr(at + 2);
        const auto charset
            = rest.substr(0, rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_"));
        if (rest.substr(charset.size()).starts_with('?')
            && std::ranges::any_of(signs, [&](auto sign) { return charset.contains(sign); }))
            return true;
    }
    return false;
}

double all_caps(const EvaluationContext& context, Arguments)
{
    std::string subject{mail::trimmed(context.view.headers().text("Subject"))};
    for (const std::string_view sign : {"re:", "fw:", "fwd:"})
        if (lower(subject).starts_with(sign))
            subject = mail::trimmed(std::string_view{subject}.substr(sign.size()));
    constexpr std::size_t shortest = 10;
    if (!subject.contains(' '))
        return 0;
    if (is_encoded_in_other_script(context.view.headers().text("Subject:raw")))
        return 0;
    std::string letters;
    for (const char c : subject)
        if (mail::is_alphanumeric(c) && !mail::is_digit(c))
            letters += c;
    return !letters.empty() && subject.size() >= shortest
        && std::ranges::none_of(letters, [](char c) { return c >= 'a' && c <= 'z'; });
}

double different_from_domains(const EvaluationContext& context, Arguments)
{
    const auto& headers = context.view.headers();
    const auto from = owner_of(headers.first("From:addr"));
    const auto envelope = owner_of(headers.text("EnvelopeFrom"));
    return !from.empty() && !envelope.empty() && from != envelope;
}

double envelope_matches_from(const EvaluationContext& context, Arguments)
{
    const auto& headers = context.view.headers();
    const auto envelope = lower(mail::trimmed(headers.text("EnvelopeFrom")));
    return envelope == lower(headers.first("From:addr"));
}

double to_in_subject(const EvaluationContext& context, Arguments arguments)
{
    const auto& headers = context.view.headers();
    const auto to = lower(headers.first("To:addr"));
    const auto subject = lower(mail::trimmed(headers.text("Subject")));
    const auto local = to.substr(0, to.find('@'));
    constexpr std::size_t shortest = 3;
    if (text_argument(arguments, 0) == "address")
        return !to.empty() && subject.contains(to);
    if (local.size() < shortest || !to.contains('@'))
        return 0;
    // As an address to the reader: "bob, ...", "Re: bob", "... bob".
    constexpr std::string_view signs = ",:;!?-";
    if (subject.starts_with(local)) {
        const auto rest = mail::trimmed(std::string_view{subject}.substr(local.size()));
        if (!rest.empty() && signs.contains(rest.front()))
            return 1;
    }
    const auto end = subject.find_last_not_of(signs);
    const auto front = std::string_view{subject}.substr(0, end == std::string::npos ? 0 : end + 1);
    if (!front.ends_with(local))
        return 0;
    return front.size() < subject.size() || subject == "re: " + local || subject == "fw: " + local;
}

double unresolved_template(const EvaluationContext& context, Arguments)
{
    for (const auto& field : context.view.headers().header().fields()) {
        if (field.is("Received") || field.name.starts_with("X-") || field.is("From")
            || field.is("Message-ID"))
            continue;
        for (std::size_t at = field.value.find('%'); at != std::string_view::npos;
             at = field.value.find('%', at + 1)) {
            const auto rest = field.value.substr(at + 1);
            constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
            const auto end = rest.find_first_not_of(capitals);
            if (end != std::string_view::npos && end >= 6 && rest[end] != '%')
                return 1;
        }
    }
    return 0;
}

/// The word that is the year: four digits behind a month's name; "" where none is.
std::string_view year_in(std::string_view date)
{
    bool is_behind_month = false;
    for (const auto word : words(date)) {
        if (is_behind_month && word.size() == 4 && std::ranges::all_of(word, mail::is_digit))
            return word;
        is_behind_month = !mail::is_digit(word.front()) && mail::is_alphanumeric(word.front());
    }
    return {};
}

/// As `parse_mail_date`, and the years 100 to 199, which some programs count from 1900.
std::optional<std::chrono::system_clock::time_point> date_of(std::string_view date)
{
    std::string text{date};
    if (const auto year = year_in(text); year.starts_with("01"))
        text.replace(static_cast<std::size_t>(year.data() - text.data()), 2, "20");
    return parse_mail_date(text);
}

/// Hours from the times that hops took a message to the date it bears, the last hop first. What
/// stands above a fetch by somebody's own program does not count.
std::vector<double> shifts(const mail::Header& header,
                           std::chrono::system_clock::time_point claimed)
{
    std::vector<double> hours;
    for (const auto& field : header.fields()) {
        if (!field.is("Received"))
            continue;
        const auto value = mail::unfold(field.value);
        const auto semicolon = value.rfind(';');
        const auto taken = semicolon == std::string::npos
            ? std::nullopt
            : date_of(std::string_view{value}.substr(semicolon + 1));
        if (value.contains("(fetchmail"))
            hours.clear();
        else if (taken)
            hours.push_back(
                std::chrono::duration<double, std::ratio<3600>>(claimed - *taken).count());
    }
    return hours;
}

/// Hours between the date a message bears and the time the likeliest hop took it.
std::optional<double> shift_in_hours(const EvaluationContext& context)
{
    const auto& header = context.view.headers().header();
    const auto* date = header.find("Resent-Date");
    if (date == nullptr)
        date = header.find("Date");
    if (date == nullptr)
        return {};
    const auto text = mail::unfold(date->value);
    constexpr double far = 1e6;
    if (year_in(text) > "2200" && header.find("Received") != nullptr)
        return far;
    const auto claimed = date_of(text);
    if (!claimed)
        return {};
    auto hours = shifts(header, *claimed);
    // The first hop often is the program that wrote the date.
    if (hours.size() > 1 && hours.back() == 0)
        hours.pop_back();
    if (hours.empty())
        return {};
    return *std::ranges::min_element(hours, {}, [](double value) { return std::abs(value); });
}

double shifted_date(const EvaluationContext& context, Arguments arguments)
{
    const auto hours = shift_in_hours(context);
    if (!hours)
        return 0;
    constexpr double any = 1e12;
    return *hours >= number_argument(arguments, 0, -any)
        && *hours < number_argument(arguments, 1, any);
}

/// "name@host.example" wherever it stands in a field, in lower case.
std::vector<std::string> addresses_in(std::string_view text)
{
    std::vector<std::string> all;
    const auto is_of_name
        = [](char c) { return mail::is_alphanumeric(c) || std::string_view{"_.=-"}.contains(c); };
    for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
        auto start = at, end = at + 1;
        while (start > 0 && is_of_name(text[start - 1]))
            --start;
        while (end < text.size() && is_of_name(text[end]) && text[end] != '=')
            ++end;
        const auto host = text.substr(at + 1, end - at - 1);
        if (start < at && host.contains('.'))
            all.push_back(lower(text.substr(start, end - start)));
    }
    return all;
}

/// Copies that stand side by side are one.
std::vector<std::string> recipients(const EvaluationContext& context)
{
    constexpr std::size_t fewest = 5, most = 256;
    std::vector<std::string> all;
    for (const auto* name : {"ToCc", "Bcc"}) {
        const auto& text = context.view.headers().text(name);
        for (auto& address : addresses_in(text))
            if ((all.empty() || all.back() != address) && all.size() < most)
                all.push_back(std::move(address));
        if (all.size() >= fewest)
            break;
    }
    return all;
}

double sorted_recipients(const EvaluationContext& context, Arguments)
{
    constexpr std::size_t fewest = 7;
    const auto all = recipients(context);
    return all.size() >= fewest && std::ranges::is_sorted(all);
}

/// How many of all pairs begin alike, and how many hosts do without being the same.
double similar_recipients(const EvaluationContext& context, Arguments arguments)
{
    constexpr std::size_t fewest = 5, front = 2;
    const auto all = recipients(context);
    if (all.size() < fewest)
        return 0;
    double hits = 0, pairs = 0;
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = i + 1; j < all.size(); ++j) {
            const auto first = domain_of(all[i]), second = domain_of(all[j]);
            hits += all[i].substr(0, front) == all[j].substr(0, front);
            hits += first != second && first.substr(0, front) == second.substr(0, front);
            ++pairs;
        }
    const double ratio = hits / pairs;
    return ratio >= number_argument(arguments, 0, 0) && ratio < number_argument(arguments, 1, 1e9);
}

double ratware_envelope(const EvaluationContext& context, Arguments)
{
    const auto& headers = context.view.headers();
    const auto to = lower(headers.first("To:addr")), from = lower(headers.text("EnvelopeFrom"));
    if (to.empty() || from.empty())
        return 0;
    auto user = to.substr(0, to.find('@'));
    const auto domain = domain_of(to);
    return !domain.empty() && from.contains(user + "." + domain) && from.find('@') > 0
        && !from.starts_with(user + "@");
}

/// "<" 28 capitals "." and the sender's address ">", as a kind of Outlook writes ids; the sender
/// has a name in quotes.
double ratware_name_and_id(const EvaluationContext& context, Arguments)
{
    const auto& headers = context.view.headers();
    const auto id = mail::trimmed(headers.text("MESSAGEID"));
    constexpr std::size_t capitals = 28;
    if (id.size() < capitals + 3 || id.front() != '<' || id[capitals + 1] != '.'
        || !std::ranges::all_of(id.substr(1, capitals),
                                [](char c) { return c >= 'A' && c <= 'Z'; }))
        return 0;
    const auto address = id.substr(capitals + 2, id.find('>') - capitals - 2);
    const auto from = mail::trimmed(headers.text("From"));
    const auto open = from.rfind('<');
    return from.starts_with('"') && from.find('"', 1) > 1 && open != std::string_view::npos
        && !address.empty() && from.substr(open) == "<" + std::string{address} + ">";
}

/// Outlook's ids begin with the time they were made at, in the unit of the upper half of a
/// FILETIME (MS-DTYP §2.3.3).
double false_outlook_id(const EvaluationContext& context, Arguments)
{
    const auto& headers = context.view.headers();
    const auto id = mail::trimmed(headers.text("MESSAGEID"));
    constexpr std::size_t first = 13, second = 22, at = 31; // "<0123" + 8 "$" + 8 "$" + 8 "@"
    if (id.size() <= at || id[0] != '<' || id[first] != '$' || id[second] != '$' || id[at] != '@')
        return 0;
    std::uint32_t token = 0;
    const auto [end, error] = std::from_chars(id.data() + 5, id.data() + first, token, 16);
    if (error != std::errc{} || end != id.data() + first)
        return 0;
    const auto fits = [&](std::string_view date) {
        const auto time = parse_mail_date(date);
        if (!time)
            return false;
        constexpr double since_1601 = 11'644'473'600.0, tenths_of_microseconds = 1e7,
                         unit = 4'294'967'296.0, tolerance = 250;
        const double seconds = std::chrono::duration<double>(time->time_since_epoch()).count();
        const double wanted = (seconds + since_1601) * tenths_of_microseconds / unit;
        return std::abs(token - wanted) < tolerance;
    };
    const auto received = headers.text("Received");
    const auto semicolon = received.rfind(';');
    return !fits(mail::trimmed(headers.text("Date")))
        && !(semicolon != std::string::npos
             && fits(mail::trimmed(std::string_view{received}.substr(semicolon + 1))));
}

constexpr std::array<NamedEvaluation, 14> table{
    {{"check_for_missing_to_header", missing_to},
     {"check_outlook_message_id", false_outlook_id},
     {"check_header_count_range", header_count},
     {"check_illegal_chars", illegal_characters},
     {"subject_is_all_caps", all_caps},
     {"check_equal_from_domains", different_from_domains},
     {"check_for_matching_env_and_hdr_from", envelope_matches_from},
     {"check_for_to_in_subject", to_in_subject},
     {"check_unresolved_template", unresolved_template},
     {"check_for_shifted_date", shifted_date},
     {"sorted_recipients", sorted_recipients},
     {"similar_recipients", similar_recipients},
     {"check_ratware_envelope_from", ratware_envelope},
     {"check_ratware_name_id", ratware_name_and_id}}};
}

std::span<const NamedEvaluation> header_evaluations() { return table; }
}
