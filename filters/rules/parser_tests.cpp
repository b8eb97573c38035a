// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/parser.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace filters::rulebook {
namespace {
char closing(char opening)
{
    constexpr std::string_view pairs = "(){}[]<>";
    const auto at = pairs.find(opening);
    return at != std::string_view::npos && at % 2 == 0 ? pairs[at + 1] : opening;
}

std::optional<double> number_of(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return {};
    return value;
}
}

Rule* Parser::define(const Line& line, std::string_view name, Kind kind)
{
    if (!is_test_name(name)) {
        broken(line, name.empty() ? line.word : name,
               name.empty() ? "a test needs a name"
                            : "a test's name has letters, digits and \"_\" only, no digit first");
        return nullptr;
    }
    const auto [known, is_new] = index_.try_emplace(std::string{name}, book_.rules.size());
    if (is_new && book_.rules.size() >= BookLimits::rules) {
        index_.erase(known);
        broken(line, name, "there are more than 50,000 tests");
        return nullptr;
    }
    if (is_new)
        book_.rules.emplace_back();
    auto& rule = book_.rules[known->second];
    rule = Rule{};
    rule.name = name;
    rule.kind = kind;
    rule.place = {static_cast<std::uint32_t>(book_.files.size() - 1), line_};
    rule.line = line.source;
    return &rule;
}

/// "/…/i", "m{…}i", "m,…,".
bool Parser::read_expression(const Line& line, Rule& rule, std::string_view text)
{
    const auto column_of = [&](std::string_view part) {
        const auto at = line.source.find(part);
        return at == std::string_view::npos ? 1U : static_cast<unsigned>(at + 1);
    };
    std::string_view inside = text;
    if (inside.starts_with('m'))
        inside.remove_prefix(1);
    else if (!inside.starts_with('/')) {
        broken(line, text, "an expression stands between slashes, or behind \"m\" and a sign");
        return false;
    }
    const bool is_sign = inside.size() > 1 && !mail::is_alphanumeric(inside.front())
        && inside.front() != '_' && inside.front() != ' ';
    const auto end = is_sign ? inside.rfind(closing(inside.front())) : 0;
    if (!is_sign || end == 0 || end == std::string_view::npos) {
        broken(line, text, "the expression has no end");
        return false;
    }
    rule.expression.text = inside.substr(1, end - 1);
    rule.expression.modifiers = inside.substr(end + 1);
    rule.expression.column = column_of(inside.substr(1, end - 1));
    if (rule.expression.text.empty()) {
        broken(line, text, "the expression is empty");
        return false;
    }
    for (const char c : rule.expression.modifiers)
        if (std::string_view{"imsxgoaul"}.find(c) == std::string_view::npos) {
            broken(line, text, "\"" + std::string(1, c) + "\" is no modifier");
            return false;
        }
    return true;
}

/// "eval:name('one', 2)".
bool Parser::read_call(const Line& line, Rule& rule, std::string_view text)
{
    text.remove_prefix(5);
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    rule.function = mail::trimmed(text.substr(0, open));
    if (!is_test_name(rule.function) || open == std::string_view::npos
        || close == std::string_view::npos || close < open) {
        broken(line, text, "a function with its arguments in brackets must stand here");
        return false;
    }
    std::string_view arguments = mail::trimmed(text.substr(open + 1, close - open - 1));
    while (!arguments.empty()) {
        const bool is_quoted = arguments.front() == '\'' || arguments.front() == '"';
        const auto end = is_quoted ? arguments.find(arguments.front(), 1)
                                   : std::min(arguments.find(','), arguments.size());
        if (end == std::string_view::npos) {
            broken(line, arguments, "the quotes are never closed");
            return false;
        }
        const std::size_t quotes = is_quoted;
        rule.arguments.emplace_back(mail::trimmed(arguments.substr(quotes, end - quotes)));
        arguments.remove_prefix(end + quotes);
        const auto comma = arguments.find(',');
        arguments = comma == std::string_view::npos ? std::string_view{}
                                                    : mail::trimmed(arguments.substr(comma + 1));
    }
    rule.target = rule.kind;
    rule.kind = Kind::evaluation;
    return true;
}

void Parser::read_test(const Line& line, Kind kind)
{
    std::string_view rest;
    const auto name = next_word(line.rest, rest);
    auto* rule = define(line, name, kind);
    if (rule == nullptr)
        return;
    const bool is_good = rest.starts_with("eval:") ? read_call(line, *rule, rest)
                                                   : read_expression(line, *rule, rest);
    if (!is_good)
        rule->kind = Kind::empty;
}

void Parser::body(const Line& line) { read_test(line, Kind::body); }
void Parser::rawbody(const Line& line) { read_test(line, Kind::rawbody); }
void Parser::uri(const Line& line) { read_test(line, Kind::uri); }
void Parser::full(const Line& line) { read_test(line, Kind::full); }

void Parser::header(const Line& line)
{
    std::string_view rest;
    const auto name = next_word(line.rest, rest);
    if (rest.starts_with("eval:"))
        return read_test(line, Kind::header);
    auto* rule = define(line, name, Kind::header);
    if (rule == nullptr)
        return;
    rule->kind = Kind::empty;
    const auto field = next_word(rest, rest);
    if (field.starts_with("exists:") && field.size() > 7) {
        rule->field = field.substr(7);
        rule->is_existence = true;
        rule->kind = Kind::header;
        return;
    }
    const auto operation = rest.substr(0, 2);
    if (field.empty() || (operation != "=~" && operation != "!~"))
        return broken(line, rest.empty() ? line.word : rest, "\"=~\" or \"!~\" must stand here");
    rest = mail::trimmed(rest.substr(2));
    constexpr std::string_view unset = "[if-unset:";
    if (const auto at = rest.rfind(unset); at != std::string_view::npos && rest.ends_with(']')) {
        rule->if_unset
            = mail::trimmed(rest.substr(at + unset.size(), rest.size() - at - unset.size() - 1));
        rest = mail::trimmed(rest.substr(0, at));
    }
    rule->field = field;
    rule->is_negated = operation == "!~";
    if (read_expression(line, *rule, rest))
        rule->kind = Kind::header;
}

