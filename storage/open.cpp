// SPDX-License-Identifier: Apache-2.0
#include "storage/open.hpp"

#include "storage/backup/swap.hpp"
#include "storage/installation.hpp"
#include "storage/sqlite/account_book.hpp"
#include "storage/sqlite/history_log.hpp"
#include "storage/sqlite/lesson_book.hpp"
#include "storage/sqlite/mail_audit.hpp"
#include "storage/sqlite/mail_desk.hpp"
#include "storage/sqlite/mail_lists.hpp"
#include "storage/sqlite/mail_store.hpp"
#include "storage/sqlite/rescue.hpp"

#include <fmt/format.h>

namespace storage {
namespace {
Storage open_or_throw(const Settings& settings, net::Env& env, Files& files)
{
    const auto& directory = settings.directory;
    make_directory(directory);
    Storage storage;
    storage.lock = lock_directory(directory);
    backup::finish_exchange(directory, files);
    storage.secret = read_secret(directory, env, files);
    sqlite::finish_replacement(directory, files);
    // SQLite gives its other files the mode of these.
    for (const auto file :
         {DatabaseFile::mail, DatabaseFile::history, DatabaseFile::lessons, DatabaseFile::accounts})
        make_private_file(path_in(directory, file));
    auto store = std::make_unique<sqlite::MailStore>(settings, env, files);
    storage.lists = std::make_unique<sqlite::MailLists>(store->writer(), store->take_entries());
    storage.audit = std::make_unique<sqlite::MailAudit>(store->writer());
    auto history = std::make_unique<sqlite::HistoryLog>(directory, files);
    storage.desk = std::make_shared<sqlite::MailDesk>(*store, *history);
    storage.store = std::move(store);
    storage.statistics = {std::shared_ptr<void>{}, history.get()};
    storage.history = std::move(history);
    auto accounts = std::make_unique<sqlite::AccountBook>(directory, files);
    storage.preferences = {std::shared_ptr<void>{}, accounts.get()}; // the same, owned once
    storage.accounts = std::move(accounts);
    storage.dedupe = std::make_unique<DedupeJournal>(directory + "/dedupe.journal");
    storage.ledgers = std::make_unique<Ledgers>(directory, files);
    storage.lessons = std::make_unique<sqlite::LessonBook>(directory, files);
    storage.fingerprints = std::make_unique<Records>(directory, DatabaseFile::fingerprints, files);
    storage.mail_fingerprints
        = std::make_unique<Records>(directory, DatabaseFile::mail_fingerprints, files);
    return storage;
}
}

std::expected<Storage, std::string> open(const Settings& settings, net::Env& env, Files& files)
{
    try {
        return open_or_throw(settings, env, files);
    } catch (const std::exception& error) {
        return std::unexpected{
            fmt::format("cannot open the data directory {}: {}", settings.directory, error.what())};
    }
}
}
