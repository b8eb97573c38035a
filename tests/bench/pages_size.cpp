// SPDX-License-Identifier: Apache-2.0
// Fills a data directory with history and quarantine as a large site has them. The measuring is
// pages_size.py's, over web.sock of a gateway that serves it.
// Usage: pages_size DIRECTORY [HISTORY_ROWS [HELD_ROWS [LIST_ENTRIES]]]
#include "storage/open.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace {
using namespace std::chrono_literals;
constexpr std::array<std::string_view, 6> subjects{"会議の資料を送ります",
                                                   "Your invoice of last month",
                                                   "cheap pills without prescription",
                                                   "Re: lunch on Friday",
                                                   "ご注文の確認",
                                                   "Minutes of the meeting"};

class Filling {
public:
    Filling(storage::Storage& storage, net::Loop& loop) : storage_{storage}, loop_{loop} { }

    net::awaitable<void> fill(std::size_t history, std::size_t held, std::size_t entries)
    {
        const auto now = std::chrono::system_clock::now();
        const auto gap = std::chrono::duration_cast<std::chrono::nanoseconds>(720h)
            / static_cast<long>(std::max<std::size_t>(history, 1));
        for (std::size_t i = 0; i < history; ++i) {
            storage_.history->record(row(now
                                         - std::chrono::duration_cast<storage::WallTime::duration>(
                                             gap * static_cast<long>(history - i))));
            if (i % 8192 == 8191)
                co_await storage_.history->settle();
        }
        co_await storage_.history->settle();
        for (std::size_t i = 0; i < held;) {
            std::vector<net::awaitable<void>> some;
            for (std::size_t k = 0; k < 500 && i < held; ++k, ++i)
                some.push_back(hold(now - std::chrono::seconds{held - i}));
            co_await net::all(std::move(some));
        }
        for (std::size_t i = 0; i < entries;) {
            std::vector<net::awaitable<void>> some;
            for (std::size_t k = 0; k < 500 && i < entries; ++k, ++i)
                some.push_back(list());
            co_await net::all(std::move(some));
        }
        std::fprintf(stderr, "%zu rows of history (%llu dropped), %zu held\n", history,
                     static_cast<unsigned long long>(storage_.history->dropped()), held);
        loop_.stop();
    }

private:
    std::size_t random(std::size_t below)
    {
        return std::uniform_int_distribution<std::size_t>{0, below - 1}(chance_);
    }
    /// 40 domains of 500 people each.
    std::string person()
    {
        return "user" + std::to_string(random(500)) + "@d" + std::to_string(random(40)) + ".test";
    }
    std::string stranger()
    {
        return "s" + std::to_string(random(100'000)) + "@x" + std::to_string(random(5000))
            + ".example";
    }
    storage::HistoryRow row(storage::WallTime time)
    {
        storage::HistoryRow row;
        row.id = {ids_.next(time), 1};
        row.time = time;
        row.stage = "data";
        row.listener = "mx";
        row.client = "192.0." + std::to_string(random(200)) + "." + std::to_string(random(250));
        row.sender = stranger();
        row.recipient = row.owner = person();
        if (random(10) == 0) {
            row.direction = mail::Direction::outbound;
            row.sending_domain = row.owner.substr(row.owner.find('@') + 1);
            std::swap(row.sender, row.recipient);
        }
        row.from = "Somebody <" + row.sender + ">";
        row.subject = std::string{subjects[random(subjects.size())]} + " "
            + std::to_string(random(1'000'000));
        row.message_id = "<" + row.id.to_string() + "@x.example>";
        row.size = 4096;
        row.action = random(10'000) == 0 ? mail::Action::discard
            : random(5) == 0             ? mail::Action::tag
                                         : mail::Action::deliver;
        row.rule = row.action == mail::Action::tag ? "points ≥ 3.5" : "";
        row.step = row.action == mail::Action::tag ? "points" : "none";
        row.score = static_cast<double>(random(60)) / 10;
        row.findings = findings();
        row.timings = R"({"layers_ms":12,"relay_ms":5})";
        row.reply = "250 2.0.0 " + row.id.to_string() + " accepted";
        return row;
    }
    /// As many as an ordinary message has, about 3 KB.
    std::string findings()
    {
        std::string text = R"([{"name":"helo.odd","detail":"x","evidence":"y","points":1})";
        for (int i = 0; i < 20; ++i)
            text += R"(,{"name":"rules.hit","detail":"TEST_)" + std::to_string(random(2000))
                + R"(","evidence":"what a test of the language of rules says of a message, and )"
                  R"(where it found that in its text","points":0.1,"weight":0.1})";
        return text + "]";
    }
    net::awaitable<void> list()
    {
        auto entry = storage::parse_list_entry(stranger()).value();
        entry.effect = storage::ListEntry::Effect::block;
        entry.scope = entry.author = person();
        co_await storage_.lists->add(std::move(entry));
    }
    net::awaitable<void> hold(storage::WallTime time)
    {
        mail::Mail mail;
        mail.received_at = time;
        mail.id = ids_.next(time);
        mail.listener = "mx";
        mail.sender = mail::Mailbox::parse(stranger()).value();
        mail.message = mail::Message::from_text(
            "From: Somebody <" + mail.sender->to_string()
            + ">\r\nSubject: " + std::string{subjects[random(subjects.size())]} + " "
            + std::to_string(random(1'000'000)) + "\r\n\r\nbody\r\n");
        std::vector<storage::NewRow> rows(1);
        rows[0].address = mail::Mailbox::parse(person()).value();
        if (random(10) == 0) {
            mail.direction = mail::Direction::outbound;
            mail.sending_domain = rows[0].address.domain().ascii();
            rows[0].owner = rows[0].address;
            std::swap(*mail.sender, rows[0].address);
        }
        rows[0].state = storage::RowState::held;
        rows[0].reason = "points ≥ 6";
        rows[0].score = 6.5;
        co_await storage_.store->commit(mail, std::move(rows), {});
    }

    storage::Storage& storage_;
    net::Loop& loop_;
    mail::IdSource ids_;
    std::mt19937_64 chance_{1};
};
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    const auto count = [&](int at, std::size_t otherwise) {
        return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
    };
    storage::Settings settings{.directory = argv[1]};
    settings.spool_bytes = 100ULL << 30;
    auto& env = net::Env::real();
    auto opened = storage::open(settings, env);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().c_str());
        return 1;
    }
    net::Loop loop{env};
    Filling filling{*opened, loop};
    loop.spawn("fill", filling.fill(count(2, 1'000'000), count(3, 100'000), count(4, 100'000)));
    loop.run();
    return 0;
}
