// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using storage::Attempt;
using storage::Commit;
using storage::RowState;

TEST_CASE("a committed mail comes back whole, also after a restart")
{
    Gateway gateway;
    auto mail = make_mail(77);
    mail.parameters = {1234, true, true, "HDRS", "QQ+2B"};
    mail.direction = mail::Direction::outbound;
    auto rows = one_row();
    rows[0].notify = "FAILURE";
    rows[0].orcpt = "rfc822;bob@b.example";
    rows[0].score = 2.5;
    rows[0].last_reply = "451 later";
    REQUIRE(gateway.commit(mail, rows) == Commit::done);
    if (GENERATE(false, true))
        gateway.restart();

    const auto due = gateway.due();
    REQUIRE(due.size() == 1);
    const auto& row = due[0];
    CHECK(row.id == row_id(77));
    CHECK(row.address == "bob@b.example");
    CHECK(row.stamp == rows[0].stamp);
    CHECK(row.next_attempt == rows[0].next_attempt);
    CHECK(row.received_at == mail.received_at);
    CHECK(mail::to_string(row.sender) == "ann@a.example");
    CHECK(row.parameters.size == 1234);
    CHECK(row.parameters.is_8bit);
    CHECK(row.parameters.is_smtputf8);
    CHECK(row.parameters.ret == "HDRS");
    CHECK(row.parameters.envid == "QQ+2B");
    CHECK(row.direction == mail::Direction::outbound);
    CHECK(row.client == "192.0.2.7");
    CHECK(row.from == "Ann <ann@a.example>");
    CHECK(row.subject == "Lunch");
    CHECK(row.message_id == "<1@a.example>");
    CHECK(row.size == mail.message.size());
    CHECK(row.notify == "FAILURE");
    CHECK(row.orcpt == "rfc822;bob@b.example");
    CHECK(row.score == 2.5);
    CHECK(row.last_reply == "451 later");
    const auto message = wait_for(gateway.loop, gateway.store().message(mail.id));
    CHECK(message.text() == mail.message.text());
}

