// SPDX-License-Identifier: Apache-2.0
#include "web/api/line_diff.hpp"

#include <catch2/catch.hpp>

namespace {
web::LineDiff diff(std::string_view before, std::string_view after)
{
    return web::line_diff(before, after, "a", "b");
}

std::string lines(int first, int last)
{
    std::string text;
    for (int i = first; i <= last; ++i)
        text += std::to_string(i) + "\n";
    return text;
}
}

TEST_CASE("texts that are the same differ in nothing, whatever their line ends")
{
    CHECK(diff("a\nb\n", "a\nb\n").text.empty());
    CHECK(diff("", "").text.empty());
    CHECK(diff("a\r\nb\r\n", "a\nb").text.empty());
}

TEST_CASE("a changed line stands with three lines around it")
{
    const auto one = diff(lines(1, 9), lines(1, 4) + "x\n" + lines(6, 9));
    CHECK(one.text == "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
    CHECK(one.added == 1);
    CHECK(one.removed == 1);
}

TEST_CASE("changes far from each other are hunks of their own, near ones share one")
{
    const auto two = diff(lines(1, 30), "x\n" + lines(2, 29) + "y\n");
    CHECK(two.text
          == "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n"
             "@@ -27,4 +27,4 @@\n 27\n 28\n 29\n-30\n+y\n");
    const auto near = diff(lines(1, 9), "x\n" + lines(2, 7) + "y\n" + lines(9, 9));
    CHECK(near.text
          == "--- a\n+++ b\n@@ -1,9 +1,9 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n 9\n");
}

TEST_CASE("what is only added or removed is counted from the line before")
{
    CHECK(diff("", "a\n").text == "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+a\n");
    CHECK(diff("a\n", "").text == "--- a\n+++ b\n@@ -1,1 +0,0 @@\n-a\n");
    CHECK(diff("a\nb\n", "a\nc\nb\n").text == "--- a\n+++ b\n@@ -1,2 +1,3 @@\n a\n+c\n b\n");
}

TEST_CASE("very long texts that share nothing differ as a whole, at once")
{
    const auto whole = diff(lines(1, 5000), lines(5001, 10'000));
    CHECK(whole.added == 5000);
    CHECK(whole.removed == 5000);
}
