// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/matcher.hpp"

#include "gateway/mail/ascii.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace filters::rulebook {
namespace {
constexpr std::size_t longest_expression = 64U << 10;
/// Steps at one place of a text. Fast first: their product with the places is bounded; what needs
/// more is searched again with a look at the clock.
constexpr std::uint32_t steps_in_all = 4'000'000, most_steps = 10'000, patient_steps = 1'000'000;
constexpr std::uint32_t patient_depth = 20'000, patient_heap_kib = 16384;
constexpr std::size_t stack_start = 32U << 10, stack_most = 512U << 10;
constexpr unsigned places_per_look = 2;

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
using Code = std::unique_ptr<pcre2_code, FreeCode>;
struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeContext {
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

/// What one thread needs for matching, so that a search allocates nothing.
struct Scratch {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_jit_stack* stack = pcre2_jit_stack_create(stack_start, stack_most, nullptr);
    Scratch()
    {
        if (stack != nullptr)
            pcre2_jit_stack_assign(context, nullptr, stack);
    }
    ~Scratch()
    {
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
        pcre2_jit_stack_free(stack);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};
Scratch& scratch()
{
    thread_local Scratch one;
    return one;
}

std::uint32_t options_of(std::string_view modifiers)
{
    std::uint32_t options = PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C;
    for (const char c : modifiers) {
        options |= c == 'i' ? PCRE2_CASELESS : 0U;
        options |= c == 'm' ? PCRE2_MULTILINE : 0U;
        options |= c == 's' ? PCRE2_DOTALL : 0U;
        options |= c == 'x' ? PCRE2_EXTENDED : 0U;
    }
    return options;
}

std::expected<Code, Matcher::Fault> compiled(std::string_view text, std::uint32_t options)
{
    const std::unique_ptr<pcre2_compile_context, FreeContext> context{
        pcre2_compile_context_create(nullptr)};
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context.get(), 200);
    // Perl takes an escaped letter that means nothing for the letter.
    pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
    int error = 0;
    PCRE2_SIZE offset = 0;
    Code code{pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &error,
                            &offset, context.get())};
    if (code)
        return code;
    std::array<PCRE2_UCHAR, 200> sentence{};
    pcre2_get_error_message(error, sentence.data(), sentence.size());
    return std::unexpected{Matcher::Fault{reinterpret_cast<const char*>(sentence.data()), offset}};
}

std::string utf8_escapes(std::uint32_t point)
{
    std::string bytes;
    const auto add = [&](std::uint32_t octet) {
        std::array<char, 2> digits{};
        std::to_chars(digits.data(), digits.data() + 2, octet, 16);
        bytes += "\\x" + std::string(digits.data(), 2);
    };
    if (point < 0x800U)
        add(0xC0U | point >> 6U);
    else if (point < 0x10000U) {
        add(0xE0U | point >> 12U);
        add(0x80U | (point >> 6U & 0x3FU));
    } else {
        add(0xF0U | (point >> 18U & 0x07U));
        add(0x80U | (point >> 12U & 0x3FU));
        add(0x80U | (point >> 6U & 0x3FU));
    }
    add(0x80U | (point & 0x3FU));
    return "(?:" + bytes + ")";
}

/// "\x{263A}" at the front, if it is one beyond an octet: its length and value.
std::pair<std::size_t, std::uint32_t> wide_escape(std::string_view text)
{
    const auto end = text.find('}');
    if (!text.starts_with("\\x{") || end == std::string_view::npos || end > 9)
        return {};
    std::uint32_t value = 0;
    const auto [last, error] = std::from_chars(text.data() + 3, text.data() + end, value, 16);
    if (error != std::errc{} || last != text.data() + end || value < 0x100 || value > 0x10FFFF)
        return {};
    return {end + 1, value};
}
}

std::string as_pcre2(std::string_view perl)
{
    std::string text;
    bool is_in_class = false;
    for (std::size_t i = 0; i < perl.size(); ++i) {
        const auto rest = perl.substr(i);
        if (rest.size() > 1 && rest[0] == '\\') {
            const auto [length, value] = wide_escape(rest);
            if (length > 0 && !is_in_class) {
                text += utf8_escapes(value);
                i += length - 1;
            } else {
                text += rest.substr(0, 2);
                ++i;
            }
            continue;
        }
        if (rest[0] == '[' && !is_in_class) {
            is_in_class = true;
            // A bracket right behind the opening one is a member.
            const std::size_t caret = rest.size() > 1 && rest[1] == '^';
            const std::size_t member = rest.size() > 1 + caret && rest[1 + caret] == ']';
            text += rest.substr(0, 1 + caret + member);
            i += caret + member;
            continue;
        }
        if (rest[0] == '[' && rest.size() > 1 && rest[1] == ':') {
            const auto end = rest.find(":]");
            if (end != std::string_view::npos) {
                text += rest.substr(0, end + 2);
                i += end + 1;
                continue;
            }
        }
        if (rest[0] == ']')
            is_in_class = false;
        text += rest[0];
        if (!is_in_class && rest.size() > 3 && rest[0] == '{' && rest[1] == ','
            && mail::is_digit(rest[2]))
            text += '0';
    }
    return text;
}

struct Matcher::State {
    Code code;
    bool has_machine_code = false;
    std::string text; ///< for PCRE2
    std::uint32_t options = 0;
};

Matcher::Matcher(std::unique_ptr<State> state) : state_{std::move(state)} { }
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

