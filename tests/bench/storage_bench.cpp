// SPDX-License-Identifier: Apache-2.0
#include "storage/counters.hpp"
#include "storage/list_table.hpp"
#include "storage/open.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>

namespace {
/// A data directory on the disk that TMPDIR names, gone with the benchmark.
class Opened {
public:
    Opened()
    {
        std::string name = (std::filesystem::temp_directory_path() / "bench-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw std::runtime_error{"no temporary directory"};
        settings_.directory = name;
        auto opened = storage::open(settings_, net::Env::real());
        if (!opened)
            throw std::runtime_error{opened.error()};
        storage_ = std::move(*opened);
    }
    ~Opened()
    {
        storage_ = {};
        std::filesystem::remove_all(settings_.directory);
    }
    storage::Storage* operator->() { return &storage_; }

private:
    storage::Settings settings_;
    storage::Storage storage_;
};

std::string noise(std::size_t size)
{
    std::mt19937 random{7};
    std::string bytes(size, ' ');
    for (char& c : bytes)
        c = static_cast<char>(random());
    return bytes;
}

mail::IdSource id_source;

mail::Mail make_mail(const std::string& body)
{
    mail::Mail mail;
    mail.received_at = std::chrono::system_clock::now();
    mail.id = id_source.next(mail.received_at);
    mail.client.ip = *mail::Ip::parse("192.0.2.7");
    mail.sender = *mail::Mailbox::parse("ann@a.example");
    mail.message = mail::Message::from_text(
        "From: Ann <ann@a.example>\r\nSubject: Lunch\r\nMessage-ID: <1@a>\r\n\r\n" + body);
    return mail;
}

std::vector<storage::NewRow> one_row()
{
    storage::NewRow row;
    row.address = *mail::Mailbox::parse("bob@b.example");
    row.stamp.lines = std::string(300, 'x');
    return {row};
}

net::awaitable<void> client(storage::Store& store, const std::string& body, int mails)
{
    for (int i = 0; i < mails; ++i) {
        const auto mail = make_mail(body);
        storage::TransactionHash hash{};
        for (std::size_t octet = 0; octet < 8; ++octet)
            hash[octet]
                = static_cast<std::uint8_t>(mail.id.value() * 0x9e3779b97f4a7c15ULL >> (8 * octet));
        const auto done = co_await store.commit(mail, one_row(), hash);
        if (done != storage::Commit::done)
            throw std::runtime_error{"not committed"};
    }
}

void commit_mails(benchmark::State& state)
{
    Opened storage;
    const auto body = noise(static_cast<std::size_t>(state.range(0)));
    const auto clients = static_cast<int>(state.range(1));
    constexpr int each = 16;
    net::Loop loop{net::Env::real()};
    for (auto _ : state) {
        for (int i = 0; i < clients; ++i)
            loop.spawn("bench", client(*storage->store, body, each));
        loop.run();
    }
    state.SetItemsProcessed(state.iterations() * clients * each);
}
BENCHMARK(commit_mails)
    ->ArgsProduct({{4096, 50 << 10}, {1, 20, 64}})
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

net::awaitable<void> fill(storage::Store& store, storage::RowState state)
{
    for (int i = 0; i < 200; ++i) {
        const auto mail = make_mail("short");
        std::vector<storage::NewRow> rows;
        for (unsigned number = 1; number <= 500; ++number) {
            rows.push_back(one_row()[0]);
            rows.back().number = number;
            rows.back().state = state;
            const auto user = "user" + std::to_string(number % 50) + "-" + std::to_string(i);
            rows.back().address = *mail::Mailbox::parse(user + "@b.example");
        }
        co_await store.commit(mail, std::move(rows), {});
    }
}

net::awaitable<void> take_some(storage::Store& store)
{
    const auto rows = co_await store.due(std::chrono::system_clock::now(), 100);
    std::vector<storage::RowId> ids;
    for (const auto& row : rows)
        ids.push_back(row.id);
    benchmark::DoNotOptimize(co_await store.next_due());
    co_await store.give_back(std::move(ids));
}

/// A hundred rows out of 100,000 that wait.
void take_due_rows(benchmark::State& state)
{
    Opened storage;
    net::Loop loop{net::Env::real()};
    loop.spawn("bench", fill(*storage->store, storage::RowState::waiting));
    loop.run();
    for (auto _ : state) {
        loop.spawn("bench", take_some(*storage->store));
        loop.run();
    }
}
BENCHMARK(take_due_rows)->UseRealTime()->Unit(benchmark::kMillisecond);

net::awaitable<void> list(storage::Store& store, storage::RowQuery query)
{
    benchmark::DoNotOptimize(co_await store.list(std::move(query)));
}

/// A page out of 100,000 held rows: all, of one recipient, with a text that is nowhere.
void list_held_rows(benchmark::State& state)
{
    Opened storage;
    net::Loop loop{net::Env::real()};
    loop.spawn("bench", fill(*storage->store, storage::RowState::held));
    loop.run();
    storage::RowQuery query;
    query.state = storage::RowState::held;
    if (state.range(0) == 1)
        query.recipient = "user7-7@b.example";
    if (state.range(0) == 2)
        query.text = "nowhere";
    for (auto _ : state) {
        loop.spawn("bench", list(*storage->store, query));
        loop.run();
    }
}
BENCHMARK(list_held_rows)->DenseRange(0, 2)->UseRealTime()->Unit(benchmark::kMillisecond);

storage::HistoryRow history_row(std::uint64_t number)
{
    storage::HistoryRow row;
    row.id = {mail::MailId{number}, 1};
    row.time = std::chrono::system_clock::now();
    row.stage = "data";
    row.listener = "mx";
    row.client = "192.0.2.7";
    row.helo = "mail.a.example";
    row.sender
        = "ann" + std::to_string(number % 5000) + "@a" + std::to_string(number % 300) + ".example";
    row.recipient = "bob" + std::to_string(number % 700) + "@b.example";
    row.from = "Ann Other <ann@a.example>";
    row.subject = "The minutes of meeting number " + std::to_string(number);
    row.message_id = "<" + std::to_string(number * 7919) + ".abcdef@a.example>";
    row.size = 4711;
    row.rule = "points";
    row.step = "points";
    row.findings = R"([{"name":"helo.literal","detail":"","evidence":"[192.0.2.7]","points":1.5},)"
                   R"({"name":"headers.no_date","detail":"","evidence":"","points":1}])";
    row.timings = R"({"scan_ms":0.4,"layers_ms":0.8,"relay_ms":1.2})";
    row.reply = "250 2.0.0 0123456789ABC delivered";
    return row;
}

net::awaitable<void> settle(storage::History& history) { co_await history.settle(); }

void history_rows(benchmark::State& state)
{
    Opened storage;
    net::Loop loop{net::Env::real()};
    std::uint64_t number = 0;
    for (auto _ : state) {
        for (int i = 0; i < 500; ++i)
            storage->history->record(history_row(++number));
        loop.spawn("bench", settle(*storage->history));
        loop.run();
    }
    state.SetItemsProcessed(state.iterations() * 500);
}
BENCHMARK(history_rows)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMicrosecond);

net::awaitable<void> search(storage::History& history, storage::HistoryQuery query,
                            std::size_t& found)
{
    found = (co_await history.search(std::move(query))).size();
}

/// A million rows, all indexed but for the last few thousand.
void history_search(benchmark::State& state)
{
    static Opened storage;
    static net::Loop loop{net::Env::real()};
    static bool is_filled = false;
    if (!is_filled) {
        for (std::uint64_t number = 1; number <= 1'000'000; ++number) {
            storage->history->record(history_row(number));
            if (number % 8000 == 0) {
                loop.spawn("bench", settle(*storage->history));
                loop.run();
            }
        }
        is_filled = true;
        std::this_thread::sleep_for(std::chrono::seconds{state.range(1)});
    }
    storage::HistoryQuery query;
    switch (state.range(0)) {
    case 0:
        query.message_id = "7919000.abcdef@a.example";
        break;
    case 1:
        query.sender = "ann77@a77.example";
        break;
    case 2:
        query.text = "meeting number 99999";
        break;
    case 3:
        query.recipient_domain = "b.example";
        break;
    default:
        query.id = mail::MailId{1000};
        break;
    }
    std::size_t found = 0;
    for (auto _ : state) {
        loop.spawn("bench", search(*storage->history, query, found));
        loop.run();
    }
    state.counters["found"] = static_cast<double>(found);
}
BENCHMARK(history_search)
    ->ArgsProduct({{0, 1, 2, 3, 4}, {30}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void window_counters(benchmark::State& state)
{
    static storage::WindowCounters counters{1'000'000, std::chrono::seconds{1800}};
    std::mt19937_64 random{static_cast<std::uint64_t>(state.thread_index())};
    const auto now = std::chrono::steady_clock::now();
    // Twice as many keys as there is room for: every other look-up also evicts.
    for (auto _ : state)
        benchmark::DoNotOptimize(counters.add(random() % 2'000'000, 1, now));
}
BENCHMARK(window_counters)->Threads(1)->Threads(2);

void dedupe_mail(benchmark::State& state)
{
    Opened storage;
    std::mt19937_64 random{1};
    const auto now = std::chrono::system_clock::now();
    const mail::MailId id{1};
    for (auto _ : state) {
        storage::TransactionHash hash{};
        const auto value = random();
        std::memcpy(hash.data(), &value, sizeof value);
        benchmark::DoNotOptimize(storage->dedupe->find(hash, now));
        storage->dedupe->intend(hash, id, now);
        storage->dedupe->delivered(hash, id);
        storage->dedupe->confirmed(hash, id);
    }
}
BENCHMARK(dedupe_mail);

void transaction_hash(benchmark::State& state)
{
    const auto body = noise(static_cast<std::size_t>(state.range(0)));
    const auto client = *mail::Ip::parse("192.0.2.7");
    const mail::ReversePath sender = *mail::Mailbox::parse("ann@a.example");
    for (auto _ : state) {
        storage::TransactionHasher hasher{42};
        hasher.envelope(client, sender, {"bob@b.example"});
        hasher.update(body);
        benchmark::DoNotOptimize(hasher.finish());
    }
}
BENCHMARK(transaction_hash)->Arg(4096)->Arg(1 << 20);

void list_match(benchmark::State& state)
{
    std::vector<storage::ListEntry> entries(100'000);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].number = static_cast<std::int64_t>(i + 1);
        entries[i].kind = storage::ListEntry::Kind::domain;
        entries[i].text = "host" + std::to_string(i) + ".example";
    }
    const auto lists = storage::ListTable::of(entries);
    const mail::ReversePath sender = *mail::Mailbox::parse("ann@mail.host500.example");
    const auto client = *mail::Ip::parse("192.0.2.7");
    for (auto _ : state)
        benchmark::DoNotOptimize(
            lists->matches("", sender, &client, std::chrono::system_clock::now()));
}
BENCHMARK(list_match);
}
