// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/features.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace filters::classify {
/// A number for each feature, zero at first; pages that nobody touched cost nothing. Many threads
/// read while one changes: each number is whole, and no order is promised between them. Numbers of
/// features wrap around, so that none lies outside.
template <class Number> class Table {
public:
    static constexpr std::size_t size = std::size_t{1} << content::Features::bits;
    Table() : numbers_{static_cast<Atomic*>(std::calloc(size, sizeof(Atomic)))}
    {
        if (!numbers_)
            throw std::bad_alloc{};
    }
    Number at(std::size_t feature) const
    {
        return numbers_.get()[feature % size].load(std::memory_order_relaxed);
    }
    void set(std::size_t feature, Number number)
    {
        numbers_.get()[feature % size].store(number, std::memory_order_relaxed);
    }

private:
    using Atomic = std::atomic<Number>;
    static_assert(Atomic::is_always_lock_free && sizeof(Atomic) == sizeof(Number));
    struct Free {
        void operator()(Atomic* numbers) const { std::free(numbers); }
    };
    std::unique_ptr<Atomic, Free> numbers_;
};
}
