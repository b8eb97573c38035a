// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/arc.hpp"
#include "tests/unit/filters/auth/signer.hpp"

#include <catch2/catch.hpp>

#include <time.h>

using namespace filters::auth;

namespace {
std::chrono::nanoseconds processor_time(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// What this thread, which is the loop, and all threads together took.
struct Taken {
    std::chrono::nanoseconds on_loop{}, in_all{};
};

net::awaitable<void> measure(net::awaitable<void> work, Taken& taken)
{
    const auto loop = processor_time(CLOCK_THREAD_CPUTIME_ID);
    const auto all = processor_time(CLOCK_PROCESS_CPUTIME_ID);
    co_await std::move(work);
    taken = {processor_time(CLOCK_THREAD_CPUTIME_ID) - loop,
             processor_time(CLOCK_PROCESS_CPUTIME_ID) - all};
}

net::awaitable<void> hash(const mail::Message& message, net::WorkerPool* pool)
{
    co_await hash_body(message, {{Canonicalization::relaxed, {}}}, pool);
}

net::awaitable<void> verify(const mail::Message& message, Dns& dns, net::WorkerPool* pool,
                            std::vector<DkimResult>& results)
{
    results = co_await verify_dkim(message, dns, pool, std::chrono::system_clock::now());
}

Taken taken_by(net::awaitable<void> work)
{
    Taken taken;
    support::complete(measure(std::move(work), taken));
    return taken;
}

std::string large_text()
{
    std::string text = "From: ann@example.org\r\nSubject: large\r\n\r\n";
    for (int line = 0; line < 200'000; ++line)
        text += "line " + std::to_string(line)
            + " of a large message  with blanks to fold, as relaxed wants it\r\n";
    return text;
}
}

TEST_CASE("a large body is hashed, signed and verified elsewhere than on the loop")
{
    net::WorkerPool pool{1};
    const auto text = large_text();
    const auto message = mail::Message::from_text(text);
    const tests::Signer signer{KeyType::rsa};
    support::MemoryDns dns;
    dns.add("sel._domainkey.example.org", net::RecordType::txt, signer.key.record());
    const auto signed_message
        = mail::Message::from_text(signer.sign(text, "h=from:subject; c=relaxed/relaxed") + text);

    const auto hashed = taken_by(hash(message, &pool));
    CHECK(hashed.on_loop < hashed.in_all / 10);
    std::vector<DkimResult> results;
    const auto verified = taken_by(verify(signed_message, dns, &pool, results));
    REQUIRE(results.size() == 1);
    CHECK(results[0].outcome == DkimOutcome::pass);
    CHECK(verified.on_loop < verified.in_all / 10);
    // The same where there is no other thread: what is measured is the work.
    CHECK(taken_by(hash(message, nullptr)).on_loop > hashed.in_all / 2);
}
