// SPDX-License-Identifier: Apache-2.0
// How mail.db is opened: at the start, for reading, and again after a fault.
#include "storage/sqlite/mail_store.hpp"
#include "storage/sqlite/rescue.hpp"

#include <filesystem>
#include <fstream>

namespace storage::sqlite {
namespace {
constexpr std::uintmax_t verified_size = 256 << 20;
constexpr std::chrono::minutes rescue_limit{5};
const std::string suspect_suffix = ".suspect";

/// Something was kept here before.
bool has_remains(const std::string& directory)
{
    std::error_code ignored;
    const auto log = std::filesystem::file_size(directory + "/mail.db-wal", ignored);
    return (!ignored && log > 0) || !std::filesystem::is_empty(directory + "/bodies", ignored);
}

Database::Options options(const std::string& path, Database::Mode mode, Files& files)
{
    Database::Options options;
    options.path = path;
    options.mode = mode;
    options.vfs = files.vfs();
    options.cache_kib = mode == Database::Mode::write ? 32 * 1024 : 8 * 1024;
    return options;
}
}

std::unique_ptr<MailTables> MailStore::open(bool verify)
{
    return std::make_unique<MailTables>(options(path_, Database::Mode::write, files_), verify);
}

std::unique_ptr<MailTables> MailStore::open_or_replace()
{
    std::error_code ignored;
    const auto suspect = path_ + suspect_suffix;
    const bool is_suspect = std::filesystem::exists(suspect, ignored);
    const auto size = std::filesystem::file_size(path_, ignored);
    std::string why;
    try {
        if (!ignored && size == 0 && has_remains(settings_.directory))
            throw Damaged{"it is empty"};
        auto tables = open(is_suspect || (!ignored && size <= verified_size));
        std::filesystem::remove(suspect, ignored);
        return tables;
    } catch (const Damaged& error) {
        why = error.what();
    } catch (const Error& error) {
        if (!error.is_corruption())
            throw;
        why = error.what();
    }
    replace_damaged(settings_.directory, files_, rescue_limit, env_.wall_now(), why);
    std::filesystem::remove(suspect, ignored);
    return open(false);
}

std::unique_ptr<MailReader> MailStore::open_reader() const
{
    return std::make_unique<MailReader>(options(path_, Database::Mode::read, files_),
                                        settings_.keep_held);
}

std::unique_ptr<MailTables> MailStore::reopen()
{
    deliveries_->close();
    listings_->close();
    try {
        return open(true);
    } catch (const Damaged&) {
        // The next start looks at all of it, however large it is, and replaces it.
        std::ofstream{path_ + suspect_suffix};
        throw;
    }
}
}
