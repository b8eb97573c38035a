// SPDX-License-Identifier: Apache-2.0
#include "filters/roster.hpp"

#include "gateway/mail/address.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <atomic>

namespace filters {
namespace {
constexpr std::size_t longest_entry = 1U << 20;

/// Cuts at a separator that stands outside of quotes.
template <class Take> void split(std::string_view text, std::string_view separators, Take take)
{
    bool is_quoted = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '"')
            is_quoted = !is_quoted;
        if (i < text.size() && (is_quoted || separators.find(text[i]) == separators.npos))
            continue;
        if (const auto part = mail::trimmed(text.substr(start, i - start)); !part.empty())
            take(part);
        start = i + 1;
    }
}

std::string_view unquoted(std::string_view text)
{
    return text.size() >= 2 && text.starts_with('"') && text.ends_with('"')
        ? text.substr(1, text.size() - 2)
        : text;
}

std::atomic<std::shared_ptr<const Rosters>>& place()
{
    static std::atomic<std::shared_ptr<const Rosters>> rosters{std::make_shared<const Rosters>()};
    return rosters;
}
}

void Rosters::merge(const Rosters& others)
{
    for (const auto& [name, list] : others.lists) {
        auto& own = lists.try_emplace(name, List{.file = list.file, .members = {}}).first->second;
        own.members.insert(list.members.begin(), list.members.end());
        own.gone.insert(list.gone.begin(), list.gone.end());
    }
    problems.insert(problems.end(), others.problems.begin(), others.problems.end());
}

std::shared_ptr<const Rosters> Rosters::here() { return place().load(); }
void Rosters::put_here(std::shared_ptr<const Rosters> rosters)
{
    place().store(std::move(rosters));
}

RosterReader::RosterReader(RosterForm form, std::string domain, std::string list)
    : form_{form}, domain_{std::move(domain)}
{
    if (const auto key = key_of(list))
        list_ = *key;
}

std::optional<std::string> RosterReader::key_of(std::string_view text) const
{
    std::string address{text};
    if (address.find('@') == address.npos && !domain_.empty())
        address += "@" + domain_;
    const auto mailbox = mail::Mailbox::parse(address);
    return mailbox ? std::optional{mailbox->key()} : std::nullopt;
}

void RosterReader::line(std::string_view line)
{
    const auto text = mail::trimmed(line);
    if (text.empty() || text.starts_with('#'))
        return;
    if (form_ == RosterForm::csv)
        return take_pair(text);
    if (form_ == RosterForm::members)
        return add(list_, text);
    if (!mail::is_blank(line.front()))
        take_entry();
    if (entry_.size() + text.size() < longest_entry)
        entry_.append(text).push_back(' ');
    else
        ++unreadable;
}

void RosterReader::end() { take_entry(); }

void RosterReader::take_entry()
{
    const std::string entry = std::move(entry_);
    entry_.clear();
    if (entry.empty())
        return;
    const bool is_alias = form_ == RosterForm::aliases;
    const auto mark = is_alias && !entry.starts_with('"') ? entry.find(':')
        : is_alias                                        ? entry.find(':', entry.find('"', 1))
                                                          : entry.find_first_of(" \t");
    if (mark == entry.npos) {
        ++unreadable;
        return;
    }
    const auto name = mail::trimmed(std::string_view{entry}.substr(0, mark));
    std::string list;
    if (!is_alias && name.starts_with('@'))
        list = name; // a catch-all
    else if (!is_alias && name.find('@') == name.npos && name.find('.') != name.npos)
        return; // it declares a domain
    else if (const auto key = key_of(name))
        list = *key;
    if (list.empty()) {
        ++unreadable;
        return;
    }
    lists.try_emplace(list);
    split(std::string_view{entry}.substr(mark + 1), is_alias ? "," : ", \t",
          [&](std::string_view target) { add_target(list, target); });
}

void RosterReader::add_target(const std::string& list, std::string_view target)
{
    constexpr std::string_view include = ":include:";
    const auto bare = unquoted(target);
    if (bare.starts_with('|') || bare.starts_with('/'))
        return;
    if (bare.starts_with(include)) {
        includes.emplace_back(list, unquoted(mail::trimmed(bare.substr(include.size()))));
        return;
    }
    if (bare.find('@') != bare.npos)
        target = bare; // the whole address is quoted
    if (target.starts_with('\\'))
        target.remove_prefix(1);
    add(list, target);
}

void RosterReader::take_pair(std::string_view line)
{
    std::vector<std::string_view> cells;
    split(line, ",;\t", [&](std::string_view cell) { cells.push_back(unquoted(cell)); });
    if (cells.size() < 2)
        ++unreadable;
    else if (cells[0].find('@') == cells[0].npos && cells[1].find('@') == cells[1].npos
             && lists.empty())
        return; // heads of columns
    else if (const auto list = key_of(cells[0]))
        add(*list, cells[1]);
    else
        ++unreadable;
}

void RosterReader::add(const std::string& list, std::string_view target)
{
    if (const auto open = target.find('<'); open != target.npos)
        target = target.substr(open + 1, target.rfind('>') - open - 1);
    const auto key = key_of(mail::trimmed(target));
    if (!key || list.empty()) {
        ++unreadable;
        return;
    }
    if (members_ >= most_members) {
        is_cut = true;
        return;
    }
    members_ += lists[list].insert(*key).second;
}
}
