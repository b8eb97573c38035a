// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace filters {
/// What a file says of lists and aliases is written in.
enum class RosterForm {
    aliases, ///< aliases(5): "name: target, target"
    virtuals, ///< virtual(5): "address target, target"
    csv, ///< "list,member"
    members ///< one member a line, of one list: what Mailman's `list_members` prints
};

/// Reads the lines of one file. What is no address (a command, a file) is passed over; what nobody
/// can read is counted. Linear; never fails.
class RosterReader {
public:
    static constexpr std::size_t most_members = 200'000;
    /// `domain`: of names without one; `list`: whose members these are, for RosterForm::members.
    RosterReader(RosterForm form, std::string domain, std::string list);
    void line(std::string_view line);
    /// After the last line.
    void end();

    /// Keys of mailboxes; a catch-all is "@domain".
    std::map<std::string, std::set<std::string>> lists;
    /// Files that ":include:" names, with the list that does.
    std::vector<std::pair<std::string, std::string>> includes;
    std::size_t unreadable = 0; ///< lines and targets
    bool is_cut = false; ///< there were more members than are read

private:
    void take_entry();
    void take_pair(std::string_view line);
    void add(const std::string& list, std::string_view target);
    void add_target(const std::string& list, std::string_view target);
    std::optional<std::string> key_of(std::string_view text) const;

    RosterForm form_;
    std::string domain_, list_;
    std::string entry_; ///< a logical line: it may go on in the next
    std::size_t members_ = 0;
};

/// All lists and aliases that files and directories name, and where each stands.
struct Rosters {
    struct List {
        std::string file; ///< or "directory NAME"
        std::set<std::string> members; ///< keys of mailboxes
        std::set<std::string> gone = {}; ///< names of members that the directory has no more
        bool operator==(const List&) const = default;
    };
    bool operator==(const Rosters&) const = default;
    /// Members of a list that stands in both are added up; the first file stands.
    void merge(const Rosters& others);
    std::map<std::string, List, std::less<>> lists; ///< by key of the mailbox
    std::vector<std::pair<std::string, std::string>> problems; ///< file, and what is wrong with it
    std::chrono::seconds unused_after{}; ///< of which no mail passed for so long; 0: nobody asks

    /// Those of the layers in force; never nullptr.
    static std::shared_ptr<const Rosters> here();
    static void put_here(std::shared_ptr<const Rosters> rosters);
};
}
