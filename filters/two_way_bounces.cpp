// SPDX-License-Identifier: Apache-2.0
// Which copies of our mail left, and what comes back of them.
#include "filters/two_way_marks.hpp"
#include "filters/two_way_memory.hpp"
#include "gateway/net/worker_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace filters {
using storage::RememberedMail;
using namespace two_ways;

namespace {
constexpr std::size_t most_ids = 3; // a bounce names its own mail first, then what that answers
}

void TwoWayMemory::remember_sent_on(const mail::Mail& mail)
{
    const RememberedMail trace{.mail = mail.id.value(), .time = seconds_of(mail.received_at)};
    const std::lock_guard lock{mutex_};
    note_copies(mail, trace);
}

/// `mutex_` is held.
void TwoWayMemory::note_copies(const mail::Mail& mail, const RememberedMail& trace)
{
    const auto id = id_of(mail.message.header());
    if (!mail.sender || id.empty())
        return;
    for (const auto& recipient : mail.recipients)
        note({.message_id = hash_of_copy(id, mail.sender->key(), recipient.address.key()),
              .mail = trace.mail,
              .time = trace.time,
              .marks = sent});
}

net::awaitable<Departure> TwoWayMemory::departure_of(std::vector<std::string> ids,
                                                     std::vector<std::string> recipients,
                                                     bool strict)
{
    if (!parts_.rows)
        co_return Departure{};
    for (const auto& id : ids | std::views::take(most_ids)) {
        const auto rows = co_await parts_.rows(std::string{without_brackets(id)});
        auto found = departure_in(rows, recipients, strict);
        if (!found.who().empty())
            co_return found;
    }
    co_return Departure{};
}

std::uint64_t TwoWayMemory::hash_of_copy(std::string_view id, std::string_view sender,
                                         std::string_view recipient) const
{
    return hash_of(fmt::format("{}\n{}\n{}", id, sender, recipient));
}

/// On a thread of the pool.
ReturnedMail TwoWayMemory::compare(const BounceClaim& bounce,
                                   std::chrono::system_clock::time_point now)
{
    write_waiting();
    const std::lock_guard writing{writing_}; // its copies one by one: each after the other counted
    ReturnedMail returned;
    const auto is_ours = [&](const std::string& id) {
        const auto all = parts_.memory->find({.message_id = hash_of(without_brackets(id))}, now);
        return std::ranges::any_of(all, [](const RememberedMail& one) {
            return (one.marks & went_out) != 0 && one.recipient != 0;
        });
    };
    const auto take_copy = [&](std::uint64_t copy, const std::string& recipient) {
        const auto all = parts_.memory->find({.message_id = copy}, now);
        if (all.empty())
            return;
        returned.recipients.push_back(recipient);
        if (std::ranges::any_of(all, [](const auto& one) { return (one.marks & came_back) != 0; }))
            return;
        returned.is_new = true;
        parts_.memory->remember({.message_id = copy,
                                 .mail = all.front().mail,
                                 .time = seconds_of(now),
                                 .marks = came_back});
    };
    const auto is_first_told = [&](const std::string& id) {
        const auto told = hash_of_copy(id, "told by", bounce.reporter);
        if (!parts_.memory->find({.message_id = told}, now).empty())
            return false;
        parts_.memory->remember({.message_id = told, .time = seconds_of(now), .marks = came_back});
        return true;
    };
    for (const auto& id : bounce.ids | std::views::take(most_ids)) {
        for (const auto& recipient : bounce.recipients)
            take_copy(hash_of_copy(without_brackets(id), bounce.sender, recipient), recipient);
        if (returned.recipients.empty())
            continue;
        returned.is_first = returned.is_new && is_first_told(std::string{without_brackets(id)});
        break;
    }
    returned.went_out = !returned.recipients.empty() || std::ranges::any_of(bounce.ids, is_ours);
    return returned;
}

net::awaitable<ReturnedMail> TwoWayMemory::take_bounce(BounceClaim bounce,
                                                       std::chrono::system_clock::time_point now)
{
    co_return co_await parts_.pool->run([this, &bounce, now] { return compare(bounce, now); });
}
}
