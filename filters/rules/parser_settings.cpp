// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/conditions.hpp"
#include "filters/rules/parser.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace filters::rulebook {
namespace {
/// Names of before 4.0 mean the same as those of today.
std::string of_today(std::string_view name)
{
    std::string text{name};
    for (const auto& [old, now] :
         {std::pair{"whitelist", "welcomelist"}, {"blacklist", "blocklist"}})
        if (const auto at = text.find(old); at != std::string::npos)
            text.replace(at, std::string_view{old}.size(), now);
    return text;
}
}

void Parser::address_list(const Line& line)
{
    auto& entries = book_.lists.addresses[of_today(line.word)];
    if (line.word.ends_with("_subject")) {
        entries.push_back({std::string{line.rest}, {}});
        return;
    }
    for (const auto pattern : words(line.rest))
        entries.push_back({std::string{pattern}, {}});
}

void Parser::address_removal(const Line& line)
{
    auto& entries = book_.lists.addresses[of_today(line.word.substr(2))];
    for (const auto pattern : words(line.rest))
        std::erase_if(entries, [&](const AddressEntry& entry) { return entry.pattern == pattern; });
}

void Parser::received_list(const Line& line)
{
    const auto parts = words(line.rest);
    auto& entries = book_.lists.addresses[of_today(line.word)];
    if (line.word.ends_with("_allows_relays"))
        for (const auto pattern : parts)
            entries.push_back({std::string{pattern}, {}});
    else if (parts.size() == 2)
        entries.push_back({std::string{parts[0]}, std::string{parts[1]}});
    else
        broken(line, line.word, "an address and a relay's domain must stand here");
}

void Parser::word_list(const Line& line)
{
    const bool is_clearing = line.word.starts_with("clear_");
    auto& entries = book_.lists.words[of_today(is_clearing ? line.word.substr(6) : line.word)];
    if (is_clearing)
        entries.clear();
    for (const auto word : words(line.rest)) {
        entries.emplace_back(word);
        std::ranges::transform(entries.back(), entries.back().begin(), mail::to_lower);
    }
}

void Parser::host_list(const Line& line)
{
    std::string_view rest = line.rest;
    std::string list;
    if (line.word == "enlist_uri_host" || line.word == "delist_uri_host") {
        const auto name = next_word(rest, rest);
        if (name.size() > 2 && name.starts_with('(') && name.ends_with(')'))
            list = name.substr(1, name.size() - 2);
        else if (line.word == "enlist_uri_host")
            return broken(line, line.word, "the list's name in brackets must stand here");
    } else
        list = of_today(line.word).starts_with("welcome") ? "WELCOME" : "BLOCK";
    for (const auto word : words(rest)) {
        std::string host{word};
        std::ranges::transform(host, host.begin(), mail::to_lower);
        if (line.word != "delist_uri_host")
            book_.lists.uri_hosts[list].push_back(host);
        else
            for (auto& [name, hosts] : book_.lists.uri_hosts)
                if (list.empty() || name == list)
                    std::erase(hosts, host);
    }
}

void Parser::named_addresses(const Line& line)
{
    std::string_view rest = line.rest;
    const auto name = next_word(rest, rest);
    if (name.size() < 3 || !name.starts_with('(') || !name.ends_with(')'))
        return broken(line, line.word, "the list's name in brackets must stand here");
    auto& entries = book_.lists.named_addresses[std::string{name.substr(1, name.size() - 2)}];
    for (const auto pattern : words(rest))
        entries.emplace_back(pattern);
}

void Parser::clear_domains(const Line&)
{
    for (const auto* name : {"util_rb_tld", "util_rb_2tld", "util_rb_3tld"})
        book_.lists.words.erase(name);
}

void Parser::compatibility(const Line& line)
{
    compatibilities_.insert("Mail::SpamAssassin::Conf::compat_" + std::string{line.rest});
}

void Parser::version(const Line& line)
{
    double wanted = 0;
    std::from_chars(line.rest.data(), line.rest.data() + line.rest.size(), wanted);
    constexpr double tolerance = 1e-9;
    if (wanted > claimed_version + tolerance) {
        broken(line, line.rest, "the file asks for a later version: the rest of it is not read");
        is_ended_ = true;
    }
}

void Parser::refused(const Line& line)
{
    broken(line, line.word, "\"include\" is refused: name the folder in the settings instead");
}

void Parser::known_by_gateway(const Line& line)
{
    remark(line, Remark::Severity::unsupported, line.word,
           "has no effect: the gateway says itself who handed the message over, and of hops before "
           "that those with private addresses or a sign-on are trusted");
}

void Parser::fixed_here(const Line& line)
{
    remark(line, Remark::Severity::elsewhere, line.word,
           "has no effect: top domains come from the public suffix list, limits are fixed");
}

void Parser::elsewhere(const Line& line)
{
    remark(line, Remark::Severity::elsewhere, line.word,
           "tests that ask the network or learn are layers of their own here");
}
}
