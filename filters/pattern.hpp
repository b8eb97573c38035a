// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace filters {
/// Time that all patterns of one message may spend together. A hostile text makes some patterns
/// exponential; the budget ends them (security: ReDoS). It is spent when that much wall time and
/// then once more that much processor time has gone by: on a busy machine an honest message's rules
/// must not fall silent, and the clock of the processor costs a system call.
class PatternBudget {
public:
    using Clock = std::chrono::nanoseconds (*)();
    static std::chrono::nanoseconds wall_time();
    static std::chrono::nanoseconds processor_time(); ///< of the calling thread
    explicit PatternBudget(std::chrono::microseconds time, Clock wall = wall_time,
                           Clock processor = processor_time);
    bool is_spent();
    /// Of that, how much processor time searches may take that need many steps; what they took.
    std::chrono::nanoseconds patience() const { return patience_; }
    void take_patience(std::chrono::nanoseconds time) { patience_ -= time; }
    std::chrono::nanoseconds processor_now() const { return processor_(); }

private:
    friend class Pattern;
    Clock wall_, processor_;
    std::chrono::nanoseconds time_, patience_;
    std::chrono::nanoseconds wall_end_;
    std::optional<std::chrono::nanoseconds> processor_end_; ///< set once the wall time is over
    bool is_spent_ = false;
    unsigned attempts_ = 0;
};

/// A compiled PCRE2 pattern or a plain text to look for, for UTF-8 and for bytes that may not be.
/// No JIT: the gate forbids executable memory. Immutable, shared by all threads.
class Pattern {
public:
    struct Fault {
        std::string text;
        std::size_t offset = 0; ///< octets into the pattern
    };
    enum class Case { ignored, exact };
    enum class Result { no, yes, gave_up };

    static std::expected<Pattern, Fault> compile(std::string_view pattern, Case letters);
    static std::expected<Pattern, Fault> plain(std::string_view text, Case letters);
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;
    ~Pattern();

    /// `gave_up`: the limits of one attempt or the budget of the message ended the search.
    Result search(std::string_view text, PatternBudget& budget) const;

private:
    struct State;
    explicit Pattern(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};
}
