// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/desk.hpp"
#include "web/api/request.hpp"

#include <expected>
#include <string>

namespace web {
/// What a request's filters ask. One that could not be read is an error, never silently
/// everything; the error is one sentence.
struct HistoryQuestion {
    storage::HistoryQuery query;
    storage::VerdictQuery verdicts;
};
std::expected<HistoryQuestion, std::string> history_question(const Request& request,
                                                             storage::WallTime now);
}
