// SPDX-License-Identifier: Apache-2.0
#include "filters/content/mime.hpp"

#include "filters/content/mime_pass.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace filters::content {
namespace {
/// Whoever needs more readings than this for one message wants to hide something.
constexpr std::size_t most_readings = 10;
constexpr std::size_t nested_at_least = 1U << 20, nested_times = 4;

constexpr std::array<std::string_view, choice_count> choice_names{
    "several Content-Type fields",
    "several boundaries",
    "several boundaries",
    "a boundary that begins like another line",
    "containers with the same boundary",
    "parts after the end",
    "a boundary that never comes",
    "a header line that is no field",
};

std::string describe(Choices reading)
{
    std::string text;
    for (unsigned i = 0; i < choice_count; ++i)
        if (reading >> i & 1U && !text.contains(choice_names[i]))
            text += (text.empty() ? "" : ", ") + std::string{choice_names[i]};
    return text;
}

/// Puts the parts of all readings together, each once.
class Merger {
public:
    explicit Merger(Structure& structure, const Limits& limits)
        : structure_{structure}, limits_{limits}
    { }

    void take_first(MimePass& pass)
    {
        structure_.parts = std::move(pass.parts);
        structure_.oddities = std::move(pass.oddities);
    }

    void add(MimePass& pass, Choices reading)
    {
        if (known_.empty())
            for (const auto& part : structure_.parts)
                known_.insert(key(part));
        bool is_new = false;
        for (auto& part : pass.parts) {
            if (part.is_container || part.body.empty() || !known_.insert(key(part)).second)
                continue;
            if (structure_.parts.size() >= 2 * limits_.parts) {
                add_oddity({"over_limit", "more parts in all readings than are read", true});
                break;
            }
            part.is_alternative = true;
            structure_.parts.push_back(std::move(part));
            is_new = true;
        }
        if (is_new)
            structure_.oddities.push_back({"ambiguous_structure", describe(reading)});
        for (auto& oddity : pass.oddities)
            if (oddity.is_unscannable)
                add_oddity(std::move(oddity));
    }

private:
    void add_oddity(Oddity oddity)
    {
        if (std::ranges::find(structure_.oddities, oddity) == structure_.oddities.end())
            structure_.oddities.push_back(std::move(oddity));
    }
    using Key = std::tuple<const char*, std::size_t, Encoding, std::string, std::string>;
    static Key key(const Part& part)
    {
        return {part.body.data(), part.body.size(), part.encoding, part.type, part.filename};
    }
    Structure& structure_;
    const Limits& limits_;
    std::set<Key> known_;
};
}

Structure parse_mime(std::string_view message, const Limits& limits)
{
    Structure structure;
    DecodedContainers decoded{structure.decoded_messages,
                              nested_at_least + nested_times * message.size()};
    Merger merger{structure, limits};
    std::vector<Choices> readings{0};
    for (std::size_t i = 0; i < readings.size(); ++i) {
        if (i == most_readings) {
            structure.oddities.push_back(
                {"ambiguous_structure", "more readings than can be followed", true});
            break;
        }
        MimePass pass{readings[i], limits, decoded};
        pass.read(message);
        for (unsigned bit = 1; bit < 1U << choice_count; bit <<= 1)
            if (pass.doubts & bit && std::ranges::count(readings, readings[i] | bit) == 0)
                readings.push_back(readings[i] | bit);
        if (i == 0)
            merger.take_first(pass);
        else
            merger.add(pass, readings[i]);
    }
    return structure;
}
}
