// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace app::commands {
/// How a command writes its data to stdout.
enum class Output { table, json, jsonl };
Option json_option();
Option jsonl_option();
Output output_of(const Arguments& arguments);

/// Hostile text for a terminal: control, bidi and invalid characters become U+FFFD, on one line.
std::string printable(std::string_view text);
/// Columns a terminal needs for it.
std::size_t width_of(std::string_view text);

/// A column of a table: its head and the member it shows.
struct Column {
    std::string_view title, member;
    std::size_t widest = 60;
};
/// One value as a table shows it: times in local time, numbers short, null as "-".
std::string cell_text(const boost::json::value& value);
/// Rows below each other; on a terminal with heads and even columns, else separated by tabs.
void print_table(const std::vector<Column>& columns, const boost::json::array& rows);
/// Rows in the form asked for; `document` is printed whole with --json.
void print_rows(Output output, const std::vector<Column>& columns, const boost::json::array& rows);

/// "2026-11-21 22:30:05" in local time for an RFC 3339 time; other text unchanged.
std::string local_time(const std::string& rfc3339);
/// "3 days 4 h", "12 s".
std::string span_text(double seconds);
/// "1.5 MiB".
std::string octets_text(double octets);

bool is_terminal(int descriptor);

/// A line on stderr that says how far long work is, how fast, and how long it will take; only on a
/// terminal, not before a second is over, and gone at the end.
class Progress {
public:
    /// `total` 0: not known.
    Progress(std::string_view unit, std::size_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void step();

private:
    std::string unit_;
    std::size_t total_, done_ = 0;
    bool is_shown_;
    std::chrono::steady_clock::time_point start_, next_;
};
}