void Parser::mimeheader(const Line& line)
{
    header(line);
    std::string_view rest;
    const auto found = index_.find(std::string{next_word(line.rest, rest)});
    if (found != index_.end() && book_.rules[found->second].kind == Kind::header)
        book_.rules[found->second].kind = Kind::mimeheader;
}

void Parser::meta(const Line& line)
{
    std::string_view rest;
    const auto name = next_word(line.rest, rest);
    auto* rule = define(line, name, Kind::meta);
    if (rule == nullptr)
        return;
    rule->formula = rest;
    if (rest.empty()) {
        rule->kind = Kind::empty;
        broken(line, name, "an expression must stand behind the name");
    }
}

void Parser::score(const Line& line)
{
    auto parts = words(line.rest);
    if (parts.size() != 2 && parts.size() != 5)
        return broken(line, line.word, "a score has a test's name and one number or four");
    auto& traits = book_.traits[std::string{parts.front()}];
    std::array<double, 4> scores{};
    for (std::size_t i = 0; i < 4; ++i) {
        auto text = parts[std::min(i + 1, parts.size() - 1)];
        const bool is_relative = text.size() > 2 && text.starts_with('(') && text.ends_with(')');
        if (is_relative)
            text = text.substr(1, text.size() - 2);
        const auto value = number_of(text);
        if (!value || *value > 1000 || *value < -1000)
            return broken(line, text, "a number between -1000 and 1000 must stand here");
        scores[i] = *value + (is_relative && traits.scores ? (*traits.scores)[i] : 0);
    }
    traits.scores = scores;
}

void Parser::describe(const Line& line)
{
    std::string_view rest;
    const auto name = next_word(line.rest, rest);
    book_.traits[std::string{name}].descriptions[line.language] = rest;
}

void Parser::tflags(const Line& line)
{
    // What asks for nothing that runs here: learning by points, DNS, publishing.
    static constexpr std::array<std::string_view, 20> known{"multiple",
                                                            "net",
                                                            "nice",
                                                            "learn",
                                                            "userconf",
                                                            "nosubject",
                                                            "noautolearn",
                                                            "autolearn_body",
                                                            "autolearn_header",
                                                            "autolearn_force",
                                                            "publish",
                                                            "nopublish",
                                                            "notrim",
                                                            "domains_only",
                                                            "ips_only",
                                                            "a",
                                                            "ns",
                                                            "nolog",
                                                            "noawl",
                                                            "nobayes"};
    constexpr std::string_view most_hits = "maxhits=";
    const auto parts = words(line.rest);
    if (parts.empty())
        return broken(line, line.word, "a test's name must stand here");
    Flags flags;
    for (const auto flag : std::span{parts}.subspan(1)) {
        flags.is_multiple |= flag == "multiple";
        flags.is_net |= flag == "net";
        flags.is_nice |= flag == "nice";
        flags.is_learned |= flag == "learn";
        flags.is_user_made |= flag == "userconf";
        flags.has_no_subject |= flag == "nosubject";
        if (flag.starts_with(most_hits)) {
            const auto most = number_of(flag.substr(most_hits.size()));
            if (!most || *most < 1 || *most != std::floor(*most))
                broken(line, flag, "\"maxhits=\" wants a whole number, 1 at least");
            else
                flags.most_hits = static_cast<unsigned>(std::min(*most, 1e6));
        } else if (std::ranges::find(known, flag) == known.end())
            remark(line, Remark::Severity::unsupported, flag,
                   "the flag \"" + std::string{flag} + "\" is not known here");
    }
    if (flags.most_hits > 0 && !flags.is_multiple)
        remark(line, Remark::Severity::unsupported, parts.front(),
               "\"maxhits\" has no effect without \"multiple\"");
    book_.traits[std::string{parts.front()}].flags = flags;
}

void Parser::priority(const Line& line)
{
    // The order of tests changes nothing here: all of them run.
    const auto parts = words(line.rest);
    const auto value = parts.size() == 2 ? number_of(parts[1]) : std::nullopt;
    if (!value)
        broken(line, line.word, "a test's name and a number must stand here");
}

void Parser::replace_rules(const Line& line)
{
    for (const auto name : words(line.rest))
        book_.traits[std::string{name}].has_tags = true;
}

void Parser::replace_table(const Line& line)
{
    std::string_view rest;
    const auto name = next_word(line.rest, rest);
    auto& table = line.word == "replace_tag" ? book_.replace_tags
        : line.word == "replace_pre"         ? book_.replace_pre
        : line.word == "replace_inter"       ? book_.replace_inter
                                             : book_.replace_post;
    table[std::string{name}] = rest;
}

void Parser::replace_delimiter(const Line& line)
{
    if (line.rest.size() != 1)
        return broken(line, line.word, "one character must stand here");
    (line.word == "replace_start" ? book_.replace_start : book_.replace_end) = line.rest.front();
}
}
