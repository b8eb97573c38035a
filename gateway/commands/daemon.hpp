// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/commands/command.hpp"

#include <boost/json/value.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace app::commands {
/// What the daemon answered.
struct Answer {
    unsigned status = 200;
    std::string body;
    boost::json::value document; ///< the body where it is JSON
};

/// The running gateway of a data directory, over its control socket.
class Daemon {
public:
    /// --data DIR, else the configuration's, else ./mailweir-data.
    explicit Daemon(const Arguments& arguments);
    /// One request. A failure was printed to stderr and comes back as exit code.
    std::expected<Answer, Exit> ask(const std::string& method, const std::string& target,
                                    std::string body = {}) const;
    /// The same; the caller looks at status codes from 400 on itself.
    std::expected<Answer, Exit> ask_whatever(const std::string& method, const std::string& target,
                                             std::string body = {}) const;
    /// All pages of a listing up to `limit` rows.
    std::expected<boost::json::array, Exit> rows(const std::string& path, std::string query,
                                                 std::size_t limit) const;

private:
    std::string socket_;
};

/// Prints the problem that the daemon answered with; returns what it is as exit code.
Exit print_problem(const Answer& answer);

/// Options that every command for the daemon has.
std::vector<Option> with_daemon_options(std::vector<Option> options);
/// --limit N as a number; 0 for what is none.
std::size_t limit_of(const Arguments& arguments, std::size_t otherwise);

/// Text as one segment of a path or one value of a query.
std::string escaped_segment(std::string_view text);
/// "a=b&c=d" with what needs it escaped; empty values are left out.
std::string query_text(const std::vector<std::pair<std::string_view, std::string>>& pairs);
}
