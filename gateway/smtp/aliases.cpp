// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/aliases.hpp"

namespace smtp {
namespace {
constexpr int most_steps = 5;
constexpr std::string_view blanks = " \t\r,";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; // some editors begin files with it

std::string_view next_word(std::string_view& line)
{
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const auto word = line.substr(0, std::min(line.find_first_of(blanks), line.size()));
    line.remove_prefix(word.size());
    return word;
}

const DomainSettings* settings_of(const Settings& settings, const mail::Mailbox& address)
{
    const auto found = settings.domains.find(address.domain().ascii());
    return found == settings.domains.end() ? nullptr : &found->second;
}

/// The same local part elsewhere; what cannot be written so stays as it is.
mail::Mailbox with_domain(const mail::Mailbox& address, const mail::Domain& domain)
{
    const auto text = address.to_string();
    const auto moved = mail::Mailbox::parse(text.substr(0, text.rfind('@') + 1) + domain.ascii());
    return moved ? *moved : address;
}

/// "bob+x" without "+x"; nothing in front of the delimiter is no detail.
std::optional<mail::Mailbox> without_detail(const mail::Mailbox& address,
                                            const std::string& delimiters)
{
    const auto at = address.local().find_first_of(delimiters, 1);
    if (delimiters.empty() || at == std::string::npos)
        return std::nullopt;
    const auto base
        = mail::Mailbox::parse(address.local().substr(0, at) + "@" + address.domain().ascii());
    return base ? std::optional{*base} : std::nullopt;
}
}

std::string_view content_of_line(std::string_view line, bool is_first)
{
    if (is_first && line.starts_with(byte_order_mark))
        line.remove_prefix(byte_order_mark.size());
    for (auto at = line.find('#'); at != line.npos; at = line.find('#', at + 1))
        if (at == 0 || blanks.find(line[at - 1]) != blanks.npos)
            line = line.substr(0, at);
    const auto first = std::min(line.find_first_not_of(blanks), line.size());
    return line.substr(first, line.find_last_not_of(blanks) + 1 - first);
}

Aliases Aliases::parse(std::string_view text)
{
    Aliases aliases;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!aliases.add(content_of_line(line, number == 1)))
            aliases.unread_.push_back(number);
    }
    return aliases;
}

bool Aliases::add(std::string_view line)
{
    auto name = next_word(line);
    if (name.empty())
        return true;
    if (name.ends_with(':'))
        name.remove_suffix(1);
    if (name.starts_with('@')) {
        auto target = next_word(line);
        target.remove_prefix(target.starts_with('@') ? 1 : 0);
        const auto from = mail::Domain::parse(name.substr(1)), to = mail::Domain::parse(target);
        if (from && to)
            domains_.insert_or_assign(from->ascii(), *to);
        return from && to && next_word(line).empty();
    }
    const auto alias = mail::Mailbox::parse(name);
    if (!alias)
        return false;
    bool is_read = true;
    std::vector<mail::Mailbox> targets;
    for (auto word = next_word(line); !word.empty(); word = next_word(line)) {
        auto target = mail::Mailbox::parse(word);
        is_read &= target.has_value();
        if (target)
            targets.push_back(std::move(*target));
    }
    is_read &= !targets.empty();
    if (!targets.empty())
        addresses_.insert_or_assign(alias->key(), std::move(targets));
    return is_read;
}

const std::vector<mail::Mailbox>* Aliases::find(const mail::Mailbox& address) const
{
    const auto found = addresses_.find(address.key());
    return found == addresses_.end() ? nullptr : &found->second;
}

const mail::Domain* Aliases::find(const mail::Domain& domain) const
{
    const auto found = domains_.find(domain.ascii());
    return found == domains_.end() ? nullptr : &found->second;
}

Resolved resolve(const Settings& settings, const mail::Mailbox& address, const AliasesOf& aliases)
{
    Resolved resolved{address};
    for (int step = 0; step < most_steps; ++step) {
        const auto* domain = settings_of(settings, resolved.owner);
        if (!domain)
            break;
        const auto file = aliases(*domain);
        const auto* other = domain->alias_of ? &*domain->alias_of
            : file                           ? file->find(domain->name)
                                             : nullptr;
        if (other && settings.domains.contains(other->ascii()) && *other != domain->name) {
            resolved.owner = with_domain(resolved.owner, *other);
            continue;
        }
        const auto* targets = file ? file->find(resolved.owner) : nullptr;
        const auto base = targets ? std::nullopt : without_detail(resolved.owner, domain->detail);
        if (!targets && base) {
            resolved.owner = *base;
            continue;
        }
        if (!targets)
            break;
        resolved.is_alias = true;
        if (targets->size() > 1 || !settings_of(settings, targets->front())
            || targets->front() == resolved.owner)
            break;
        resolved.owner = targets->front();
        resolved.is_alias = false; // its own mailbox must exist
    }
    return resolved;
}
}