std::expected<Matcher, Matcher::Fault> Matcher::compile(std::string_view text,
                                                        std::string_view modifiers, Speed speed)
{
    if (text.size() > longest_expression)
        return std::unexpected{Fault{"the expression is longer than 64 KiB", 0}};
    auto state = std::make_unique<State>();
    state->text = as_pcre2(text);
    state->options = options_of(modifiers);
    auto code = compiled(state->text, state->options);
    if (!code) {
        if (state->text != text)
            code.error().offset = std::min(code.error().offset, text.size());
        return std::unexpected{std::move(code.error())};
    }
    // Behind a callout later, so that it must stand by itself.
    if (state->text.starts_with("(*"))
        return std::unexpected{Fault{"a verb at the start is not known here", 0}};
    state->code = std::move(*code);
    state->has_machine_code
        = speed == Speed::quick && pcre2_jit_compile(state->code.get(), PCRE2_JIT_COMPLETE) == 0;
    return Matcher{std::move(state)};
}

bool Matcher::has_machine_code() const { return state_->has_machine_code; }

bool Matcher::has_names() const
{
    std::uint32_t count = 0;
    pcre2_pattern_info(state_->code.get(), PCRE2_INFO_NAMECOUNT, &count);
    return count > 0;
}

Matcher::Found Matcher::search(std::string_view subject, std::size_t from, bool is_repeated,
                               PatternBudget& budget) const
{
    auto& [data, context, stack] = scratch();
    const std::uint32_t options = is_repeated ? PCRE2_NOTEMPTY_ATSTART : 0U;
    const auto places = static_cast<std::uint32_t>(std::min<std::size_t>(subject.size(), 1U << 30));
    pcre2_set_match_limit(context, std::clamp(steps_in_all / (places + 1), 20U, most_steps));
    pcre2_set_callout(context, nullptr, nullptr);
    const auto* text = reinterpret_cast<PCRE2_SPTR>(subject.data());
    const int found = state_->has_machine_code
        ? pcre2_jit_match(state_->code.get(), text, subject.size(), from, options, data, context)
        : pcre2_match(state_->code.get(), text, subject.size(), from, options, data, context);
    if (found == PCRE2_ERROR_NOMATCH)
        return {};
    if (found < 0)
        return search_patiently(subject, from, options, budget);
    const auto* ends = pcre2_get_ovector_pointer(data);
    return {Found::Result::yes, ends[0], ends[1]};
}

Matcher::Found Matcher::search_patiently(std::string_view subject, std::size_t from,
                                         std::uint32_t options, PatternBudget& budget) const
{
    if (budget.is_spent() || budget.patience() <= std::chrono::nanoseconds{0})
        return {Found::Result::gave_up};
    // A comment of an extended expression may run to its end.
    const bool is_extended = (state_->options & PCRE2_EXTENDED) != 0;
    const auto code
        = compiled("(?C1)(?:" + state_->text + (is_extended ? "\n)" : ")"), state_->options);
    if (!code)
        return {Found::Result::gave_up};
    auto& [data, context, stack] = scratch();
    pcre2_set_match_limit(context, patient_steps);
    pcre2_set_depth_limit(context, patient_depth);
    pcre2_set_heap_limit(context, patient_heap_kib);
    struct Look {
        PatternBudget& budget;
        std::chrono::nanoseconds start, end;
        unsigned places = 0;
    } look{budget, budget.processor_now(), {}};
    look.end = look.start + budget.patience();
    pcre2_set_callout(
        context,
        [](pcre2_callout_block*, void* given) -> int {
            auto& state = *static_cast<Look*>(given);
            const bool is_time = ++state.places % places_per_look == 0;
            const bool is_over
                = is_time && (state.budget.is_spent() || state.budget.processor_now() >= state.end);
            return is_over ? PCRE2_ERROR_CALLOUT : 0;
        },
        &look);
    const int found = pcre2_match(code->get(), reinterpret_cast<PCRE2_SPTR>(subject.data()),
                                  subject.size(), from, options, data, context);
    budget.take_patience(budget.processor_now() - look.start);
    if (found == PCRE2_ERROR_NOMATCH)
        return {};
    if (found < 0)
        return {Found::Result::gave_up};
    const auto* ends = pcre2_get_ovector_pointer(data);
    return {Found::Result::yes, ends[0], ends[1]};
}

std::vector<std::pair<std::string, std::string>> Matcher::captures(std::string_view subject,
                                                                   PatternBudget& budget) const
{
    std::vector<std::pair<std::string, std::string>> all;
    if (search(subject, 0, false, budget).result != Found::Result::yes)
        return all;
    const std::unique_ptr<pcre2_match_data, FreeData> data{
        pcre2_match_data_create_from_pattern(state_->code.get(), nullptr)};
    auto* context = scratch().context;
    pcre2_set_match_limit(context, patient_steps);
    pcre2_set_callout(context, nullptr, nullptr);
    if (pcre2_match(state_->code.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()),
                    subject.size(), 0, 0, data.get(), context)
        < 0)
        return all;
    std::uint32_t count = 0, size = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(state_->code.get(), PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(state_->code.get(), PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(state_->code.get(), PCRE2_INFO_NAMETABLE, &table);
    const auto* ends = pcre2_get_ovector_pointer(data.get());
    for (std::uint32_t i = 0; i < count; ++i, table += size) {
        const auto group = static_cast<std::size_t>(table[0]) << 8U | table[1];
        if (ends[2 * group] != PCRE2_UNSET)
            all.emplace_back(
                reinterpret_cast<const char*>(table + 2),
                subject.substr(ends[2 * group], ends[2 * group + 1] - ends[2 * group]));
    }
    return all;
}
}
