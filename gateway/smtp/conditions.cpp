// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/conditions.hpp"

#include <algorithm>
#include <utility>

namespace smtp {
namespace {
/// One pass: what the condition brings is not looked at again.
std::string filled(std::string_view text, const Condition& condition)
{
    constexpr std::string_view object = "{object}", detail = "{detail}";
    std::string out;
    while (!text.empty()) {
        const bool is_object = text.starts_with(object), is_detail = text.starts_with(detail);
        if (is_object || is_detail)
            out += is_object ? condition.object : condition.detail;
        else
            out += text.front();
        text.remove_prefix(is_object ? object.size() : is_detail ? detail.size() : 1);
    }
    return out;
}

auto find(std::vector<Condition>& all, const ConditionKind& kind, std::string_view object)
{
    return std::ranges::find_if(
        all, [&](const Condition& one) { return one.kind == &kind && one.object == object; });
}

void add(std::vector<Condition>& all, Condition one)
{
    const auto of_kind = std::ranges::count(all, one.kind, &Condition::kind);
    if (static_cast<std::size_t>(of_kind) < Conditions::most_of_kind)
        all.push_back(std::move(one));
}
}

std::string_view to_string(Severity severity)
{
    return severity == Severity::critical ? "critical"
        : severity == Severity::warning   ? "warning"
                                          : "notice";
}

std::span<const ConditionKind> condition_kinds() { return condition_table; }

std::string Condition::key() const
{
    return object.empty() ? std::string{kind->name} : std::string{kind->name} + " " + object;
}

std::string Condition::english() const { return filled(kind->english, *this); }

std::string Condition::japanese() const { return filled(kind->japanese, *this); }

Conditions& Conditions::here()
{
    static Conditions conditions;
    return conditions;
}

void Conditions::raise(ConditionName name, std::string object, std::string detail,
                       std::chrono::system_clock::time_point until)
{
    const std::scoped_lock lock{mutex_};
    Condition condition{&name.kind, std::move(object), std::move(detail), until};
    if (const auto same = find(standing_, name.kind, condition.object); same != standing_.end())
        *same = std::move(condition);
    else
        add(standing_, std::move(condition));
}

void Conditions::sweep(std::chrono::system_clock::time_point now)
{
    const std::scoped_lock lock{mutex_};
    std::erase_if(standing_, [&](const Condition& one) { return one.until <= now; });
}

void Conditions::clear(ConditionName name, std::string_view object)
{
    const std::scoped_lock lock{mutex_};
    if (const auto same = find(standing_, name.kind, object); same != standing_.end())
        standing_.erase(same);
}

void Conditions::note(ConditionName name, std::string object, std::string detail)
{
    const std::scoped_lock lock{mutex_};
    add(events_, {&name.kind, std::move(object), std::move(detail)});
}

std::vector<Condition> Conditions::standing() const
{
    const std::scoped_lock lock{mutex_};
    return standing_;
}

std::vector<Condition> Conditions::take_events()
{
    const std::scoped_lock lock{mutex_};
    return std::exchange(events_, {});
}
}
