// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/settings.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace smtp {
/// What a line of a file of addresses says: without blanks around it, the byte order mark of a
/// first line, and a comment, which "#" begins at the beginning or behind a blank (it may stand in
/// an address).
std::string_view content_of_line(std::string_view line, bool is_first);

/// The aliases of one file: "info@a.example bob@a.example, eve@b.example", one a line; a colon may
/// stand behind the first address, "#" begins a comment; "@old.example @new.example" makes a whole
/// domain another's. What cannot be read in a line is left out.
class Aliases {
public:
    static Aliases parse(std::string_view text);
    /// nullptr: no alias.
    const std::vector<mail::Mailbox>* find(const mail::Mailbox& address) const;
    /// The domain that takes the place of this one, if any.
    const mail::Domain* find(const mail::Domain& domain) const;
    std::size_t size() const { return addresses_.size() + domains_.size(); }
    /// Numbers of the lines that could not be read, or not all of them.
    const std::vector<std::size_t>& unread() const { return unread_; }

private:
    bool add(std::string_view line);
    std::map<std::string, std::vector<mail::Mailbox>, std::less<>> addresses_; ///< by key
    std::map<std::string, mail::Domain, std::less<>> domains_; ///< by ascii name
    std::vector<std::size_t> unread_;
};

/// Alias files at hand, by path; what a domain's file says now.
using AliasesOf = std::function<std::shared_ptr<const Aliases>(const DomainSettings&)>;

/// What an address of ours is when its domain's settings are applied.
struct Resolved {
    mail::Mailbox owner; ///< whose mailbox it is: lists, quarantine and policy are the owner's
    bool is_alias = false; ///< it exists because a file of aliases says so
};
/// Domain aliases, the part behind a detail delimiter ("bob+x"), and aliases with a single address
/// of ours, in that order, at most five times over. An alias of several addresses, or of one
/// elsewhere, is its own owner. Pure.
Resolved resolve(const Settings& settings, const mail::Mailbox& address, const AliasesOf& aliases);
}
