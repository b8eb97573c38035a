// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/history_log.hpp"

#include "storage/database_file.hpp"
#include "storage/set_aside.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace storage::sqlite {
using Clock = std::chrono::steady_clock;

namespace {
constexpr std::chrono::seconds reopen_pause{5};
}

bool HistoryLog::Batch::is_empty() const
{
    return rows.empty() && notes.empty() && settlers.empty() && tasks.empty();
}

bool HistoryLog::Batch::is_urgent(std::size_t rows_wanted) const
{
    return rows.size() + notes.size() >= rows_wanted || !settlers.empty() || !tasks.empty();
}

HistoryLog::HistoryLog(const std::string& directory, Files& files)
    : path_{path_in(directory, DatabaseFile::history)}, files_{files}, tables_{open_or_renew()},
      reader_{[this] { return std::make_unique<HistoryReader>(options(Database::Mode::read)); },
              [](const std::string& problem) { spdlog::error("history: {}", problem); }},
      own_reader_{[this] { return std::make_unique<HistoryReader>(options(Database::Mode::read)); },
                  [](const std::string& problem) { spdlog::error("history: {}", problem); }},
      thread_{[this] { work(); }}
{ }

HistoryLog::~HistoryLog()
{
    {
        const std::lock_guard lock{mutex_};
        is_closing_ = true;
    }
    woken_.notify_one();
    thread_.join();
}

Database::Options HistoryLog::options(Database::Mode mode) const
{
    Database::Options options;
    options.path = path_;
    options.mode = mode;
    options.sync = Database::Sync::normal;
    options.vfs = files_.vfs();
    options.cache_kib = 16 * 1024;
    return options;
}

std::unique_ptr<HistoryTables> HistoryLog::open_or_renew()
{
    try {
        if (damage_.empty())
            return std::make_unique<HistoryTables>(options(Database::Mode::write));
    } catch (const Error& error) {
        // No promise hangs on it: a disk that cannot read it must not keep the gate from starting.
        if (!error.is_corruption() && !error.is_read_fault())
            throw;
        damage_ = error.what();
    }
    const auto why = std::exchange(damage_, {});
    const auto aside = name_aside(path_, net::Env::real().wall_now());
    const auto note
        = fmt::format("{} was damaged ({}) and begun anew; no mail is concerned", path_, why);
    note_aside({aside, note});
    set_aside(path_, aside);
    spdlog::error("history: {}; it is kept as {}", note, aside);
    return std::make_unique<HistoryTables>(options(Database::Mode::write));
}

bool HistoryLog::has_room() const
{
    return queue_.rows.size() + queue_.notes.size() < limits_.queued_rows;
}

void HistoryLog::record(HistoryRow row)
{
    bool is_wanted = false;
    {
        const std::lock_guard lock{mutex_};
        if (!has_room()) {
            ++dropped_;
            return;
        }
        is_wanted = queue_.is_empty() || queue_.rows.size() + 1 == limits_.batch;
        if (queue_.is_empty())
            first_at_ = Clock::now();
        queue_.rows.push_back(std::move(row));
    }
    // A wake-up is a system call: one for the first row, one for a full batch.
    if (is_wanted)
        woken_.notify_one();
}

void HistoryLog::note_delivery(RowId id, std::string delivery)
{
    bool is_first = false;
    {
        const std::lock_guard lock{mutex_};
        if (!has_room()) {
            ++dropped_;
            return;
        }
        is_first = queue_.is_empty();
        if (is_first)
            first_at_ = Clock::now();
        queue_.notes.push_back({id, std::move(delivery)});
    }
    if (is_first)
        woken_.notify_one();
}

awaitable<std::vector<HistoryRow>> HistoryLog::search(HistoryQuery query)
{
    return search(std::move(query), Reach::everything(), {});
}

awaitable<std::vector<HistoryRow>> HistoryLog::search(HistoryQuery query, Reach reach,
                                                      VerdictQuery verdicts)
{
    auto& reader = reader_for(reach);
    co_return co_await reader.run([query = std::move(query), reach = std::move(reach),
                                   verdicts = std::move(verdicts)](HistoryReader& reading) {
        return reading.search(query, reach, verdicts);
    });
}

awaitable<HistoryPage> HistoryLog::page(HistoryQuery query, Reach reach, VerdictQuery verdicts)
{
    auto& reader = reader_for(reach);
    co_return co_await reader.run([query = std::move(query), reach = std::move(reach),
                                   verdicts = std::move(verdicts)](HistoryReader& reading) {
        return reading.page(query, reach, verdicts);
    });
}

