// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/input_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace net {
void InputBuffer::unread(std::string_view bytes)
{
    if (bytes.empty())
        return;
    if (is_empty() && bytes.size() <= capacity_) {
        std::memmove(data(), bytes.data(), bytes.size());
        begin_ = 0;
        end_ = bytes.size();
    } else if (begin_ >= bytes.size()) {
        begin_ -= bytes.size();
        std::memmove(data() + begin_, bytes.data(), bytes.size());
    } else {
        const auto old = std::move(heap_);
        auto larger = std::make_unique_for_overwrite<char[]>(bytes.size() + size());
        std::memcpy(larger.get(), bytes.data(), bytes.size());
        std::memcpy(larger.get() + bytes.size(), (old ? old.get() : inline_.data()) + begin_,
                    size());
        end_ = capacity_ = bytes.size() + size();
        begin_ = 0;
        heap_ = std::move(larger);
    }
}

void InputBuffer::shrink()
{
    if (!is_empty())
        return;
    begin_ = end_ = 0;
    if (heap_) {
        heap_.reset();
        capacity_ = inline_.size();
    }
}

std::span<char> InputBuffer::space(std::size_t wanted)
{
    shrink();
    if (capacity_ - end_ < wanted) {
        if (capacity_ - size() >= wanted)
            std::memmove(data(), data() + begin_, size());
        else
            grow(std::max(2 * capacity_, size() + wanted));
        end_ = size();
        begin_ = 0;
    }
    return {data() + end_, capacity_ - end_};
}

void InputBuffer::grow(std::size_t capacity)
{
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    std::memcpy(larger.get(), data() + begin_, size());
    heap_ = std::move(larger);
    capacity_ = capacity;
}
}
