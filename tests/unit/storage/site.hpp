// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/backup/create.hpp"
#include "storage/backup/restore.hpp"
#include "storage/backup/shelf.hpp"
#include "storage/lists.hpp"
#include "tests/unit/storage/gateway.hpp"

#include <filesystem>
#include <fstream>

using namespace storage::backup;
using storage::Files;
using storage::RowState;

inline constexpr std::chrono::sys_seconds noon{
    std::chrono::sys_days{std::chrono::year{2026} / 1 / 2}};

inline std::string text_of(const std::string& path)
{
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write(const std::string& path, std::string_view text)
{
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::ofstream{path} << text;
}

inline storage::ListEntry entry(std::string_view text)
{
    auto parsed = *storage::parse_list_entry(text);
    parsed.scope = "global";
    return parsed;
}

/// A gateway with mail in its queue and its quarantine, a list entry, a setting and a feed.
struct Site : Gateway {
    Directory shelf;

    Site()
    {
        commit(make_mail(1, "In the database.\r\n"), one_row());
        commit(make_mail(2, noise(2 << 20)), one_row(RowState::held));
        wait_for(loop, storage->lists->add(entry("ann@a.example")));
        write(data() + "/settings.json", "{\"preset\":\"tag\"}");
        write(data() + "/feeds/site/7/index", "index");
        std::filesystem::create_directory_symlink("7", data() + "/feeds/site/current");
    }
    const std::string& data() const { return directory.path(); }
    Order order(std::string passphrase = {}) const
    {
        Order order{.data = data(), .to = shelf.path(), .about = {}};
        order.about.version = "0.1.0";
        order.about.host = "mx.test";
        order.about.kind = "asked";
        order.about.made = noon;
        order.passphrase = std::move(passphrase);
        return order;
    }
    std::string backed_up(std::string passphrase = {})
    {
        return create(order(std::move(passphrase))).path;
    }
    std::size_t entries() const { return storage->lists->count(); }
    std::string body(std::uint64_t mail)
    {
        auto message = wait_for(loop, store().message(mail::MailId{mail}));
        std::string bytes;
        for (const auto& chunk : message.chunks())
            bytes += chunk.view();
        return bytes;
    }
};

inline RestoreOrder restore_of(const std::string& archive, const std::string& data,
                               std::set<Part> only = {})
{
    RestoreOrder order{.archive = archive, .data = data, .only = std::move(only)};
    order.now = noon;
    return order;
}
