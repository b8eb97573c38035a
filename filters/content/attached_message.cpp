// SPDX-License-Identifier: Apache-2.0
#include "filters/content/attached_message.hpp"

#include "filters/content/mime.hpp"

namespace filters::content {
namespace {
class Walk {
public:
    Walk(const Limits& limits, ArchiveBudget& budget, Oddities& oddities,
         const std::function<void(const ArchiveEntry&)>& take)
        : limits_{limits}, budget_{budget}, oddities_{oddities}, take_{take}
    { }

    void run(std::string_view bytes)
    {
        const auto structure = parse_mime(bytes, limits_);
        for (const auto& oddity : structure.oddities)
            if (oddity.is_unscannable)
                oddities_.push_back(oddity);
        for (const auto& part : structure.parts)
            if (!part.is_container && !is_over_)
                read(part);
    }

private:
    void read(const Part& part)
    {
        const auto decoded = decode(part.body, part.encoding, limits_.part_bytes);
        give(part, decoded.bytes, decoded.is_cut);
        for (const auto& other : decoded.others)
            give(part, other, decoded.is_cut);
    }

    void give(const Part& part, std::string_view bytes, bool is_cut)
    {
        is_over_ = is_over_ || is_cut || budget_.entries == 0 || bytes.size() > budget_.bytes;
        if (is_over_) {
            oddities_.push_back({"over_limit", "an attached message has too much in it", true});
            return;
        }
        --budget_.entries;
        budget_.bytes -= bytes.size();
        take_({.name = part.filename.empty() ? part.path : part.filename,
               .other_names = part.other_filenames,
               .declared = part.type,
               .size = bytes.size(),
               .bytes = bytes});
    }

    const Limits& limits_;
    ArchiveBudget& budget_;
    Oddities& oddities_;
    const std::function<void(const ArchiveEntry&)>& take_;
    bool is_over_ = false;
};
}

void walk_message(std::string_view bytes, const Limits& limits, ArchiveBudget& budget,
                  Oddities& oddities, const std::function<void(const ArchiveEntry&)>& take)
{
    Walk{limits, budget, oddities, take}.run(bytes);
}
}
