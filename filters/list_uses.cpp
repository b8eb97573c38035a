// SPDX-License-Identifier: Apache-2.0
#include "filters/list_uses.hpp"

#include "filters/kept_table.hpp"

#include <fmt/format.h>

namespace filters {
namespace {
using Time = ListUses::Time;
constexpr std::size_t longest = 320;

std::int64_t number_of(Time time) { return time.time_since_epoch().count(); }
Time time_of(std::int64_t number) { return Time{std::chrono::seconds{number}}; }

std::string encode(const ListUse& one)
{
    return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}", one.list, number_of(one.since),
                       number_of(one.last), number_of(one.waits_since), number_of(one.noticed),
                       one.waiting, one.notices);
}

std::optional<ListUse> decode(std::string_view record)
{
    TabFields fields{record};
    ListUse one;
    one.list = fields.next();
    const auto numbers = fields.numbers<6>();
    if (!numbers || one.list.empty())
        return {};
    const auto [since, last, waits_since, noticed, waiting, notices] = *numbers;
    one.since = time_of(since);
    one.last = time_of(last);
    one.waits_since = time_of(waits_since);
    one.noticed = time_of(noticed);
    one.waiting = static_cast<unsigned>(waiting);
    one.notices = static_cast<unsigned>(notices);
    return one;
}

bool is_keepable(std::string_view list)
{
    return !list.empty() && list.size() <= longest && std::ranges::none_of(list, [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    });
}
}

ListUses& ListUses::here()
{
    static ListUses all;
    return all;
}

void ListUses::keep_in(storage::Records* records)
{
    const std::lock_guard lock{mutex_};
    records_ = records;
    if (!records_)
        return;
    records_->read([this](std::int64_t, std::string_view record) {
        if (auto one = decode(record)) {
            auto& entry = all_[one->list];
            entry.use = *std::move(one);
        }
    });
}

void ListUses::watch(std::span<const std::string> lists, Time now)
{
    const std::lock_guard lock{mutex_};
    for (const auto& list : lists) {
        if (all_.size() >= most || !is_keepable(list) || all_.contains(list))
            continue;
        all_[list].use = {.list = list, .since = now};
        changed_.insert(list);
    }
}

ListUses::Entry* ListUses::find(std::string_view list)
{
    const auto found = all_.find(list);
    if (found == all_.end())
        return nullptr;
    changed_.insert(found->first);
    return &found->second;
}

void ListUses::note_mail(std::string_view list, Time now)
{
    const std::lock_guard lock{mutex_};
    if (auto* entry = find(list))
        entry->use.last = std::max(entry->use.last, now);
}

void ListUses::note_waiting(std::string_view list, std::optional<unsigned> waiting,
                            std::uint64_t mail, Time now)
{
    const std::lock_guard lock{mutex_};
    auto* entry = find(list);
    if (!entry || entry->notice == mail)
        return;
    entry->notice = mail;
    auto& use = entry->use;
    const auto before = use.waiting;
    use.waiting = waiting ? *waiting : before + 1;
    if (before == 0 || use.waiting == 0 || use.waiting < before) { // somebody reads them
        use.waits_since = now;
        use.notices = 0;
    }
    use.notices += use.waiting > 0;
    use.noticed = now;
}

void ListUses::note_answer(std::string_view list, Time now)
{
    const std::lock_guard lock{mutex_};
    auto* entry = find(list);
    if (!entry || entry->use.waiting == 0)
        return;
    --entry->use.waiting;
    entry->use.waits_since = now; // somebody reads them
    entry->use.notices = 0;
}

std::vector<ListUse> ListUses::all() const
{
    std::vector<ListUse> uses;
    const std::lock_guard lock{mutex_};
    for (const auto& [name, entry] : all_)
        uses.push_back(entry.use);
    return uses;
}

void ListUses::save()
{
    write_changed(records_, mutex_, all_, changed_, "when lists were used",
                  [](const auto& entry) { return encode(entry.second.use); });
}
}
