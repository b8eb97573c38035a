// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dmarc_discovery.hpp"

#include "filters/auth/organizational_domain.hpp"

#include <algorithm>
#include <array>

namespace filters::auth {
namespace {
using net::awaitable;

/// A walk asks at the start and then at no name of more than seven labels.
constexpr std::ptrdiff_t most_labels_above = 7;

std::ptrdiff_t labels_of(const mail::Domain& domain)
{
    return std::ranges::count(domain.ascii(), '.') + 1;
}

/// The name with its first label taken off; nullopt at the top.
std::optional<mail::Domain> parent_of(const mail::Domain& domain)
{
    const auto dot = domain.ascii().find('.');
    if (dot == std::string::npos)
        return {};
    auto parent = mail::Domain::parse(std::string_view{domain.ascii()}.substr(dot + 1));
    return parent ? std::optional{std::move(*parent)} : std::nullopt;
}
}

awaitable<std::expected<DmarcDiscovery::Look, DmarcDiscovery::Failure>>
DmarcDiscovery::look(const mail::Domain& domain)
{
    const auto name = "_dmarc." + domain.ascii();
    const auto answer = co_await dns_.ask(name, net::RecordType::txt);
    if (answer->has_failed())
        co_return std::unexpected{
            Failure{DmarcResult::temperror, "TXT of " + name + ": " + answer->problem}};
    std::vector<std::string_view> texts;
    for (const auto& record : answer->records)
        if (is_dmarc(record.data))
            texts.push_back(record.data);
    if (texts.empty())
        co_return Look{};
    if (texts.size() > 1)
        co_return Look{.is_settled = true, .problem = name + " has several DMARC records"};
    auto record = DmarcRecord::parse(texts.front(), standard_);
    if (!record)
        co_return std::unexpected{
            Failure{DmarcResult::permerror, "the record at " + name + ": " + record.error().text}};
    co_return Look{.record = std::move(*record)};
}

awaitable<std::expected<DmarcPublished, DmarcDiscovery::Failure>>
DmarcDiscovery::publish(mail::Domain author)
{
    if (standard_ == DmarcStandard::rfc7489)
        co_return co_await publish_by_list(std::move(author));
    co_return co_await publish_by_walk(std::move(author));
}

awaitable<std::expected<DmarcPublished, DmarcDiscovery::Failure>>
DmarcDiscovery::publish_by_list(mail::Domain author)
{
    DmarcPublished published{.organization = organizational_domain(author).value_or(author)};
    const std::array places{author, published.organization};
    for (const auto& domain : places) {
        auto seen = co_await look(domain);
        if (!seen)
            co_return std::unexpected{std::move(seen.error())};
        if (seen->record) {
            published.record = std::move(seen->record);
            published.record_domain = domain;
        }
        published.problem = std::move(seen->problem);
        if (published.record || seen->is_settled || author == published.organization)
            break;
    }
    co_return published;
}

awaitable<std::expected<DmarcDiscovery::Walk, DmarcDiscovery::Failure>>
DmarcDiscovery::walk(mail::Domain from)
{
    Walk found;
    for (std::optional<mail::Domain> at = from; at; at = parent_of(*at)) {
        if (*at != from && labels_of(*at) > most_labels_above)
            continue;
        auto seen = co_await look(*at);
        if (!seen) {
            // Above the author's own record, a wrong one is as good as none.
            if (seen.error().result == DmarcResult::permerror && *at != from)
                continue;
            co_return std::unexpected{std::move(seen.error())};
        }
        if (!seen->record)
            continue;
        found.push_back({*at, std::move(*seen->record)});
        if (found.back().record.public_suffix != DmarcRecord::Suffix::unknown)
            break;
    }
    co_return found;
}

mail::Domain DmarcDiscovery::organization_in(const Walk& walk, const mail::Domain& from)
{
    if (walk.empty())
        return from;
    const auto& last = walk.back();
    if (last.record.public_suffix != DmarcRecord::Suffix::yes || last.domain == from)
        return last.domain;
    auto below = from;
    while (labels_of(below) > labels_of(last.domain) + 1)
        below = *parent_of(below);
    return below;
}

awaitable<std::expected<DmarcPublished, DmarcDiscovery::Failure>>
DmarcDiscovery::publish_by_walk(mail::Domain author)
{
    auto walked = co_await walk(author);
    if (!walked)
        co_return std::unexpected{std::move(walked.error())};
    DmarcPublished published{.organization = organization_in(*walked, author)};
    const auto stands_at = [&](const mail::Domain& domain) {
        return [&](const Found& found) { return found.domain == domain; };
    };
    auto best = std::ranges::find_if(*walked, stands_at(author));
    if (best == walked->end())
        best = std::ranges::find_if(*walked, stands_at(published.organization));
    if (best == walked->end() && !walked->empty())
        best = walked->end() - 1; // the public suffix's own
    if (best == walked->end())
        co_return published;
    published.record = std::move(best->record);
    published.record_domain = best->domain;
    if (published.record->nonexistent && published.record_domain != author) {
        const auto address = co_await dns_.ask(author.ascii(), net::RecordType::a);
        if (address->has_failed())
            co_return std::unexpected{Failure{DmarcResult::temperror,
                                              "A of " + author.ascii() + ": " + address->problem}};
        published.author_does_not_exist = address->status == net::DnsAnswer::Status::no_name;
    }
    co_return published;
}

awaitable<std::expected<mail::Domain, DmarcDiscovery::Failure>>
DmarcDiscovery::organization_of(mail::Domain domain)
{
    if (standard_ == DmarcStandard::rfc7489)
        co_return organizational_domain(domain).value_or(domain);
    const auto walked = co_await walk(domain);
    if (!walked)
        co_return std::unexpected{walked.error()};
    co_return organization_in(*walked, domain);
}
}
