// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/matcher.hpp"

#include <catch2/catch.hpp>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

using namespace filters::rulebook;

namespace {
constexpr int as_expected = 0, is_fast_all_the_same = 1, is_wrong = 2, is_unknown_here = 3;

/// With memory that is either written or run, as a hardened unit asks for (PR_SET_MDWE).
int match_without_machine_code()
{
    constexpr int set_mdwe = 65, refuse_exec_gain = 1;
    if (::prctl(set_mdwe, refuse_exec_gain, 0, 0, 0) != 0)
        return is_unknown_here;
    // What tests before this one left of memory for code is used up first.
    std::vector<decltype(Matcher::compile("", ""))> kept;
    do {
        kept.push_back(Matcher::compile("b+c(?!d)", "i"));
        if (!kept.back())
            return is_wrong;
    } while (kept.back()->has_machine_code() && kept.size() < 20'000);
    const auto& matcher = kept.back();
    filters::PatternBudget budget{std::chrono::seconds{5}};
    const auto found = matcher->search("abbd aBBc bcd", 0, false, budget);
    const auto none = matcher->search("bcd", 0, false, budget);
    if (found.result != Matcher::Found::Result::yes || found.start != 6
        || none.result != Matcher::Found::Result::no)
        return is_wrong;
    return matcher->has_machine_code() ? is_fast_all_the_same : as_expected;
}
}

TEST_CASE("where memory may not become code expressions are interpreted")
{
    CHECK(Matcher::compile("b+c", "")->has_machine_code());
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0)
        std::_Exit(match_without_machine_code());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == is_unknown_here)
        WARN("skipped: this kernel has no PR_SET_MDWE");
    else
        CHECK(WEXITSTATUS(status) == as_expected);
}
