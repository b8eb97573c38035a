// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/pattern.hpp"
#include "filters/rules/rule.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// An expression as Perl reads it over octets, compiled by PCRE2, with machine code where the
/// system lets us make some (before the sandbox closes). Immutable, shared by all threads.
class Matcher {
public:
    struct Fault {
        std::string text;
        std::size_t offset = 0; ///< octets into the expression as written
    };
    struct Found {
        enum class Result { no, yes, gave_up } result = Result::no;
        std::size_t start = 0, end = 0;
    };
    /// `text` after tags are replaced; Perl's modifiers.
    /// `quick` makes machine code: not where the sandbox is closed already.
    enum class Speed { quick, interpreted };
    static std::expected<Matcher, Fault> compile(std::string_view text, std::string_view modifiers,
                                                 Speed speed = Speed::quick);
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;
    ~Matcher();

    /// The first match at or behind `from`; one that is empty and stands at `from` does not count
    /// if `is_repeated`. `gave_up`: the steps of one place or the budget of the message ended it.
    Found search(std::string_view subject, std::size_t from, bool is_repeated,
                 PatternBudget& budget) const;
    /// What the named groups of a match at or behind the start hold: name, text.
    std::vector<std::pair<std::string, std::string>> captures(std::string_view subject,
                                                              PatternBudget& budget) const;
    bool has_names() const;
    bool has_machine_code() const; ///< else it is interpreted, about ten times as slowly

private:
    struct State;
    explicit Matcher(std::unique_ptr<State> state);
    Found search_patiently(std::string_view subject, std::size_t from, std::uint32_t options,
                           PatternBudget& budget) const;
    std::unique_ptr<State> state_;
};

/// Where Perl and PCRE2 read the same text differently, the text that means to PCRE2 what Perl
/// takes the other for: "{,3}", code points beyond one octet.
std::string as_pcre2(std::string_view perl);
}
