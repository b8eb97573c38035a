// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/mail_store.hpp"

#include "storage/database_file.hpp"
#include "storage/sqlite/mail_changes.hpp"
#include "storage/sqlite/texts.hpp"

#include <cerrno>
#include <filesystem>
#include <spdlog/spdlog.h>
#include <system_error>

namespace storage::sqlite {
namespace {
constexpr std::size_t rows_per_change = 500;
constexpr std::chrono::hours hash_retention{48};
}

MailStore::MailStore(const Settings& settings, net::Env& env, Files& files)
    : settings_{settings}, env_{env}, files_{files},
      path_{path_in(settings.directory, DatabaseFile::mail)},
      bodies_{settings.directory + "/bodies", files, settings.inline_body}
{
    std::filesystem::create_directories(settings.directory + "/bodies");
    auto tables = open_or_replace();
    files_.sync_directory(settings.directory);
    drop_orphans(*tables);
    for (const auto hash : tables->hashes_since(env.wall_now() - std::chrono::hours{24}))
        recent_.add(hash, env.wall_now());
    entries_ = tables->entries();
    publish(*tables);

    const auto open_one = [this] { return open_reader(); };
    const auto damaged = [this](const std::string& problem) { writer_->halt(problem); };
    deliveries_ = std::make_unique<ReaderThread<MailReader>>(open_one, damaged);
    listings_ = std::make_unique<ReaderThread<MailReader>>(open_one, damaged);
    Writer::Limits limits;
    limits.queue_bytes = settings.queue_bytes;
    limits.pause = settings.reopen_pause;
    Owner& self = *this;
    writer_ = std::make_unique<Writer>(limits, std::move(tables), self);
    pool_ = std::make_unique<net::WorkerPool>(2);
    large_pool_ = std::make_unique<net::WorkerPool>(2);
}

MailStore::~MailStore()
{
    pool_.reset();
    large_pool_.reset();
    writer_.reset();
}

void MailStore::publish(const MailTables& tables)
{
    const auto& totals = tables.totals();
    published_.bodies = totals.bodies;
    published_.bytes = totals.bytes;
    published_.waiting = totals.waiting;
    published_.held = totals.held;
    published_.unreachable_since
        = totals.unreachable_since ? stored_time(*totals.unreachable_since) : 0;
    published_.oldest_waiting = totals.oldest_waiting ? stored_time(*totals.oldest_waiting) : 0;
}

void MailStore::clean(MailTables& tables)
{
    for (const auto id : tables.take_dropped_files()) {
        try {
            bodies_.remove(id);
        } catch (const std::system_error& error) {
            has_orphans_ = true;
            spdlog::warn("store: {}", error.what());
        }
    }
}

std::size_t MailStore::drop_orphans(MailTables& tables)
{
    has_orphans_ = false;
    return bodies_.sweep([&] {
        auto kept = tables.mails_with_files();
        const std::lock_guard lock{in_flight_mutex_};
        kept.insert(in_flight_.begin(), in_flight_.end());
        return kept;
    });
}

awaitable<Commit> MailStore::commit(const mail::Mail& mail, std::vector<NewRow> rows,
                                    TransactionHash hash)
{
    if (writer_->is_stopped())
        co_return Commit::stopped;
    if (is_beyond_bytes())
        co_return Commit::full;
    net::Handover<Commit> outcome;
    const auto forbid = [](Reading* reading) { reading->forbid(); };
    const auto reading = std::make_shared<Reading>();
    auto change
        = std::make_unique<CommitChange>(*this, mail, std::move(rows), hash, reading, outcome);
    const std::unique_ptr<Reading, decltype(forbid)> guard{reading.get(), forbid};
    if (!writer_->announce(change->bytes()))
        co_return Commit::full;
    auto& pool = mail.message.size() > settings_.inline_body ? *large_pool_ : *pool_;
    pool.post([this, change = std::move(change)]() mutable { prepare(std::move(change)); });
    co_return co_await outcome.receive();
}

void MailStore::prepare(std::unique_ptr<CommitChange> change)
{
    const auto refuse = [&](Change::Failure failure, const std::string& why) {
        writer_->retract(change->bytes());
        change->failed(failure, why);
    };
    try {
        change->prepare();
    } catch (const std::system_error& error) {
        const bool is_full = error.code().value() == ENOSPC || error.code().value() == EDQUOT;
        if (!is_full)
            writer_->halt(error.what());
        refuse(is_full ? Change::Failure::full : Change::Failure::stopped, error.what());
        return;
    } catch (const std::exception& error) {
        refuse(Change::Failure::wrong, error.what());
        return;
    }
    writer_->submit(std::move(change), true);
}

awaitable<std::vector<Row>> MailStore::due(WallTime now, std::size_t limit)
{
    if (writer_->is_stopped())
        co_return std::vector<Row>{};
    auto due = co_await deliveries_->run([this, now, limit](MailReader& reader) {
        // Held over the whole look: a row that is recorded meanwhile stays marked until it has
        // ended.
        const std::lock_guard lock{handed_out_mutex_};
        return reader.due(now, limit, handed_out_);
    });
    if (!due.postponed.empty())
        co_await postpone(std::move(due.postponed));
    if (!due.unreadable.empty())
        co_await hold_unreadable(std::move(due.unreadable));
    co_return std::move(due.rows);
}

awaitable<void> MailStore::postpone(std::vector<MailReader::Postponed> rows)
{
    try {
        co_await writer_->change([rows = std::move(rows)](MailTables& tables) {
            for (const auto& [row, when] : rows)
                tables.set_due(row, when);
            return true;
        });
    } catch (const std::exception& error) {
        // They stay due, and change places again.
        spdlog::warn("store: {}", error.what());
    }
}

awaitable<void> MailStore::hold_unreadable(std::vector<MailReader::Unreadable> rows)
{
    std::vector<RowId> ids;
    for (const auto& [row, why] : rows) {
        spdlog::error("store: {} cannot be delivered and is held: {}", row.to_string(), why);
        ids.push_back(row);
    }
    try {
        co_await hold(ids, "delivery.failed");
        // One that still waits would come back at once, and for ever.
        for (const auto& row : co_await still_waiting(ids))
            std::erase(ids, row);
        co_await give_back(std::move(ids));
    } catch (const std::exception& error) {
        // They stay handed out: the next start tries again.
        spdlog::error("store: {}", error.what());
    }
}

awaitable<void> MailStore::give_back(std::vector<RowId> rows)
{
    // On that thread no loop waits for the lock, which is held over long reads.
    co_await deliveries_->run_apart([this, rows = std::move(rows)] {
        const std::lock_guard lock{handed_out_mutex_};
        for (const auto& row : rows)
            handed_out_.erase(row);
    });
}

awaitable<std::vector<RowId>> MailStore::still_waiting(std::vector<RowId> rows)
{
    co_return co_await deliveries_->run([rows = std::move(rows)](MailReader& reader) mutable {
        std::erase_if(rows, [&](RowId id) { return !reader.is_waiting(id); });
        return std::move(rows);
    });
}

awaitable<std::optional<WallTime>> MailStore::next_due()
{
    co_return co_await deliveries_->run([this](MailReader& reader) {
        const std::lock_guard lock{handed_out_mutex_};
        return reader.next_due([this](RowId id) { return !handed_out_.contains(id); });
    });
}

awaitable<mail::Message> MailStore::message(mail::MailId id)
{
    using Found = std::pair<PackedBody, std::optional<mail::Message>>;
    auto found = co_await deliveries_->run([this, id](MailReader& reader) {
        auto body = reader.body(id);
        if (!body)
            throw std::runtime_error{"the message " + id.to_string() + " is not kept any more"};
        std::optional<mail::Message> message;
        if (!body->is_file)
            message = bodies_.unpack(id, *body);
        return Found{std::move(*body), std::move(message)};
    });
    if (found.second)
        co_return std::move(*found.second);
    co_return co_await large_pool_->run(
        [this, id, body = std::move(found.first)] { return bodies_.unpack(id, body); });
}

awaitable<void> MailStore::record(std::vector<Attempt> attempts)
{
    net::Handover<void> outcome;
    writer_->submit(std::make_unique<RecordChange>(*this, std::move(attempts), outcome));
    co_await outcome.receive();
}

awaitable<std::vector<Row>> MailStore::list(RowQuery query)
{
    co_return co_await listings_->run(
        [query = std::move(query)](MailReader& reader) { return reader.list(query); });
}

awaitable<std::vector<Row>> MailStore::list(RowQuery query, Reach reach)
{
    co_return co_await listings_->run(
        [query = std::move(query), reach = std::move(reach)](MailReader& reader) {
            return reader.list(query, reach);
        });
}

awaitable<std::uint64_t> MailStore::count_held(Reach reach)
{
    co_return co_await listings_->run(
        [reach = std::move(reach)](MailReader& reader) { return reader.count_held(reach); });
}

awaitable<std::optional<Row>> MailStore::row(RowId id)
{
    co_return co_await listings_->run([id](MailReader& reader) { return reader.row(id); });
}

awaitable<std::size_t> MailStore::move_all(std::vector<RowId> rows, Move move)
{
    std::size_t moved = 0;
    for (std::size_t start = 0; start < rows.size(); start += rows_per_change) {
        const auto end = std::min(rows.size(), start + rows_per_change);
        const auto from = rows.begin() + static_cast<std::ptrdiff_t>(start);
        std::vector<RowId> some(from, rows.begin() + static_cast<std::ptrdiff_t>(end));
        moved += co_await writer_->change([some = std::move(some), move](MailTables& tables) {
            std::size_t count = 0;
            for (const auto& row : some) {
                auto one = move;
                one.row = row;
                count += tables.move(one) ? 1U : 0U;
            }
            return count;
        });
    }
    co_return moved;
}

awaitable<std::size_t> MailStore::release(std::vector<RowId> rows, WallTime now)
{
    Move move;
    move.from = States::of(RowState::held);
    move.now = env_.wall_now();
    move.next_attempt = now;
    move.reason = "";
    co_return co_await move_all(std::move(rows), move);
}

awaitable<std::size_t> MailStore::hold(std::vector<RowId> rows, std::string reason)
{
    Move move;
    move.from = States::of(RowState::waiting);
    move.to = RowState::held;
    move.now = env_.wall_now();
    move.reason = std::move(reason);
    co_return co_await move_all(std::move(rows), std::move(move));
}

awaitable<std::size_t> MailStore::retry(std::vector<RowId> rows, WallTime now)
{
    Move move;
    move.from = States::of(RowState::waiting);
    move.now = now;
    move.next_attempt = now;
    co_return co_await move_all(std::move(rows), move);
}

awaitable<std::size_t> MailStore::remove(std::vector<RowId> rows)
{
    Move move;
    move.from = States::of(RowState::waiting, RowState::held);
    move.to = RowState::deleted;
    move.now = env_.wall_now();
    co_return co_await move_all(std::move(rows), move);
}

awaitable<std::optional<mail::MailId>> MailStore::find(TransactionHash hash, WallTime since)
{
    if (hash == TransactionHash{} || !recent_.may_contain(hash))
        co_return std::nullopt;
    const auto now = env_.wall_now();
    const auto from = std::max(since, now - hash_retention);
    co_return co_await listings_->run([hash, from, now](MailReader& reader) {
        return reader.find(hash, from, now + std::chrono::hours{1});
    });
}

awaitable<std::size_t> MailStore::sweep(WallTime now)
{
    std::size_t dropped = 0;
    for (std::size_t some = rows_per_change; some == rows_per_change;) {
        some = co_await writer_->change(
            [](MailTables& tables) { return tables.drop_finished(rows_per_change); });
        dropped += some;
    }
    dropped += co_await drop_held(now);
    co_await drop_mails(now);
    if (has_orphans_)
        co_await writer_->change([this](MailTables& tables) { return drop_orphans(tables); });
    co_return dropped;
}

awaitable<std::size_t> MailStore::drop_held(WallTime now)
{
    std::size_t dropped = 0;
    const auto since = now - settings_.keep_held;
    for (std::size_t some = rows_per_change; some == rows_per_change;) {
        some = co_await writer_->change(
            [since](MailTables& tables) { return tables.drop_held(since, rows_per_change); });
        dropped += some;
    }
    co_return dropped;
}

awaitable<void> MailStore::drop_mails(WallTime now)
{
    std::int64_t cursor = 0;
    do {
        cursor = co_await writer_->change([now, cursor](MailTables& tables) {
            return tables.drop_mails(now - hash_retention, cursor, rows_per_change);
        });
    } while (cursor != 0);
}

Usage MailStore::usage() const
{
    Usage usage;
    usage.bodies = static_cast<std::uint64_t>(published_.bodies.load());
    usage.bytes = static_cast<std::uint64_t>(published_.bytes.load());
    usage.waiting = static_cast<std::uint64_t>(published_.waiting.load());
    usage.held = static_cast<std::uint64_t>(published_.held.load());
    if (const auto oldest = published_.oldest_waiting.load())
        usage.oldest_waiting = time_from(oldest);
    usage.is_stopped = writer_->is_stopped();
    usage.problem = writer_->problem();
    return usage;
}

bool MailStore::is_beyond_bytes() const
{
    return static_cast<std::uint64_t>(published_.bytes.load()) >= settings_.spool_bytes;
}

bool MailStore::is_beyond_age() const
{
    const auto since = published_.unreachable_since.load();
    return since != 0 && time_from(since) + settings_.spool_age < env_.wall_now();
}

bool MailStore::is_full() const { return is_beyond_bytes() || is_beyond_age(); }
}
