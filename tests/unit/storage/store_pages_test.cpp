// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/gateway.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using storage::Attempt;
using storage::Commit;
using storage::RowState;

TEST_CASE("people move rows only from states where that makes sense")
{
    Gateway gateway;
    const auto now = gateway.env.wall_now();
    auto& store = gateway.store();
    gateway.commit(make_mail(1), one_row(RowState::waiting));
    gateway.commit(make_mail(2), one_row(RowState::held));
    const std::vector<storage::RowId> all{row_id(1), row_id(2), row_id(3), row_id(1, 9)};
    SECTION("release")
    {
        CHECK(wait_for(gateway.loop, store.release(all, now)) == 1);
        CHECK(gateway.state(2) == RowState::waiting);
        CHECK(gateway.due().size() == 2);
    }
    SECTION("hold")
    {
        CHECK(wait_for(gateway.loop, store.hold(all, "by hand")) == 1);
        CHECK(gateway.state(1) == RowState::held);
        CHECK(wait_for(gateway.loop, store.row(row_id(1)))->reason == "by hand");
        CHECK(gateway.due().empty());
    }
    SECTION("retry")
    {
        CHECK(wait_for(gateway.loop, store.retry(all, now + 1h)) == 1);
        CHECK(gateway.due().empty());
        gateway.env.advance(1h);
        CHECK(gateway.due().size() == 1);
    }
    SECTION("remove")
    {
        CHECK(wait_for(gateway.loop, store.remove(all)) == 2);
        CHECK(wait_for(gateway.loop, store.remove(all)) == 0);
        CHECK(gateway.state(1) == RowState::deleted);
    }
}

TEST_CASE("listings are newest first, by page, and filtered")
{
    Gateway gateway;
    for (std::uint64_t id = 1; id <= 6; ++id) {
        auto mail = make_mail(id);
        if (id == 4)
            mail.sender = *mail::Mailbox::parse("carl@spam.example");
        std::vector<storage::NewRow> rows;
        rows.push_back(make_row(1, id % 2 ? "Bob@b.example" : "eve@c.example",
                                id <= 3 ? RowState::held : RowState::waiting));
        gateway.commit(mail, rows);
    }
    const auto ids = [&](const storage::RowQuery& query) {
        std::vector<std::uint64_t> found;
        for (const auto& row : gateway.list(query))
            found.push_back(row.id.mail.value());
        return found;
    };
    using Ids = std::vector<std::uint64_t>;
    CHECK(ids({}) == Ids{6, 5, 4, 3, 2, 1});
    CHECK(ids({.limit = 2}) == Ids{6, 5});
    CHECK(ids({.after = row_id(5), .limit = 2}) == Ids{4, 3});
    CHECK(ids({.state = RowState::held}) == Ids{3, 2, 1});
    CHECK(ids({.state = RowState::held, .recipient = "bob@b.example"}) == Ids{3, 1});
    CHECK(ids({.state = RowState::held, .recipient = "bob@b.example", .after = row_id(3)})
          == Ids{1});
    CHECK(ids({.state = RowState::held, .recipient_domain = "c.example"}) == Ids{2});
    CHECK(ids({.recipient_domain = "c.example"}) == Ids{6, 4, 2});
    CHECK(ids({.text = "SPAM.ex"}) == Ids{4});
    CHECK(ids({.text = "unc", .mail = mail::MailId{2}}) == Ids{2});
    CHECK(ids({.text = "%"}).empty());
    CHECK(ids({.state = RowState::delivered}).empty());
}

TEST_CASE("a transaction's hash finds the mail, also when it is delivered and after a restart")
{
    Gateway gateway;
    const storage::TransactionHash hash{1, 2, 3};
    const auto since = gateway.env.wall_now() - 24h;
    auto find = [&](const storage::TransactionHash& wanted, storage::WallTime from) {
        return wait_for(gateway.loop, gateway.store().find(wanted, from));
    };
    CHECK_FALSE(find(hash, since));
    gateway.commit(make_mail(5), one_row(), hash);
    gateway.commit(make_mail(6), one_row());
    CHECK(find(hash, since) == mail::MailId{5});
    CHECK_FALSE(find({1, 2, 4}, since));
    CHECK_FALSE(find({}, since));
    CHECK_FALSE(find(hash, gateway.env.wall_now() + 1s));
    gateway.due();
    gateway.record(row_id(5), Attempt::Outcome::delivered);
    wait_for(gateway.loop, gateway.store().sweep(gateway.env.wall_now()));
    gateway.restart();
    CHECK(find(hash, since) == mail::MailId{5});
}

