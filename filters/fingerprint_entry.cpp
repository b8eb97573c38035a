// SPDX-License-Identifier: Apache-2.0
#include "filters/fingerprint_entry.hpp"

#include "filters/content/hash64.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace filters {
namespace {
constexpr std::array<unsigned, 4> weights{1, 3, 1, 2}; ///< by Teacher::Kind
constexpr unsigned most_weight = 12;
constexpr std::uint8_t version = 1;

std::uint32_t person(const Teacher& teacher)
{
    const auto hash = static_cast<std::uint32_t>(content::hash64(teacher.who));
    return ((hash | 0x80000000U) & ~3U) | static_cast<std::uint32_t>(teacher.kind);
}

template <class... Values> std::string written(const Values&... values)
{
    std::string out(1, static_cast<char>(version));
    (out.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
    return out;
}

template <class... Values> bool read(std::string_view record, Values&... values)
{
    if (record.size() != 1 + (sizeof values + ...) || record[0] != static_cast<char>(version))
        return false;
    const char* at = record.data() + 1;
    const auto take = [&](auto& value) {
        std::memcpy(&value, at, sizeof value);
        at += sizeof value;
    };
    (take(values), ...);
    return true;
}

std::string day(std::uint32_t seconds)
{
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}
}

bool Votes::add(const Teacher& teacher)
{
    const auto who = person(teacher);
    if (std::ranges::find(people_, who) != people_.end())
        return false;
    const auto free = std::ranges::find(people_, 0U);
    if (free == people_.end())
        return false;
    *free = who;
    weight_ = static_cast<std::uint8_t>(
        std::min(most_weight, weight_ + weights[static_cast<std::size_t>(teacher.kind)]));
    return true;
}

bool Votes::remove(const Teacher& teacher)
{
    const auto one = person(teacher);
    bool is_less = false;
    unsigned sum = 0;
    for (auto& who : people_) {
        const bool is_of_kind = (who & 3U) == static_cast<std::uint32_t>(teacher.kind);
        if (who != 0 && (teacher.who.empty() ? is_of_kind : who == one)) {
            who = 0;
            is_less = true;
        }
        sum += who == 0 ? 0 : weights[who & 3U];
    }
    weight_ = static_cast<std::uint8_t>(std::min(most_weight, sum));
    return is_less;
}

unsigned Votes::count(Teacher::Kind kind) const
{
    return static_cast<unsigned>(std::ranges::count_if(people_, [&](std::uint32_t who) {
        return who != 0 && (who & 3U) == static_cast<std::uint32_t>(kind);
    }));
}

std::string Votes::to_string() const
{
    constexpr std::array<std::string_view, 4> kinds{"user", "administrator", "spam trap",
                                                    "shared list"};
    std::string text;
    for (std::size_t kind = 0; kind < kinds.size(); ++kind)
        if (const auto number = count(static_cast<Teacher::Kind>(kind)))
            text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", number, kinds[kind],
                                number == 1 ? "" : "s");
    return text;
}

double FingerprintEntry::strength() const { return 1 - std::pow(0.5, spam.weight()); }

bool FingerprintEntry::is_contested() const
{
    // A wanted message lost hurts more than a spam seen.
    return (!wanted.is_empty() && 2 * wanted.weight() >= spam.weight()) || good_senders.back() != 0;
}

bool FingerprintEntry::add_good_sender(std::string_view domain)
{
    const auto hash = static_cast<std::uint32_t>(content::hash64(domain)) | 1U;
    const auto free = std::ranges::find(good_senders, 0U);
    const bool is_known = std::ranges::find(good_senders, hash) != good_senders.end();
    if (is_known || free == good_senders.end())
        return false;
    *free = hash;
    return true;
}

std::string FingerprintEntry::evidence() const
{
    auto text = fmt::format("{} to {}: {}", day(first), day(last_vote), spam.to_string());
    if (!wanted.is_empty())
        text += fmt::format("; wanted by {}", wanted.to_string());
    if (good_senders.back() != 0)
        text += "; sent by several of good repute";
    return text;
}

std::string FingerprintEntry::encode() const
{
    const auto kind = static_cast<std::uint8_t>(print.kind);
    return written(kind, print.exact, print.sketch, print.shingles, print.look, spam.people_,
                   spam.weight_, wanted.people_, wanted.weight_, good_senders, first, last_vote,
                   last_seen, hits);
}

std::optional<FingerprintEntry> FingerprintEntry::decode(std::string_view record)
{
    FingerprintEntry entry;
    std::uint8_t kind = 0;
    if (!read(record, kind, entry.print.exact, entry.print.sketch, entry.print.shingles,
              entry.print.look, entry.spam.people_, entry.spam.weight_, entry.wanted.people_,
              entry.wanted.weight_, entry.good_senders, entry.first, entry.last_vote,
              entry.last_seen, entry.hits)
        || kind > static_cast<std::uint8_t>(content::Fingerprint::Kind::picture))
        return {};
    entry.print.kind = static_cast<content::Fingerprint::Kind>(kind);
    return entry;
}
}
