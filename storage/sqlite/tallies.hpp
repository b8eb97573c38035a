// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/sqlite/database.hpp"
#include "storage/statistics.hpp"

#include <map>
#include <span>

namespace storage::sqlite {
/// What a batch of rows adds to the counts, summed before it is written.
class Tallies {
public:
    void add(const HistoryRow& row);
    /// Inside a transaction.
    void write(Database& database) const;

private:
    struct Key {
        int kind;
        std::int64_t step;
        std::string name;
        auto operator<=>(const Key&) const = default;
    };
    void add(std::int64_t step, Tally kind, std::string name);
    std::map<Key, std::int64_t> numbers_;
};

/// Inside a transaction or not.
void write_level(Database& database, WallTime now, const std::string& name, std::uint64_t number);

/// Of names without end, such as clients, only the largest of each step are kept once it is over:
/// drops the others of the steps from `since` to before that of `now`.
void prune_counts(Database& database, WallTime since, WallTime now);
void drop_counts(Database& database, WallTime before);
std::vector<Count> read_counts(Database& database, const CountQuery& query);
}
