// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/replaceable_database.hpp"

#include "gateway/net/env.hpp"
#include "storage/installation.hpp"
#include "storage/set_aside.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace storage::sqlite {
ReplaceableDatabase::ReplaceableDatabase(const std::string& directory, DatabaseFile file,
                                         Files& files)
    : path_{path_in(directory, file)}, files_{files}, migrations_{migrations_of(file)}
{ }

void ReplaceableDatabase::open()
{
    make_private_file(path_);
    Database::Options options;
    options.path = path_;
    options.mode = Database::Mode::write;
    options.sync = Database::Sync::normal;
    options.vfs = files_.vfs();
    auto database = std::make_unique<Database>(options);
    migrate(*database, migrations_);
    database_ = std::move(database);
}

Database& ReplaceableDatabase::opened()
{
    if (database_)
        return *database_;
    try {
        open();
    } catch (const Error& error) {
        // What cannot even be opened would be missed for good.
        if (!error.is_read_fault())
            throw;
        replace(error.what());
        open();
    }
    return *database_;
}

void ReplaceableDatabase::replace(const std::string& why)
{
    if (database_)
        database_->abandon();
    database_.reset();
    const auto aside = name_aside(path_, net::Env::real().wall_now());
    const auto note
        = fmt::format("{} was damaged ({}) and begun anew; no mail is concerned", path_, why);
    note_aside({aside, note});
    set_aside(path_, aside);
    is_lost_ = true;
    spdlog::error("{}; it is kept as {}", note, aside);
}
}
