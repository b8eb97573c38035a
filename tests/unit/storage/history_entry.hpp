// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/history.hpp"
#include "tests/unit/storage/gateway.hpp"

/// A row with something in every field.
inline storage::HistoryRow make_entry(std::uint64_t mail, storage::WallTime time)
{
    storage::HistoryRow row;
    row.id = row_id(mail);
    row.time = time;
    row.stage = "data";
    row.listener = "mx";
    row.client = "192.0.2.7";
    row.helo = "mail.a.example";
    row.sender = "Ann" + std::to_string(mail) + "@a.example";
    row.recipient = "bob@b.example";
    row.from = "Ann <ann@a.example>";
    row.subject = "Message number " + std::to_string(mail);
    row.message_id = "<" + std::to_string(mail) + "@a.example>";
    row.size = 4711;
    row.action = mail::Action::tag;
    row.rule = "points ≥ 3.5";
    row.step = "points";
    row.score = 4.5;
    row.findings = R"([{"name":"helo.odd"}])";
    row.timings = R"({"scan_ms":1})";
    row.reply = "250 2.0.0 ok";
    row.sending_domain = "b.example";
    return row;
}
