// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/complaint.hpp"
#include "gateway/net/await.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace web {
using net::awaitable;

/// One policy document that was put in force by people. Numbers begin with 1 and rise.
struct PolicyRevision {
    unsigned number = 0;
    std::chrono::system_clock::time_point time{};
    std::string author = {}, note = {};
    unsigned of = 0; ///< the revision it went back to; 0: none
    std::string document = {}; ///< YAML; listings leave it out
};

/// The policy in force, and where it is from.
struct PolicyInForce {
    std::string document; ///< YAML
    std::string origin; ///< web (a revision), preset (chosen in the pages), file, built_in
    std::string file; ///< "policies/strict.yaml"
    unsigned revision = 0; ///< 0: none
    std::string locked; ///< the "file:line" that decides; "" nothing does
    std::string problem; ///< why an older revision is in force than the latest; "" it is not so
};

/// A document that shall be in force.
struct PolicyChange {
    std::string document, author, note;
    unsigned of = 0;
    unsigned expected = 0; ///< the revision that whoever wrote it saw
};

struct PolicyOutcome {
    /// locked: a file decides; overtaken: another came first; busy: a reload is under way; wrong:
    /// `complaints`; failed: `detail`.
    enum class Kind { done, locked, overtaken, busy, wrong, failed } kind = Kind::failed;
    unsigned revision = 0; ///< in force now
    std::string detail = {}; ///< one sentence; of done: warnings
    filters::Complaints complaints = {};
};

/// Policy documents with their revisions, as the app keeps them. On one loop.
class PolicyBook {
public:
    static constexpr std::size_t largest = 256U << 10; ///< octets of a document
    virtual ~PolicyBook() = default;
    virtual PolicyInForce in_force() const = 0;
    /// Whole or not at all: checked with all layers, kept durably, then in force for the next mail.
    virtual awaitable<PolicyOutcome> apply(PolicyChange change) = 0;
    /// Newest first, those below `below`; 0: from the newest.
    virtual awaitable<std::vector<PolicyRevision>> revisions(unsigned below, std::size_t limit) = 0;
    virtual awaitable<std::optional<PolicyRevision>> revision(unsigned number) = 0;
};
}
