// SPDX-License-Identifier: Apache-2.0
#include "filters/counted_mails.hpp"

#include <catch2/catch.hpp>

namespace {
struct Tries {
    filters::CountedMails counted;
    mail::Mail mail;

    void come_to(std::uint64_t hash, bool is_taken)
    {
        counted.note(mail.id, hash);
        counted.settle(mail, is_taken);
    }
};
}

TEST_CASE("a counted mail is known until it is taken")
{
    Tries tries;
    tries.counted.note(tries.mail.id, 1);
    CHECK_FALSE(tries.counted.holds(1));
    tries.counted.settle(tries.mail, false);
    CHECK(tries.counted.holds(1));
    tries.come_to(1, false);
    CHECK(tries.counted.holds(1));
    tries.come_to(1, true);
    CHECK_FALSE(tries.counted.holds(1));
}

TEST_CASE("of counted mails the one that was tried longest ago makes room")
{
    Tries tries;
    constexpr auto most = filters::CountedMails::most;
    for (std::uint64_t hash = 0; hash < most; ++hash)
        tries.come_to(hash, false);
    tries.come_to(0, false); // tried again: no longer the oldest
    tries.come_to(most, false);
    CHECK(tries.counted.holds(0));
    CHECK_FALSE(tries.counted.holds(1));
    tries.come_to(2, true); // its place is nobody's
    tries.come_to(most + 1, false);
    CHECK(tries.counted.holds(3));
    CHECK(tries.counted.holds(most));
}
