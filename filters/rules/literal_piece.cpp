// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/literal_piece.hpp"

#include <algorithm>

namespace filters::rulebook {
void make_unique(Literals& texts)
{
    std::ranges::sort(texts);
    texts.erase(std::ranges::unique(texts).begin(), texts.end());
}

int worth(const Literals& texts)
{
    if (texts.empty() || texts.size() > PieceLimits::required)
        return 0;
    const auto length = std::ranges::min(texts, {}, &std::string::size).size();
    if (length < PieceLimits::shortest)
        return 0;
    int weight = static_cast<int>(std::min<std::size_t>(length, 6)) * 8 + 8;
    for (std::size_t count = texts.size(); count > 1; count /= 2)
        weight -= 3;
    return std::max(weight, 1);
}

namespace {
void prefer(Literals& known, const Literals& other)
{
    if (worth(other) > worth(known))
        known = other;
}
}

void Run::append(const Piece& piece)
{
    if (piece.is_exact && can_join(piece.exact)) {
        join(piece.exact);
        return;
    }
    prefer(out_.required, open_);
    out_.is_exact = false;
    open_ = piece.is_exact ? piece.exact : Literals{""};
    prefer(out_.required, piece.required);
}

Piece Run::end()
{
    if (out_.is_exact)
        out_.exact = std::move(open_);
    else
        prefer(out_.required, open_);
    return std::move(out_);
}

bool Run::can_join(const Literals& more) const
{
    if (open_.size() * more.size() > PieceLimits::exact)
        return false;
    const auto longest = [](const Literals& texts) {
        return std::ranges::max(texts, {}, &std::string::size).size();
    };
    return longest(open_) + longest(more) <= PieceLimits::exact_length;
}

void Run::join(const Literals& more)
{
    Literals both;
    for (const auto& front : open_)
        for (const auto& back : more)
            both.push_back(front + back);
    make_unique(both);
    open_ = std::move(both);
}

Piece either(const std::vector<Piece>& branches)
{
    Piece out{true, {}, {}};
    for (const auto& branch : branches) {
        out.is_exact &= branch.is_exact;
        const auto& texts = branch.is_exact ? branch.exact : branch.required;
        if (!branch.is_exact && texts.empty())
            return Piece::anything();
        out.required.insert(out.required.end(), texts.begin(), texts.end());
    }
    make_unique(out.required);
    if (out.is_exact && out.required.size() <= PieceLimits::exact) {
        out.exact = std::move(out.required);
        out.required.clear();
    } else {
        out.is_exact = false;
        if (worth(out.required) == 0)
            out.required.clear();
    }
    return out;
}
}
