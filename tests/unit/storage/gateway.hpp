// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "tests/unit/storage/directory.hpp"

#include <catch2/catch.hpp>

#include <random>

/// The contract: what any back end must keep. Another back end is another way to open.
struct Gateway {
    Directory directory;
    net::TestEnv env;
    net::Loop loop{env};
    storage::Settings settings{.directory = directory.path()};
    std::optional<storage::Storage> storage;

    Gateway() { open(); }
    void open()
    {
        auto opened = storage::open(settings, env);
        INFO((opened ? "" : opened.error()));
        REQUIRE(opened);
        storage = std::move(*opened);
    }
    void restart()
    {
        storage.reset();
        open();
    }
    storage::Store& store() { return *storage->store; }
    storage::Commit commit(const mail::Mail& mail, std::vector<storage::NewRow> rows,
                  storage::TransactionHash hash = {})
    {
        return wait_for(loop, store().commit(mail, std::move(rows), hash));
    }
    std::vector<storage::Row> due(std::size_t limit = 100)
    {
        return wait_for(loop, store().due(env.wall_now(), limit));
    }
    void record(storage::RowId row, storage::Attempt::Outcome outcome, std::string reply = "250 ok",
                storage::WallTime next = {})
    {
        wait_for(loop, store().record({{row, outcome, std::move(reply), "why", next}}));
    }
    /// An attempt whose row stays in the queue: its server refused for now, or was not reached.
    void try_in_vain(std::uint64_t mail, bool is_unreachable)
    {
        wait_for(loop,
                 store().record({{.row = {mail::MailId{mail}, 1},
                                  .reply = "451 later",
                                  .next_attempt = env.wall_now(),
                                  .is_unreachable = is_unreachable}}));
    }
    std::vector<storage::Row> list(storage::RowQuery query = {})
    {
        return wait_for(loop, store().list(std::move(query)));
    }
    std::optional<storage::RowState> state(std::uint64_t mail, std::uint32_t number = 1)
    {
        const auto row = wait_for(loop, store().row({mail::MailId{mail}, number}));
        return row ? std::optional{row->state} : std::nullopt;
    }
};

inline storage::RowId row_id(std::uint64_t mail, std::uint32_t number = 1)
{
    return {mail::MailId{mail}, number};
}

/// Bytes that do not compress.
inline std::string noise(std::size_t size)
{
    std::mt19937 random{7};
    std::string bytes(size, ' ');
    for (char& c : bytes)
        c = static_cast<char>(random());
    return bytes;
}
