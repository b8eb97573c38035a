// SPDX-License-Identifier: Apache-2.0
// A file of aliases, and whose mailboxes the addresses in it are.
#include "gateway/smtp/aliases.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

namespace {
smtp::Settings settings()
{
    smtp::Settings settings;
    for (const auto* name : {"a.example", "old.example", "b.example"}) {
        smtp::DomainSettings domain{mail::Domain::parse(name).value(), nullptr, {}};
        domain.detail = "+-";
        domain.aliases = "file";
        if (domain.name.ascii() == "old.example")
            domain.alias_of = mail::Domain::parse("a.example").value();
        settings.domains.emplace(name, std::move(domain));
    }
    return settings;
}

void check(const smtp::Settings& settings, const std::shared_ptr<const smtp::Aliases>& aliases,
           const mail::Mailbox& address)
{
    const auto resolved
        = smtp::resolve(settings, address, [&](const smtp::DomainSettings&) { return aliases; });
    const bool is_ours = settings.domains.contains(address.domain().ascii());
    require(is_ours || (resolved.owner == address && !resolved.is_alias));
    require(!is_ours || settings.domains.contains(resolved.owner.domain().ascii()));
    require(mail::Mailbox::parse(resolved.owner.to_string()) == resolved.owner);
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto ours = settings();
    std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto aliases = std::make_shared<const smtp::Aliases>(smtp::Aliases::parse(text));
    std::size_t lines = 0, words = 0;
    while (!text.empty()) {
        const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto content = smtp::content_of_line(line, lines++ == 0);
        require(content.size() <= line.size());
        const auto address
            = mail::Mailbox::parse(content.substr(0, content.find_first_of(" \t,:")));
        if (address && words++ < 50)
            check(ours, aliases, *address);
    }
    require(aliases->size() + aliases->unread().size() <= 2 * lines);
    require(aliases->unread().empty() || aliases->unread().back() <= lines);
    check(ours, aliases, mail::Mailbox::parse("info+x@old.example").value());
    return 0;
}
