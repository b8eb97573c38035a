// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/id.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace mail {
TEST_CASE("an id survives writing and reading")
{
    const auto value = GENERATE(as<std::uint64_t>{}, 0, 1, 31, 32, 0x0123456789ABCDEF, ~0ULL);
    const MailId id{value};
    CHECK(id.to_string().size() == 13);
    CHECK(MailId::parse(id.to_string()) == id);
}

TEST_CASE("an id is read whatever the case, with look-alikes")
{
    CHECK(MailId::parse("0000000000abc") == MailId::parse("0000000000ABC"));
    CHECK(MailId::parse("OoiIlL0000000") == MailId::parse("0011110000000"));
    CHECK(MailId::parse("FZZZZZZZZZZZZ") == MailId{~0ULL});
}

TEST_CASE("what is no id is refused")
{
    const auto text
        = GENERATE(as<std::string>{}, "", "0", "000000000000", "00000000000000", "U000000000000",
                   "0000-00000000", "G000000000000", "ZZZZZZZZZZZZZ", "0000000000 00",
                   "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
    CHECK_FALSE(MailId::parse(text));
}

TEST_CASE("ids sort by time as numbers and as text")
{
    using namespace std::chrono;
    IdSource source;
    const system_clock::time_point now = sys_days{2026y / July / 28};
    const auto first = source.next(now);
    const auto second = source.next(now + milliseconds{1});
    CHECK(first < second);
    CHECK(first.to_string() < second.to_string());
    CHECK(second.value() >> 22 == (first.value() >> 22) + 1);
}

TEST_CASE("ids rise even when the clock stands still or steps back")
{
    using namespace std::chrono;
    IdSource source;
    const system_clock::time_point now = sys_days{2026y / July / 28};
    const auto first = source.next(now);
    const auto second = source.next(now);
    const auto third = source.next(now - hours{1});
    const auto fourth = source.next(sys_days{1970y / January / 1});
    CHECK((first < second && second < third && third < fourth));
}

TEST_CASE("many threads never get the same id")
{
    constexpr std::size_t each = 20'000;
    IdSource source;
    std::vector<std::vector<MailId>> taken(4);
    {
        std::vector<std::jthread> threads;
        for (auto& ids : taken)
            threads.emplace_back([&source, &ids] {
                for (std::size_t i = 0; i < each; ++i)
                    ids.push_back(source.next({}));
            });
    }
    std::vector<MailId> all;
    for (const auto& ids : taken)
        all.insert(all.end(), ids.begin(), ids.end());
    std::ranges::sort(all);
    CHECK(std::ranges::adjacent_find(all) == all.end());
    CHECK(all.size() == taken.size() * each);
}
}
