// SPDX-License-Identifier: Apache-2.0
// Fills the habits of accounts in a data directory as days of work make them, by the gateway's own
// code, so that a test need not wait for these days; addresses that refused our mail on them, lists
// of which nothing passed, and moderators who let so many requests wait.
// Usage: habit_fill DIRECTORY [ACCOUNT DAYS-OF-WORK DAYS-OF-SILENCE | dead ADDRESS SENDER
//     | list ADDRESS DAYS | moderators LIST NUMBER]...
#include "filters/dead_addresses.hpp"
#include "filters/habit_table.hpp"
#include "filters/list_uses.hpp"
#include "storage/mail_memory.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace {
using Wall = filters::HabitTable::WallTime;

/// Six mails a day to a circle of ten, the last one so many days ago.
void work(filters::HabitTable& table, const std::string& account, long days, long silent)
{
    const auto end = std::chrono::floor<std::chrono::hours>(std::chrono::system_clock::now())
        - std::chrono::days{silent} - std::chrono::hours{2};
    for (long day = days; day > 0; --day)
        for (int mail = 0; mail < 6; ++mail) {
            const auto friend_of = "friend" + std::to_string((day + mail) % 10) + "@far.test";
            const std::array recipient{storage::hash_for_memory(friend_of, 0)};
            const Wall time = end - std::chrono::days{day - 1} - std::chrono::hours{6 - mail};
            table.take(account, account, recipient, time, {});
        }
}

void refuse(filters::DeadAddresses& dead, const std::string& address, const std::string& sender)
{
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (const int hours : {96, 48, 2})
        dead.note_refusal(address, sender, "550 5.1.1 no such user",
                          now - std::chrono::hours{hours});
}

std::chrono::sys_seconds days_ago(long days)
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
        - std::chrono::days{days};
}

void watch(filters::ListUses& uses, const std::string& list, long days)
{
    uses.watch(std::span{&list, 1}, days_ago(days));
}

/// A notice a day, since four days.
void let_wait(filters::ListUses& uses, const std::string& list, unsigned number)
{
    watch(uses, list, 4);
    for (long day = 4; day > 0; --day)
        uses.note_waiting(list, number, static_cast<std::uint64_t>(day), days_ago(day));
}
}

int main(int count, char** words)
{
    if (count < 5 || count % 3 != 2) {
        std::fprintf(stderr,
                     "usage: habit_fill DIRECTORY [ACCOUNT DAYS SILENT-DAYS | "
                     "dead ADDRESS SENDER | list ADDRESS DAYS | moderators LIST NUMBER]...\n");
        return 2;
    }
    storage::Records records{words[1], storage::DatabaseFile::habits};
    filters::HabitTable table{&records};
    storage::Records refusals{words[1], storage::DatabaseFile::dead_addresses};
    filters::DeadAddresses dead{&refusals};
    storage::Records used{words[1], storage::DatabaseFile::list_uses};
    filters::ListUses uses{&used};
    const std::span<char*> rest{words + 2, words + count};
    for (std::size_t i = 0; i + 2 < rest.size(); i += 3)
        if (rest[i] == std::string_view{"dead"})
            refuse(dead, rest[i + 1], rest[i + 2]);
        else if (rest[i] == std::string_view{"list"})
            watch(uses, rest[i + 1], std::atol(rest[i + 2]));
        else if (rest[i] == std::string_view{"moderators"})
            let_wait(uses, rest[i + 1], static_cast<unsigned>(std::atol(rest[i + 2])));
        else
            work(table, rest[i], std::atol(rest[i + 1]), std::atol(rest[i + 2]));
    table.save();
    dead.save();
    uses.save();
    std::printf("%zu accounts\n", table.size());
    return 0;
}
