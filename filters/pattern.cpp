// SPDX-License-Identifier: Apache-2.0
#include "filters/pattern.hpp"

#include "gateway/mail/ascii.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <ctime>

namespace filters {
namespace {
// One attempt at one place: about a millisecond at worst. Places are counted by the budget.
constexpr std::uint32_t match_limit = 20'000, depth_limit = 5'000, heap_limit_kib = 4096;
constexpr std::size_t longest_pattern = 8192;
constexpr unsigned attempts_per_look = 16;
constexpr int patient_share = 4;

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
using Code = std::unique_ptr<pcre2_code, FreeCode>;

struct FreeCompile {
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

/// Match data and context of one thread, so that a search allocates nothing.
struct Scratch {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    Scratch()
    {
        pcre2_set_match_limit(context, match_limit);
        pcre2_set_depth_limit(context, depth_limit);
        pcre2_set_heap_limit(context, heap_limit_kib);
    }
    ~Scratch()
    {
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};
Scratch& scratch()
{
    thread_local Scratch one;
    return one;
}

std::expected<Code, Pattern::Fault> compiled(std::string_view pattern, std::uint32_t options)
{
    const std::unique_ptr<pcre2_compile_context, FreeCompile> context{
        pcre2_compile_context_create(nullptr)};
    pcre2_set_max_pattern_length(context.get(), longest_pattern + 32);
    pcre2_set_parens_nest_limit(context.get(), 100);
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
    int error = 0;
    PCRE2_SIZE offset = 0;
    Code code{pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                            options | PCRE2_MATCH_INVALID_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C,
                            &error, &offset, context.get())};
    if (code)
        return code;
    std::array<PCRE2_UCHAR, 200> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    return std::unexpected{Pattern::Fault{reinterpret_cast<const char*>(text.data()), offset}};
}
}

struct Pattern::State {
    Code code;
};

std::chrono::nanoseconds PatternBudget::processor_time()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

std::chrono::nanoseconds PatternBudget::wall_time()
{
    return std::chrono::steady_clock::now().time_since_epoch();
}

PatternBudget::PatternBudget(std::chrono::microseconds time, Clock wall, Clock processor)
    : wall_{wall}, processor_{processor}, time_{time}, patience_{time_ / patient_share},
      wall_end_{wall() + time}
{ }

bool PatternBudget::is_spent()
{
    if (is_spent_ || wall_() < wall_end_)
        return is_spent_;
    if (!processor_end_)
        processor_end_ = processor_() + time_;
    is_spent_ = processor_() >= *processor_end_;
    return is_spent_;
}

Pattern::Pattern(std::unique_ptr<State> state) : state_{std::move(state)} { }
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

std::expected<Pattern, Pattern::Fault> Pattern::compile(std::string_view pattern, Case letters)
{
    const std::uint32_t options = letters == Case::ignored ? PCRE2_CASELESS : 0U;
    if (pattern.size() > longest_pattern)
        return std::unexpected{Fault{"the pattern is longer than 8 KiB", longest_pattern}};
    // Alone first, for honest offsets; then behind a callout that counts the places tried.
    if (auto alone = compiled(pattern, options); !alone)
        return std::unexpected{std::move(alone.error())};
    auto code = compiled("(?C1)(?:" + std::string{pattern} + ")", options);
    if (!code)
        return std::unexpected{Fault{
            "the pattern must stand by itself: no (*VERB) at its start, no comment at its end", 0}};
    auto state = std::make_unique<State>(std::move(*code));
    return Pattern{std::move(state)};
}

std::expected<Pattern, Pattern::Fault> Pattern::plain(std::string_view text, Case letters)
{
    if (text.empty() || text.size() > longest_pattern)
        return std::unexpected{Fault{"the text is empty or longer than 8 KiB", 0}};
    std::string quoted;
    for (const char c : text) {
        const bool is_word
            = mail::is_alphanumeric(c) || (static_cast<unsigned char>(c) & 0x80U) != 0;
        quoted += is_word || c == '\n' ? std::string(1, c) : std::string{'\\', c};
    }
    return compile(quoted, letters);
}

Pattern::Result Pattern::search(std::string_view text, PatternBudget& budget) const
{
    if (budget.is_spent())
        return Result::gave_up;
    auto& [data, context] = scratch();
    const auto look = [](pcre2_callout_block*, void* given) -> int {
        auto& spent = *static_cast<PatternBudget*>(given);
        if (++spent.attempts_ % attempts_per_look != 0)
            return 0;
        return spent.is_spent() ? PCRE2_ERROR_CALLOUT : 0;
    };
    pcre2_set_callout(context, look, &budget);
    const int found = pcre2_match(state_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()),
                                  text.size(), 0, 0, data, context);
    if (found == PCRE2_ERROR_NOMATCH)
        return Result::no;
    return found >= 0 ? Result::yes : Result::gave_up;
}
}
