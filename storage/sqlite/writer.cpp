// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/writer.hpp"

#include <spdlog/spdlog.h>

namespace storage::sqlite {
using Clock = std::chrono::steady_clock;

namespace {
constexpr int checkpoint_pages = 1000;
constexpr std::chrono::milliseconds longest_pause{60'000};
}

Writer::Writer(Limits limits, std::unique_ptr<MailTables> tables, Owner& owner)
    : limits_{limits}, owner_{owner}, tables_{std::move(tables)}, pause_{limits.pause},
      thread_{[this] { work(); }}
{ }

Writer::~Writer()
{
    {
        const std::lock_guard lock{mutex_};
        is_closing_ = true;
    }
    woken_.notify_one();
    thread_.join();
}

bool Writer::announce(std::size_t bytes)
{
    // One change always finds room, however large.
    const auto before = held_bytes_.fetch_add(bytes);
    if (before > 0 && before + bytes > limits_.queue_bytes) {
        held_bytes_ -= bytes;
        return false;
    }
    const std::lock_guard lock{mutex_};
    ++coming_;
    return true;
}

void Writer::retract(std::size_t bytes)
{
    held_bytes_ -= bytes;
    {
        const std::lock_guard lock{mutex_};
        --coming_;
    }
    woken_.notify_one();
}

void Writer::submit(std::unique_ptr<Change> change, bool announced)
{
    if (!announced)
        held_bytes_ += change->bytes();
    {
        const std::lock_guard lock{mutex_};
        if (announced)
            --coming_;
        if (queue_.empty())
            first_at_ = Clock::now();
        queue_size_ += change->bytes();
        queue_.push_back(std::move(change));
    }
    woken_.notify_one();
}

void Writer::halt(const std::string& problem)
{
    {
        const std::lock_guard lock{mutex_};
        halt_ = problem;
    }
    woken_.notify_one();
}

std::string Writer::problem() const
{
    const std::lock_guard lock{mutex_};
    return problem_;
}

bool Writer::is_due_again() const { return !tables_ || !parked_.empty(); }

void Writer::work()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        const auto has_work = [this] { return !queue_.empty() || halt_ || is_closing_; };
        if (is_due_again())
            woken_.wait_until(lock, again_at_, has_work);
        else
            woken_.wait(lock, has_work);
        if (const auto problem = std::exchange(halt_, std::nullopt)) {
            lock.unlock();
            if (tables_)
                stop(*problem);
            lock.lock();
        }
        auto batch = next_batch(lock);
        const bool is_last = is_closing_ && queue_.empty();
        lock.unlock();
        if (!batch.empty())
            write(std::move(batch));
        if (is_last)
            break;
        if (is_due_again() && Clock::now() >= again_at_)
            try_again();
        lock.lock();
    }
    refuse_all(std::exchange(parked_, {}), Change::Failure::stopped, "the store was closed");
}

Writer::Batch Writer::next_batch(std::unique_lock<std::mutex>& lock)
{
    if (queue_.empty())
        return {};
    // Waiting pays only while others are known to be on their way.
    woken_.wait_until(lock, first_at_ + limits_.wait, [this] {
        return coming_ == 0 || is_closing_ || queue_.size() >= limits_.messages
            || queue_size_ >= limits_.bytes;
    });
    Batch batch;
    std::size_t bytes = 0;
    while (!queue_.empty() && batch.size() < limits_.messages && bytes < limits_.bytes) {
        bytes += queue_.front()->bytes();
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    queue_size_ -= bytes;
    return batch;
}

void Writer::write(Batch batch)
{
    while (!batch.empty() && tables_) {
        const auto fault = attempt(batch);
        if (!fault) {
            answer(batch);
            return;
        }
        if (fault->kind == Fault::Kind::fatal) {
            stop(fault->why);
        } else if (fault->kind == Fault::Kind::wrong) {
            refuse(*batch[fault->culprit], Change::Failure::wrong, fault->why);
            batch.erase(batch.begin() + static_cast<std::ptrdiff_t>(fault->culprit));
        } else {
            // Without the mails of the batch there may be room for what deliveries made of others.
            Batch patient;
            for (auto& change : batch) {
                if (change->is_patient())
                    patient.push_back(std::move(change));
                else
                    refuse(*change, Change::Failure::full, fault->why);
            }
            const bool is_hopeless = patient.size() == batch.size();
            batch = std::move(patient);
            if (is_hopeless)
                break;
        }
    }
    if (batch.empty())
        return;
    if (tables_)
        again_at_ = Clock::now() + limits_.pause;
    refuse_all(std::move(batch), Change::Failure::stopped, "the store is stopped: " + problem());
}

std::optional<Writer::Fault> Writer::attempt(Batch& batch)
{
    std::size_t place = 0;
    const auto fault = [&](Fault::Kind kind, const std::exception& error) {
        tables_->rollback();
        return Fault{kind, place, error.what()};
    };
    try {
        tables_->begin();
        for (; place < batch.size(); ++place)
            batch[place]->apply(*tables_);
        tables_->commit();
        return std::nullopt;
    } catch (const Error& error) {
        if (error.is_full())
            return fault(Fault::Kind::full, error);
        const bool is_one = place < batch.size() && error.is_harmless();
        return fault(is_one ? Fault::Kind::wrong : Fault::Kind::fatal, error);
    } catch (const std::exception& error) {
        return fault(place < batch.size() ? Fault::Kind::wrong : Fault::Kind::fatal, error);
    }
}

void Writer::answer(Batch& batch)
{
    owner_.publish(*tables_);
    for (auto& change : batch) {
        held_bytes_ -= change->bytes();
        change->committed();
    }
    batch.clear();
    owner_.clean(*tables_);
    checkpoint();
}

void Writer::refuse_all(Batch batch, Change::Failure failure, const std::string& why)
{
    for (auto& change : batch) {
        if (change->is_patient() && !is_closing_)
            parked_.push_back(std::move(change));
        else
            refuse(*change, failure, why);
    }
}

void Writer::refuse(Change& change, Change::Failure failure, const std::string& why)
{
    held_bytes_ -= change.bytes();
    change.failed(failure, why);
}

void Writer::stop(const std::string& problem)
{
    spdlog::error("store: stopped, mail that needs it is deferred: {}", problem);
    {
        const std::lock_guard lock{mutex_};
        problem_ = problem;
    }
    is_stopped_ = true;
    tables_->database().abandon();
    tables_.reset();
    again_at_ = Clock::now() + pause_;
}

void Writer::try_again()
{
    if (!tables_) {
        try {
            tables_ = owner_.reopen();
        } catch (const std::exception& error) {
            const std::lock_guard lock{mutex_};
            problem_ = error.what();
            pause_ = std::min(pause_ * 2, longest_pause);
            again_at_ = Clock::now() + pause_;
            return;
        }
        pause_ = limits_.pause;
        owner_.publish(*tables_);
        {
            const std::lock_guard lock{mutex_};
            problem_.clear();
        }
        is_stopped_ = false;
        spdlog::warn("store: opened again and verified");
    }
    write(std::exchange(parked_, {}));
}

void Writer::checkpoint()
{
    if (tables_->database().wal_pages() < checkpoint_pages)
        return;
    try {
        tables_->database().checkpoint();
    } catch (const Error& error) {
        // What was promised is safe in the log; without room the log stays and grows.
        if (!error.is_full())
            stop(error.what());
    }
}
}
