// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/formats.hpp"

#include <memory>
#include <string>
#include <utility>

namespace storage::sqlite {
/// A database of which no mail hangs: where it turns out to be damaged, when it is opened or in the
/// midst of work, it is set aside and begun anew, and the log says so. For one thread at a time.
class ReplaceableDatabase {
public:
    /// Opens nothing yet.
    ReplaceableDatabase(const std::string& directory, DatabaseFile file, Files& files);

    /// `work(Database&)`, and once more on the empty one if it finds damage. Throws
    /// std::runtime_error for all else that the disk says.
    template <class Work> auto use(const Work& work)
    {
        try {
            return work(opened());
        } catch (const Error& error) {
            if (!error.is_corruption())
                throw;
            replace(error.what());
        }
        return work(opened());
    }
    /// Whether it was begun anew since this was asked last: all that it held is gone.
    bool take_loss() { return std::exchange(is_lost_, false); }

private:
    Database& opened();
    void open();
    void replace(const std::string& why);
    std::string path_;
    Files& files_;
    Migrations migrations_;
    std::unique_ptr<Database> database_;
    bool is_lost_ = false;
};
}
