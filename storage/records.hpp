// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/database_file.hpp"
#include "storage/files.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace storage {
/// Small records by number, in a SQLite file of their own in the data directory: for a table that
/// lives in memory and outlives a restart, too large to be written as a whole. No promise hangs on
/// it: a damaged file is set aside and begun anew, and the log says so. All calls block; safe from
/// all threads.
class Records {
public:
    /// The file is opened or made by the first call.
    Records(const std::string& directory, DatabaseFile file, Files& files = Files::real());
    ~Records();

    using Take = std::function<void(std::int64_t number, std::string_view record)>;
    void read(const Take& take);
    /// Reads beside the gateway whose data directory it is, and changes nothing; no file: nothing.
    /// Throws std::runtime_error.
    static void read_beside(const std::string& directory, DatabaseFile file, const Take& take);

    /// nullopt: there is none with this number.
    std::optional<std::string> find(std::int64_t number);
    /// Removes all with smaller numbers.
    void drop_below(std::int64_t number);

    struct Change {
        std::int64_t number = 0;
        std::string record = {}; ///< empty: the record goes
    };
    /// All or none. Throws std::runtime_error.
    void write(std::span<const Change> changes);
    /// Whether the file was begun anew since this was asked last: only what was written since then
    /// is in it.
    bool take_loss();

private:
    struct State;
    std::unique_ptr<State> state_;
};
}
