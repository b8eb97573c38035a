// SPDX-License-Identifier: Apache-2.0
#include "filters/list_hygiene.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace filters {
namespace {
constexpr std::size_t most_named = 5;
/// Names that every domain must have, used or not (RFC 2142), and those of software.
constexpr std::array<std::string_view, 9> needed{"abuse",    "hostmaster", "mailer-daemon",
                                                 "noc",      "postmaster", "root",
                                                 "security", "webmaster",  "mailman"};
/// From then on a notice is unanswered, if another came; and so long it counts without a new one.
constexpr std::chrono::days unanswered_after{2}, forgotten_after{30};

/// "a@x, b@x and 3 more", without one of them.
std::string named(const std::set<std::string>& lists, const std::string& without)
{
    std::string text;
    std::size_t told = 0, more = 0;
    for (const auto& list : lists) {
        if (list == without)
            continue;
        if (told == most_named)
            ++more;
        else
            text += (told++ ? ", " : "") + list;
    }
    return more > 0 ? text + " and " + std::to_string(more) + " more" : text;
}

std::string refusals(const DeadAddress& dead)
{
    return std::to_string(dead.refusals) + " refusals, the last: " + dead.text;
}

class Inspection {
public:
    Inspection(const Rosters& rosters, const ListFacts& facts) : rosters_{rosters}, facts_{facts}
    {
        for (const auto& one : facts.dead)
            dead_.emplace(one.address, &one);
    }
    std::vector<ListFinding> run()
    {
        note_reach();
        for (const auto& [name, list] : rosters_.lists) {
            for (const auto& member : list.members)
                inspect(name, member, list.file);
            for (const auto& member : list.gone)
                add(name, member, "missing", "the directory has no such entry", list.file);
        }
        find_circles();
        infer();
        for (const auto& one : facts_.uses)
            inspect(one);
        for (const auto& [file, problem] : rosters_.problems)
            add({}, {}, "unreadable", problem, file);
        std::ranges::sort(found_, [](const auto& a, const auto& b) {
            return std::tie(a.list, a.member, a.what) < std::tie(b.list, b.member, b.what);
        });
        return std::move(found_);
    }

private:
    void add(std::string list, std::string member, std::string_view what, std::string why,
             std::string source)
    {
        const bool is_inferred = source.empty();
        found_.push_back({.list = std::move(list),
                          .member = std::move(member),
                          .what = what,
                          .why = std::move(why),
                          .source = std::move(source),
                          .is_inferred = is_inferred});
    }
    /// Which lists lead to an address outside, by files and by what was seen.
    void note_reach()
    {
        for (const auto& [name, list] : rosters_.lists)
            for (const auto& member : list.members)
                if (!facts_.is_own(member))
                    reach_[member].insert(name);
        for (const auto& one : facts_.forwards)
            reach_[one.to].insert(one.from);
    }
    void inspect(const std::string& name, const std::string& member, const std::string& file)
    {
        if (facts_.is_own(member)) {
            if (!rosters_.lists.contains(member) && facts_.is_missing(member))
                add(name, member, "missing", "the mailbox does not exist", file);
            return;
        }
        if (const auto dead = dead_.find(member); dead != dead_.end())
            add(name, member, "dead", refusals(*dead->second), file);
        add(name, member, "outside", "mail to the list goes to an address outside", file);
        note_repeated(name, member, file);
    }
    void note_repeated(const std::string& name, const std::string& member, const std::string& file)
    {
        if (const auto& lists = reach_[member]; lists.size() > 1)
            add(name, member, "repeated", "it is reached by " + named(lists, name), file);
    }

    /// Each list that leads back to itself: what reaches only lists that end is taken away until
    /// nothing changes; the rest goes round, or leads there. Of it those are told that come back.
    void find_circles()
    {
        std::map<std::string_view, std::size_t> open; // members that are lists and may go round
        std::map<std::string_view, std::vector<std::string_view>> led_to_by;
        std::vector<std::string_view> ended;
        for (const auto& [name, list] : rosters_.lists) {
            std::size_t count = 0;
            for (const auto& member : list.members)
                if (member != name && rosters_.lists.contains(member)) { // itself: the mailbox
                    ++count;
                    led_to_by[member].push_back(name);
                }
            open[name] = count;
            if (count == 0)
                ended.push_back(name);
        }
        while (!ended.empty()) {
            const auto name = ended.back();
            ended.pop_back();
            open.erase(name);
            for (const auto parent : led_to_by[name])
                if (const auto at = open.find(parent); at != open.end() && --at->second == 0)
                    ended.push_back(parent);
        }
        for (const auto& [name, count] : open) {
            const auto& list = *rosters_.lists.find(name);
            add(list.first, {}, "circle", "it leads back to itself, or to a list that does",
                list.second.file);
        }
    }

    /// What a gateway sees of it: mail between people inside is not.
    void inspect(const ListUse& use)
    {
        const auto found = rosters_.lists.find(use.list);
        const auto file = found == rosters_.lists.end() ? std::string{} : found->second.file;
        const bool is_needed
            = std::ranges::find(needed, use.list.substr(0, use.list.rfind('@'))) != needed.end();
        const auto last = std::max(use.last, use.since);
        if (!is_needed && rosters_.unused_after > rosters_.unused_after.zero()
            && facts_.now - last >= rosters_.unused_after)
            add(use.list, {}, "unused",
                fmt::format("no mail to it or from it passed here since {:%Y-%m-%d}", last), file);
        const bool is_unanswered = use.waiting > 0 && use.notices > 1
            && facts_.now - use.waits_since >= unanswered_after
            && facts_.now - use.noticed < forgotten_after;
        if (is_unanswered)
            add(use.list, {}, "unanswered",
                fmt::format("{} wait for its moderators since {:%Y-%m-%d}: {} notices passed here, "
                            "and no answer",
                            use.waiting, use.waits_since, use.notices),
                {});
    }
    bool is_in_file(const std::string& list, const std::string& member) const
    {
        const auto found = rosters_.lists.find(list);
        return found != rosters_.lists.end() && found->second.members.contains(member);
    }
    void infer()
    {
        for (const auto& one : facts_.forwards) {
            if (is_in_file(one.from, one.to))
                continue;
            add(one.from, one.to, "outside",
                std::to_string(one.mails) + " mails went on to it, " + std::to_string(one.spam)
                    + " of them spam",
                {});
            if (const auto dead = dead_.find(one.to); dead != dead_.end())
                add(one.from, one.to, "dead", refusals(*dead->second), {});
            note_repeated(one.from, one.to, {});
        }
        for (const auto& one : facts_.dead)
            if (!is_in_file(one.sender, one.address) && !is_seen(one.sender, one.address))
                add(one.sender, one.address, "dead", refusals(one), {});
    }
    bool is_seen(const std::string& from, const std::string& to) const
    {
        const auto found = reach_.find(to);
        return found != reach_.end() && found->second.contains(from);
    }

    const Rosters& rosters_;
    const ListFacts& facts_;
    std::map<std::string_view, const DeadAddress*, std::less<>> dead_;
    std::map<std::string, std::set<std::string>> reach_;
    std::vector<ListFinding> found_;
};
}

std::vector<ListFinding> careless_lists(const Rosters& rosters, const ListFacts& facts)
{
    return Inspection{rosters, facts}.run();
}
}
