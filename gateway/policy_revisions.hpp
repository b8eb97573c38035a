// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/policy_book.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app {
/// The policy documents that people put in force, in DATA/policy: a file each, with author, time
/// and note in a comment at its end. A file is there whole or not at all. Which one holds stands in
/// the settings of the pages (`own_settings`). All calls block.
class PolicyRevisions {
public:
    static constexpr std::size_t most = 1000; ///< older ones go
    explicit PolicyRevisions(const std::string& data);
    std::string file_of(unsigned number) const;
    std::optional<web::PolicyRevision> read(unsigned number) const;
    /// Newest first, without documents, those below `below`; 0: from the newest.
    std::vector<web::PolicyRevision> list(unsigned below, std::size_t limit) const;
    /// Keeps it durably under the next number above all there are and above `last`, and returns
    /// that. The error is one sentence.
    std::expected<unsigned, std::string> add(web::PolicyRevision revision, unsigned last) const;
    /// One that never came into force.
    void drop(unsigned number) const;

private:
    std::vector<unsigned> numbers() const; ///< rising
    std::string folder_;
};

/// The document in a revision's file.
std::string document_of(std::string_view file_text);

/// A revision that loads: the one wanted, or the newest before it; 0: there is none. `problem` says
/// what is wrong with the one wanted.
struct UsableRevision {
    unsigned number = 0;
    std::string problem = {};
};
UsableRevision usable_revision(const std::string& data, unsigned wanted);
}
