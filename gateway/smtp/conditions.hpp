// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtp {
/// notice: shown, told to nobody. Of the others administrators are told.
enum class Severity { notice, warning, critical };
std::string_view to_string(Severity severity);

/// What can be wrong: one row of a table. In the sentences "{object}" and "{detail}" stand for the
/// condition's own.
struct ConditionKind {
    std::string_view name; ///< "next_hop.down"; it stays
    Severity severity = Severity::warning;
    std::string_view english, japanese; ///< what is the case
    std::string_view english_advice, japanese_advice; ///< what to do
};
std::span<const ConditionKind> condition_kinds();

/// A kind by its name; a wrong one does not compile.
struct ConditionName {
    const ConditionKind& kind;
    consteval ConditionName(const char* name) : kind{find(name)} { }

private:
    static consteval const ConditionKind& find(std::string_view name);
};

/// Something that an administrator must know.
struct Condition {
    static constexpr auto forever = std::chrono::system_clock::time_point::max();
    const ConditionKind* kind = nullptr;
    std::string object = {}; ///< which one: "mail1:25"; "" where there is one only
    std::string detail = {}; ///< why, in somebody's own words; may change while it stands
    std::chrono::system_clock::time_point until = forever; ///< then it ends by itself
    /// "next_hop.down mail1:25": two with the same are the same.
    std::string key() const;
    std::string english() const;
    std::string japanese() const;
};

/// What any part of the gateway wants to be known and nobody finds by looking: what stands until it
/// is cleared, and what happened once. Shown with health, told by mail and web-hook. Bounded for
/// each kind, so that what strangers can cause hides nothing else; safe from all threads.
class Conditions {
public:
    static constexpr std::size_t most_of_kind = 50;
    /// The one object of the process.
    static Conditions& here();
    void raise(ConditionName name, std::string object = {}, std::string detail = {},
               std::chrono::system_clock::time_point until = Condition::forever);
    void clear(ConditionName name, std::string_view object = {});
    /// It happened: told once, never "well again".
    void note(ConditionName name, std::string object = {}, std::string detail = {});
    /// Ends what has had its time.
    void sweep(std::chrono::system_clock::time_point now);
    std::vector<Condition> standing() const;
    std::vector<Condition> take_events();

private:
    mutable std::mutex mutex_; // guards what follows
    std::vector<Condition> standing_, events_;
};
}

#include "gateway/smtp/condition_table.hpp" // IWYU pragma: export