ReaderThread<HistoryReader>& HistoryLog::reader_for(const Reach& reach)
{
    return reach.is_everything() || !reach.domains().empty() ? reader_ : own_reader_;
}

awaitable<std::vector<Count>> HistoryLog::counts(CountQuery query)
{
    co_return co_await reader_.run(
        [query = std::move(query)](HistoryReader& reader) { return reader.counts(query); });
}

void HistoryLog::note_level(std::string name, WallTime now, std::uint64_t number)
{
    post([this, name = std::move(name), now, number] {
        guarded([&] { tables_->write_level(now, name, number); });
    });
}

awaitable<void> HistoryLog::settle()
{
    net::Handover<void> settled;
    {
        const std::lock_guard lock{mutex_};
        queue_.settlers.push_back(settled);
    }
    woken_.notify_one();
    co_await settled.receive();
}

void HistoryLog::post(std::move_only_function<void()> task)
{
    {
        const std::lock_guard lock{mutex_};
        queue_.tasks.push_back(std::move(task));
    }
    woken_.notify_one();
}

awaitable<std::size_t> HistoryLog::sweep(WallTime before)
{
    HistoryTables::Swept swept{0, true};
    std::size_t rows = 0;
    // One span at a time, so that recording goes on in between.
    while (swept.has_more) {
        net::Handover<HistoryTables::Swept> outcome;
        post([this, before, outcome] {
            HistoryTables::Swept result;
            guarded([&] { result = tables_->sweep_one(before); });
            outcome.deliver(result);
        });
        swept = co_await outcome.receive();
        rows += swept.rows;
    }
    co_return rows;
}

bool HistoryLog::wait(std::unique_lock<std::mutex>& lock)
{
    const auto is_urgent = [this] { return is_closing_ || queue_.is_urgent(limits_.batch); };
    const auto has_work = [this] { return !queue_.is_empty() || is_closing_; };
    if (!has_work()) {
        const bool has_backlog = tables_ && tables_->backlog() > 0;
        if (has_backlog && (is_idle_ || !woken_.wait_for(lock, limits_.delay, has_work))) {
            is_idle_ = true;
            return false;
        }
        woken_.wait(lock, has_work);
    }
    woken_.wait_until(lock, first_at_ + limits_.delay, is_urgent);
    return true;
}

void HistoryLog::work()
{
    std::unique_lock lock{mutex_};
    for (bool is_last = false; !is_last;) {
        if (!wait(lock)) {
            lock.unlock();
            guarded([this] {
                tables_->index_segment();
                tables_->checkpoint_if_long();
            });
            lock.lock();
            continue;
        }
        Batch batch = std::exchange(queue_, {});
        queue_.rows.reserve(limits_.batch);
        is_last = is_closing_;
        lock.unlock();
        write(batch);
        lock.lock();
    }
}

void HistoryLog::write(Batch& batch)
{
    bool is_written = batch.rows.empty() && batch.notes.empty();
    if (!is_written)
        guarded([&] {
            tables_->write(batch.rows, batch.notes);
            is_written = true;
        });
    if (!is_written)
        dropped_ += batch.rows.size() + batch.notes.size();
    is_idle_ = batch.rows.size() < limits_.busy_batch
        || (tables_ && tables_->backlog() > limits_.backlog);
    guarded([&] { tables_->checkpoint_if_long(); });
    for (auto& task : batch.tasks)
        task();
    for (const auto& settler : batch.settlers)
        settler.deliver();
}

void HistoryLog::guarded(const std::function<void()>& step)
{
    if (!tables_ && Clock::now() < again_at_)
        return;
    try {
        if (!tables_)
            tables_ = open_or_renew();
        step();
    } catch (const std::exception& error) {
        // History is not mail: what cannot be written is dropped and counted, and the gate goes
        // on.
        spdlog::error("history: {}", error.what());
        is_idle_ = false;
        const auto* answer = dynamic_cast<const Error*>(&error);
        if (answer && (answer->is_full() || answer->is_harmless()))
            return;
        tables_.reset();
        // What breaks while it is used would break again: it is begun anew.
        if (answer && (answer->is_corruption() || answer->is_read_fault()))
            damage_ = answer->what();
        again_at_ = Clock::now() + reopen_pause;
    }
}
}
