// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/gather.hpp"

#include <algorithm>

namespace net {
std::size_t Gather::vectors(std::span<iovec> vectors, std::size_t limit) const
{
    std::size_t used = 0;
    const auto add = [&](std::string_view piece) {
        piece = piece.substr(0, limit);
        limit -= piece.size();
        if (!piece.empty())
            vectors[used++] = {const_cast<char*>(piece.data()), piece.size()};
    };
    add(current_);
    for (const std::string_view piece : pieces_) {
        if (used == vectors.size() || limit == 0)
            break;
        add(piece);
    }
    return used;
}

std::size_t Gather::copy(std::span<char> space) const
{
    std::size_t size = current_.copy(space.data(), space.size());
    for (const std::string_view piece : pieces_) {
        if (size == space.size())
            break;
        size += piece.copy(space.data() + size, space.size() - size);
    }
    return size;
}

void Gather::advance(std::size_t sent)
{
    for (;;) {
        const std::size_t step = std::min(sent, current_.size());
        current_.remove_prefix(step);
        sent -= step;
        if (!current_.empty() || pieces_.empty())
            return;
        current_ = pieces_.front();
        pieces_ = pieces_.subspan(1);
    }
}
}
