// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/arc_chain.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::auth {
namespace {
enum Kind { results, message_signature, seal, kinds };
constexpr std::array<std::string_view, kinds> names{"ARC-Authentication-Results",
                                                    "ARC-Message-Signature", "ARC-Seal"};
constexpr std::string_view bad_instance = "an ARC field has no valid instance";

struct Slots {
    std::array<const mail::Field*, kinds> fields{};
};

std::optional<unsigned> instance_of(std::string_view digits)
{
    const auto number = parse_decimal(digits);
    if (!number || *number == 0 || *number > ArcChain::most_sets || digits.size() > 2)
        return {};
    return static_cast<unsigned>(*number);
}

std::optional<unsigned> instance_of(const mail::Field& field, std::size_t kind)
{
    if (kind == results) {
        const auto instance = read_arc_instance(field.value);
        return instance ? std::optional{instance->number} : std::nullopt;
    }
    const auto tags = TagList::parse(field.value);
    return tags ? instance_of(tags->value("i")) : std::nullopt;
}

/// Sorts the fields by instance; stops at the first that has no place.
std::string place_fields(const mail::Message& message, std::vector<Slots>& slots)
{
    for (const auto& field : message.header().fields()) {
        const auto name
            = std::ranges::find_if(names, [&](std::string_view each) { return field.is(each); });
        if (name == names.end())
            continue;
        const auto kind = static_cast<std::size_t>(name - names.begin());
        const auto instance = instance_of(field, kind);
        if (!instance)
            return std::string{bad_instance};
        if (slots.size() < *instance)
            slots.resize(*instance);
        auto& place = slots[*instance - 1].fields[kind];
        if (place)
            return "an ARC field is there twice";
        place = &field;
    }
    return {};
}

/// RFC 8617 §5.2 step 3: the first seal begins a chain, the others say that it passed.
std::string problem_of(const ArcChain::Set& set, bool is_first)
{
    if (set.seal.chain_status == (is_first ? "none" : "pass"))
        return set.seal.problem.empty() ? set.message.problem : set.seal.problem;
    return set.seal.problem.empty() ? "a seal does not fit its place in the chain"
                                    : set.seal.problem;
}
}

std::optional<ArcInstance> read_arc_instance(std::string_view raw_value)
{
    const auto end = raw_value.find(';');
    if (end == raw_value.npos)
        return {};
    const auto tag = raw_value.substr(0, end);
    const auto equals = tag.find('=');
    if (equals == tag.npos || mail::trimmed(tag.substr(0, equals)) != "i")
        return {};
    const auto number = instance_of(mail::trimmed(tag.substr(equals + 1)));
    if (!number)
        return {};
    return ArcInstance{*number, raw_value.substr(end + 1)};
}

ArcChain ArcChain::read(const mail::Message& message)
{
    ArcChain chain;
    std::vector<Slots> slots;
    chain.problem = place_fields(message, slots);
    chain.highest = static_cast<unsigned>(slots.size());
    if (chain.problem.empty() && message.header().is_truncated() && !slots.empty())
        chain.problem = "the header is too long";
    if (!slots.empty() && slots.back().fields[seal])
        chain.is_ended
            = Signature::read(*slots.back().fields[seal], SignatureKind::arc_seal).chain_status
            == "fail";
    for (std::size_t i = 0; i < slots.size() && chain.problem.empty(); ++i) {
        const auto& fields = slots[i].fields;
        if (std::ranges::find(fields, nullptr) != fields.end()) {
            chain.problem = "an ARC set is not complete";
            break;
        }
        chain.sets.push_back(
            {fields[results],
             Signature::read(*fields[message_signature], SignatureKind::arc_message),
             Signature::read(*fields[seal], SignatureKind::arc_seal)});
        chain.problem = problem_of(chain.sets.back(), i == 0);
    }
    if (!chain.problem.empty())
        chain.sets.clear();
    return chain;
}

void append_set(std::string& out, const mail::Message& message, const ArcChain::Set& set)
{
    for (const auto* field : {set.results, set.message.field, set.seal.field})
        append_field(out, message, *field, Canonicalization::relaxed);
}
}