TEST_CASE("bodies of every size and kind come back byte for byte, dots as received")
{
    Gateway gateway;
    gateway.settings.inline_body = 64 << 10;
    gateway.restart();
    const auto [size, is_noise] = GENERATE(table<std::size_t, bool>({
        {0, false},
        {5000, false},
        {5000, true},
        {50'000, true},
        {70'000, false},
        {70'000, true},
        {3 << 20, false},
        {3 << 20, true},
    }));
    CAPTURE(size, is_noise);
    const auto text = is_noise ? noise(size) : std::string(size, 'x');
    auto mail = make_mail(1);
    std::vector<mail::Chunk> chunks;
    for (std::size_t start = 0; start < text.size(); start += 65536)
        chunks.push_back(mail::Chunk::copy_of(std::string_view{text}.substr(start, 65536)));
    mail.message = mail::Message{std::move(chunks), mail::Dots::stuffed};
    REQUIRE(gateway.commit(mail, one_row()) == Commit::done);
    const auto message = wait_for(gateway.loop, gateway.store().message(mail.id));
    CHECK(message.dots() == mail::Dots::stuffed);
    std::string got;
    for (const auto& chunk : message.chunks())
        got += chunk.view();
    CHECK((got == text));
    CHECK(gateway.store().usage().bytes <= size + 64);
}

TEST_CASE("the null reverse-path and hostile header text survive")
{
    Gateway gateway;
    auto mail = make_mail(1);
    mail.sender.reset();
    std::string text = "From: \xff\xfe broken\r\nSubject: ";
    text += std::string(700, 'a') + "\xe3\x81\r\n\r\nx\r\n";
    mail.message = mail::Message::from_text(text);
    REQUIRE(gateway.commit(mail, one_row()) == Commit::done);
    const auto rows = gateway.list();
    REQUIRE(rows.size() == 1);
    CHECK_FALSE(rows[0].sender);
    CHECK(rows[0].subject.size() <= 512);
}

TEST_CASE("a due row is handed out once until it is recorded or given back")
{
    Gateway gateway;
    auto rows = one_row();
    rows[0].next_attempt = gateway.env.wall_now() + 1min;
    gateway.commit(make_mail(1), rows);
    CHECK(gateway.due().empty());
    CHECK(wait_for(gateway.loop, gateway.store().next_due()) == rows[0].next_attempt);
    gateway.env.advance(1min);
    REQUIRE(gateway.due().size() == 1);
    CHECK(gateway.due().empty());
    CHECK_FALSE(wait_for(gateway.loop, gateway.store().next_due()));
    SECTION("given back")
    {
        wait_for(gateway.loop, gateway.store().give_back({row_id(1)}));
        CHECK(gateway.due().size() == 1);
    }
    SECTION("to be tried again")
    {
        const auto next = gateway.env.wall_now() + 5min;
        gateway.record(row_id(1), Attempt::Outcome::retry, "451 busy", next);
        CHECK(gateway.due().empty());
        gateway.env.advance(5min);
        const auto again = gateway.due();
        REQUIRE(again.size() == 1);
        CHECK(again[0].attempts == 1);
        CHECK(again[0].last_reply == "451 busy");
    }
    SECTION("the process restarts")
    {
        gateway.restart();
        CHECK(gateway.due().size() == 1);
    }
}

TEST_CASE("due rows come oldest first and no more than asked for")
{
    Gateway gateway;
    const auto start = gateway.env.wall_now();
    for (const auto& [id, seconds] : std::vector<std::pair<std::uint64_t, int>>{
             {1, 30}, {2, 10}, {3, 20}, {4, 10}}) {
        auto rows = one_row();
        rows[0].next_attempt = start + std::chrono::seconds{seconds};
        gateway.commit(make_mail(id), rows);
    }
    gateway.env.advance(1min);
    std::vector<std::uint64_t> order;
    for (int i = 0; i < 3; ++i)
        for (const auto& row : gateway.due(i == 0 ? 2 : 1))
            order.push_back(row.id.mail.value());
    CHECK(order == std::vector<std::uint64_t>{2, 4, 3, 1});
}

TEST_CASE("each outcome of an attempt leaves the row where it belongs")
{
    Gateway gateway;
    const auto [outcome, expected, bodies]
        = GENERATE(table<Attempt::Outcome, RowState, std::uint64_t>({
            {Attempt::Outcome::delivered, RowState::delivered, 0},
            {Attempt::Outcome::retry, RowState::waiting, 1},
            {Attempt::Outcome::held, RowState::held, 1},
            {Attempt::Outcome::discarded, RowState::discarded, 0},
        }));
    gateway.commit(make_mail(1), one_row());
    gateway.due();
    gateway.record(row_id(1), outcome, "a reply", gateway.env.wall_now() + 1h);
    CHECK(gateway.state(1) == expected);
    const auto usage = gateway.store().usage();
    CHECK(usage.bodies == bodies);
    CHECK(usage.waiting == (expected == RowState::waiting ? 1 : 0));
    CHECK(usage.held == (expected == RowState::held ? 1 : 0));
    CHECK(usage.oldest_waiting.has_value() == (expected == RowState::waiting));
    gateway.restart();
    CHECK(gateway.state(1) == expected);
    CHECK(gateway.store().usage().bodies == bodies);
}

TEST_CASE("a body stays until the last of its rows is finished")
{
    Gateway gateway;
    gateway.settings.inline_body = 100;
    gateway.restart();
    std::vector<storage::NewRow> rows;
    for (std::uint32_t number = 1; number <= 3; ++number)
        rows.push_back(make_row(number, "user" + std::to_string(number) + "@b.example",
                                number == 3 ? RowState::held : RowState::waiting));
    gateway.commit(make_mail(1, noise(4000)), rows);
    const auto folder = gateway.directory.path() + "/bodies";
    const auto files = [&] {
        return std::distance(std::filesystem::directory_iterator{folder}, {});
    };
    CHECK(files() == 1);
    gateway.due();
    gateway.record(row_id(1, 1), Attempt::Outcome::delivered);
    gateway.record(row_id(1, 2), Attempt::Outcome::delivered);
    CHECK(gateway.store().usage().bodies == 1);
    CHECK(wait_for(gateway.loop, gateway.store().message(mail::MailId{1})).size() > 4000);
    CHECK(wait_for(gateway.loop, gateway.store().remove({row_id(1, 3)})) == 1);
    CHECK(gateway.store().usage().bodies == 0);
    CHECK(gateway.store().usage().bytes == 0);
    // The file goes right after the answer: the next change comes after it.
    wait_for(gateway.loop, gateway.store().remove({row_id(9)}));
    CHECK(files() == 0);
    CHECK_THROWS_WITH(wait_for(gateway.loop, gateway.store().message(mail::MailId{1})),
                      Catch::Contains("not kept"));
}

TEST_CASE("what was delivered while somebody held or removed it is not sent again")
{
    Gateway gateway;
    gateway.commit(make_mail(1), one_row());
    gateway.due();
    CHECK(wait_for(gateway.loop, gateway.store().still_waiting({row_id(1), row_id(2)}))
          == std::vector{row_id(1)});
    wait_for(gateway.loop, gateway.store().hold({row_id(1)}, "suspicious"));
    CHECK(wait_for(gateway.loop, gateway.store().still_waiting({row_id(1)})).empty());
    SECTION("delivered after all")
    {
        gateway.record(row_id(1), Attempt::Outcome::delivered);
        CHECK(gateway.state(1) == RowState::delivered);
    }
    SECTION("not delivered: the person's decision stands")
    {
        gateway.record(row_id(1), Attempt::Outcome::retry, "451", gateway.env.wall_now());
        CHECK(gateway.state(1) == RowState::held);
        wait_for(gateway.loop, gateway.store().release({row_id(1)}, gateway.env.wall_now()));
        CHECK(gateway.due().size() == 1);
    }
}

TEST_CASE("a second copy of an id harms nobody else in its batch")
{
    Gateway gateway;
    const auto first = make_mail(1);
    const auto again = make_mail(1);
    const auto other = make_mail(2);
    gateway.commit(first, one_row());
    std::optional<Commit> result;
    CHECK_THROWS_WITH(support::run(gateway.loop,
                                   into(result, gateway.store().commit(other, one_row(), {})),
                                   [](storage::Store& store, const mail::Mail& mail)
                                       -> net::awaitable<void> {
                                       co_await store.commit(mail, one_row(), {});
                                   }(gateway.store(), again)),
                      Catch::Contains("cannot store"));
    CHECK(result == Commit::done);
    CHECK(gateway.store().usage().waiting == 2);
}
