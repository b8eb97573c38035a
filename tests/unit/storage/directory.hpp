// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/open.hpp"
#include "tests/support/loop.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

/// A data directory of its own under the system's temporary one; gone with the test.
class Directory {
public:
    Directory()
    {
        std::string name = (std::filesystem::temp_directory_path() / "storage-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw std::runtime_error{"no temporary directory"};
        path_ = name;
    }
    ~Directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

template <class T> net::awaitable<void> into(std::optional<T>& result, net::awaitable<T> work)
{
    result = co_await std::move(work);
}

/// Runs one coroutine to its end and returns its result.
template <class T> T wait_for(net::Loop& loop, net::awaitable<T> work)
{
    std::optional<T> result;
    support::run(loop, into(result, std::move(work)));
    return std::move(*result);
}
inline void wait_for(net::Loop& loop, net::awaitable<void> work)
{
    support::run(loop, std::move(work));
}

/// A mail as a session would hand it over.
inline mail::Mail make_mail(std::uint64_t id, std::string_view body = "Hello.\r\n")
{
    mail::Mail mail;
    mail.id = mail::MailId{id};
    mail.received_at = net::TestEnv{}.wall_now();
    mail.listener = "mx";
    mail.client.ip = *mail::Ip::parse("192.0.2.7");
    mail.sender = *mail::Mailbox::parse("ann@a.example");
    std::string text = "From: Ann <ann@a.example>\r\nSubject: Lunch\r\n"
                       "Message-ID: <1@a.example>\r\n\r\n";
    mail.message = mail::Message::from_text(text.append(body));
    return mail;
}

inline storage::NewRow make_row(std::uint32_t number = 1,
                                std::string_view address = "bob@b.example",
                                storage::RowState state = storage::RowState::waiting)
{
    storage::NewRow row{number, *mail::Mailbox::parse(address)};
    row.state = state;
    row.stamp.lines = "Received: from here\r\n";
    row.stamp.left_out = {{3, 7}, {20, 5}};
    row.next_attempt = net::TestEnv{}.wall_now();
    return row;
}

inline std::vector<storage::NewRow> row_to(std::string_view address)
{
    std::vector<storage::NewRow> rows;
    rows.push_back(make_row(1, address));
    return rows;
}

inline std::vector<storage::NewRow> one_row(storage::RowState state = storage::RowState::waiting)
{
    std::vector<storage::NewRow> rows;
    rows.push_back(make_row(1, "bob@b.example", state));
    return rows;
}