TEST_CASE("sweep drops what is finished and held rows past retention")
{
    Gateway gateway;
    gateway.commit(make_mail(1), one_row(RowState::waiting));
    gateway.commit(make_mail(2), one_row(RowState::held));
    gateway.commit(make_mail(3), one_row(RowState::waiting));
    gateway.due();
    gateway.record(row_id(1), Attempt::Outcome::delivered);
    auto sweep
        = [&] { return wait_for(gateway.loop, gateway.store().sweep(gateway.env.wall_now())); };
    CHECK(sweep() == 1);
    CHECK_FALSE(gateway.state(1));
    const auto held = wait_for(gateway.loop, gateway.store().row(row_id(2)));
    CHECK(held->expires_at == gateway.env.wall_now() + 14 * 24h);
    gateway.env.advance(13 * 24h);
    CHECK(sweep() == 0);
    gateway.env.advance(2 * 24h);
    CHECK(sweep() == 1);
    CHECK_FALSE(gateway.state(2));
    CHECK(gateway.state(3) == RowState::waiting);
    CHECK(gateway.store().usage().bodies == 1);
}

TEST_CASE("past the high-water mark the store is full, and has room again when it drains")
{
    Gateway gateway;
    SECTION("by bytes")
    {
        gateway.settings.spool_bytes = 3000;
        gateway.restart();
        CHECK(gateway.commit(make_mail(1, noise(4000)), one_row()) == Commit::done);
        CHECK(gateway.store().is_full());
        CHECK(gateway.commit(make_mail(2), one_row()) == Commit::full);
        CHECK(gateway.commit(make_mail(2), one_row(RowState::held)) == Commit::full);
        wait_for(gateway.loop, gateway.store().remove({row_id(1)}));
        CHECK_FALSE(gateway.store().is_full());
        CHECK(gateway.commit(make_mail(3), one_row()) == Commit::done);
    }
    SECTION("by age: only what would wait is refused")
    {
        gateway.commit(make_mail(1), one_row());
        gateway.try_in_vain(1, true);
        gateway.env.advance(24h + 1s);
        CHECK(gateway.store().is_full());
        CHECK(gateway.commit(make_mail(2), one_row()) == Commit::full);
        CHECK(gateway.commit(make_mail(3), one_row(RowState::held)) == Commit::done);
        CHECK(gateway.commit(make_mail(4), row_to("ann@healthy.example")) == Commit::done);
        auto mixed = row_to("ann@healthy.example");
        mixed.push_back(one_row().front());
        mixed.back().number = 2;
        CHECK(gateway.commit(make_mail(5), std::move(mixed)) == Commit::full);
        CHECK_FALSE(gateway.state(5));
        CHECK(gateway.commit(make_mail(6, noise(2 << 20)), one_row()) == Commit::full);
        gateway.restart();
        CHECK(gateway.store().is_full());
        gateway.try_in_vain(1, false);
        CHECK_FALSE(gateway.store().is_full());
    }
    CHECK_FALSE(gateway.state(2));
}

TEST_CASE("mail that its server refuses for now makes the store full for nobody")
{
    Gateway gateway;
    gateway.commit(make_mail(1), one_row());
    for (int hours = 0; hours < 48; ++hours) {
        gateway.try_in_vain(1, hours == 47);
        gateway.env.advance(1h);
        CHECK_FALSE(gateway.store().is_full());
    }
    SECTION("counted from the first attempt that reached nobody")
    {
        gateway.try_in_vain(1, true);
        gateway.env.advance(23h + 1s);
        CHECK(gateway.store().is_full());
    }
    SECTION("an administrator's retry changes nothing")
    {
        wait_for(gateway.loop, gateway.store().retry({row_id(1)}, gateway.env.wall_now()));
        gateway.env.advance(23h + 1s);
        CHECK(gateway.store().is_full());
    }
    SECTION("held and released it has all its time again")
    {
        wait_for(gateway.loop, gateway.store().hold({row_id(1)}, "why"));
        wait_for(gateway.loop, gateway.store().release({row_id(1)}, gateway.env.wall_now()));
        gateway.env.advance(48h);
        CHECK_FALSE(gateway.store().is_full());
    }
}
