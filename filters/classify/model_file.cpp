// SPDX-License-Identifier: Apache-2.0
#include "filters/classify/model.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace filters::classify {
namespace {
/// Then: numbers of the model, each table as runs (numbers to skip, numbers that follow, these),
/// and a checksum of all before it. In the machine's own order of octets.
constexpr std::string_view magic = "mailweir classifier 2\n";

template <class Number> void put(std::string& out, Number number)
{
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class Number> bool take(std::string_view& in, Number& number)
{
    if (in.size() < sizeof number)
        return false;
    std::memcpy(&number, in.data(), sizeof number);
    in.remove_prefix(sizeof number);
    return true;
}

template <class Number> void put_table(std::string& out, const Table<Number>& table)
{
    constexpr auto size = Table<Number>::size;
    for (std::size_t at = 0; at < size;) {
        const auto begin = at;
        while (at < size && table.at(at) == 0)
            ++at;
        const auto first = at;
        while (at < size && table.at(at) != 0)
            ++at;
        put(out, static_cast<std::uint32_t>(first - begin));
        put(out, static_cast<std::uint32_t>(at - first));
        for (auto i = first; i < at; ++i)
            put(out, table.at(i));
    }
}

template <class Number>
bool take_table(std::string_view& in, Table<Number>& table,
                Number least = std::numeric_limits<Number>::lowest())
{
    constexpr std::size_t size = Table<Number>::size;
    for (std::size_t at = 0; at < size;) {
        std::uint32_t skipped = 0, count = 0;
        if (!take(in, skipped) || !take(in, count) || skipped > size - at
            || count > size - at - skipped || skipped + count == 0)
            return false;
        at += skipped;
        for (const auto end = at + count; at < end; ++at) {
            Number number{};
            if (!take(in, number))
                return false;
            if constexpr (std::is_floating_point_v<Number>)
                if (!std::isfinite(number) || number < least)
                    return false;
            table.set(at, number);
        }
    }
    return true;
}
}

std::uint64_t checksum_of_model(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325;
    while (!text.empty()) {
        std::uint64_t octets = 0;
        const auto size = std::min<std::size_t>(text.size(), sizeof octets);
        std::memcpy(&octets, text.data(), size);
        hash = (hash ^ octets ^ size) * 0x9e3779b97f4a7c15;
        hash ^= hash >> 29;
        text.remove_prefix(size);
    }
    return hash;
}

std::string Model::save() const
{
    const std::scoped_lock lock{learning_};
    std::string out{magic};
    put(out, sequence_.load());
    put(out, slope_.load());
    put(out, offset_.load());
    put(out, slope_past_);
    put(out, offset_past_);
    put(out, words_.taught(true));
    put(out, words_.taught(false));
    for (const auto& units : of_strangers_)
        put(out, units.load());
    put_table(out, linear_.weights());
    put_table(out, linear_.pasts());
    put_table(out, words_.counts(true));
    put_table(out, words_.counts(false));
    put(out, checksum_of_model(out));
    return out;
}

bool Model::load(std::string_view file)
{
    std::uint64_t sum = 0;
    if (!file.starts_with(magic) || file.size() < magic.size() + sizeof sum)
        return false;
    auto end = file.substr(file.size() - sizeof sum);
    file.remove_suffix(sizeof sum);
    if (!take(end, sum) || sum != checksum_of_model(file))
        return false;
    file.remove_prefix(magic.size());
    std::uint64_t sequence = 0;
    double slope = 0, offset = 0;
    std::uint32_t spam = 0, ham = 0;
    std::array<std::uint32_t, 2> of_strangers{};
    if (!take(file, sequence) || !take(file, slope) || !take(file, offset)
        || !take(file, slope_past_) || !take(file, offset_past_) || !take(file, spam)
        || !take(file, ham) || !take(file, of_strangers))
        return false;
    for (const double number : {slope, offset, slope_past_, offset_past_})
        if (!std::isfinite(number))
            return false;
    if (slope < least_slope || slope > most_slope || slope_past_ <= 0 || offset_past_ <= 0)
        return false;
    sequence_ = sequence;
    slope_ = slope;
    offset_ = offset;
    words_.set_taught(spam, ham);
    std::ranges::copy(of_strangers, of_strangers_.begin());
    return take_table(file, linear_.weights()) && take_table(file, linear_.pasts(), 0.0F)
        && take_table(file, words_.counts(true)) && take_table(file, words_.counts(false))
        && file.empty();
}
}
