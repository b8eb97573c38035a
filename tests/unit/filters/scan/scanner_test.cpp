// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/trial.hpp"
#include "tests/unit/filters/scan/scan_role.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>

#include <ctime>
#include <fstream>

using namespace std::chrono_literals;

namespace {
/// Does what the subject says.
struct Obedient final : filters::ContentLayer {
    explicit Obedient(std::string rules) : rules_{std::move(rules)} { }
    filters::Findings inspect(const mail::Message& message, const filters::Content&) const override
    {
        const auto subject = message.header().decoded("Subject");
        if (subject == "crash")
            ::raise(SIGSEGV);
        if (subject == "hang")
            for (volatile bool forever = true; forever;) { }
        if (subject == "sleep")
            while (true) {
                const timespec long_time{100, 0};
                ::syscall(SYS_futex, &sleep_, FUTEX_WAIT_PRIVATE, 0, &long_time, nullptr, 0);
            }
        if (subject == "work") {
            const auto start = std::clock();
            while (std::clock() - start < CLOCKS_PER_SEC / 2) { }
        }
        if (subject == "throw")
            throw std::runtime_error{"a fault of the layer"};
        if (subject == "files")
            return {{"words.tag", ::open("/etc/passwd", O_RDONLY) < 0 ? "no file" : "a file"}};
        if (subject == "network")
            ::socket(AF_INET, SOCK_STREAM, 0);
        if (subject == "much")
            return filters::Findings(10'000, {"words.tag", std::string(4000, 'x')});
        if (subject == "large")
            return filters::Findings(4000, {"words.tag", std::string(1000, 'x')});
        if (subject == "who")
            return {{"words.tag", std::to_string(::getpid())}};
        return {{"words.tag", rules_ + std::to_string(message.size())}};
    }
    std::string rules_;
    mutable std::uint32_t sleep_ = 0;
};

std::expected<filters::ContentLayers, std::string> load(filters::Nursery::Kind)
{
    filters::ContentLayers layers;
    layers.push_back({std::make_unique<Obedient>(""), "words"});
    return layers;
}

std::string text(std::string_view subject)
{
    return "Subject: " + std::string{subject} + "\r\n\r\nbody\r\n";
}
std::string first_detail(const filters::Scanned& scanned)
{
    return scanned.findings.empty() ? "" : scanned.findings.front().detail;
}
}

TEST_CASE("a message is analysed in another process and its facts come back")
{
    ScanRole role{load};
    CHECK(first_detail(role.scan(text("hello"))) == std::to_string(text("hello").size()));
    CHECK(first_detail(role.scan(text("who"))) != std::to_string(::getpid()));
    const auto status = role.scanner->status();
    CHECK(status.workers == 1);
    CHECK(status.busy == 0);
    CHECK(status.scans == 2);
    CHECK(status.deaths == 0);
}

TEST_CASE("a worker says what each layer cost where somebody wants to know, and else does not look")
{
    ScanRole role{load};
    const auto costs = role.scan(text("hello"), {.is_timed = true}).layers;
    REQUIRE(costs.size() == 1);
    CHECK(costs[0].name == "words");
    CHECK(costs[0].nanoseconds > 0);
    CHECK(role.scan(text("hello")).layers.empty());
}

TEST_CASE("a message that kills its worker twice is unscannable; the next one is scanned")
{
    ScanRole role{load, {.workers = 1}};
    const auto scanned = role.scan(text("crash"));
    REQUIRE(scanned.findings.size() == 1);
    CHECK(scanned.findings.front().name == "content.unscannable");
    CHECK(role.scanner->status().deaths == 2);
    CHECK(first_detail(role.scan(text("hello"))) == std::to_string(text("hello").size()));
}

TEST_CASE("a worker that does not answer in time is ended")
{
    ScanRole role{load, {.workers = 1, .answer = 200ms, .longest = 400ms}};
    CHECK(role.scan(text("hang")).findings.front().name == "content.unscannable");
    CHECK(first_detail(role.scan(text("hello"))) == std::to_string(text("hello").size()));
}

TEST_CASE("a worker that computes has more time than one that sleeps")
{
    ScanRole role{load, {.workers = 1, .answer = 150ms, .longest = 60s}};
    CHECK(first_detail(role.scan(text("work"))) == std::to_string(text("work").size()));
    CHECK(role.scanner->status().deaths == 0);
    const auto start = std::chrono::steady_clock::now();
    CHECK(role.scan(text("sleep")).findings.front().name == "content.unscannable");
    CHECK(std::chrono::steady_clock::now() - start < 20s);
    CHECK(role.scanner->status().deaths == 2);
}

TEST_CASE("a fault of a layer makes the message unscannable and leaves the worker alive")
{
    ScanRole role{load};
    CHECK(first_detail(role.scan(text("throw"))) == "a fault of the layer");
    CHECK(role.scanner->status().deaths == 0);
}

TEST_CASE("a worker opens no file; a socket is its end")
{
    ScanRole role{load};
    CHECK(first_detail(role.scan(text("files"))) == "no file");
    CHECK(role.scan(text("network")).findings.front().name == "content.unscannable");
    CHECK(role.scanner->status().deaths == 2);
}

TEST_CASE("more facts than the answer has room for are no facts")
{
    ScanRole role{load};
    CHECK(role.scan(text("much")).findings.front().name == "content.unscannable");
    CHECK(role.scanner->status().deaths == 0);
}

TEST_CASE("a large answer stays as it is until it was read")
{
    ScanRole role{load, {.workers = 1}};
    for (int i = 0; i < 30; ++i)
        REQUIRE(role.scan(text("large")).findings.size() == 4000);
    CHECK(role.scanner->status().deaths == 0);
    CHECK(role.scanner->status().started == 1);
}

TEST_CASE("a worker is replaced after its messages")
{
    ScanRole role{load, {.workers = 1, .messages_a_worker = 2}};
    const auto first = first_detail(role.scan(text("who")));
    CHECK(first_detail(role.scan(text("who"))) == first);
    CHECK(first_detail(role.scan(text("who"))) != first);
}

TEST_CASE("a message larger than what is scanned is said to be so")
{
    ScanRole role{load, {.message = 1000}};
    CHECK(role.scan(text("hello") + std::string(1000, 'x')).findings.front().name
          == "content.unscannable");
}

TEST_CASE("new rules reach the workers to come")
{
    const auto file = "/tmp/mailweir-scan-rules." + std::to_string(::getpid());
    std::ofstream{file} << "old ";
    ScanRole role{
        [file](filters::Nursery::Kind kind) -> std::expected<filters::ContentLayers, std::string> {
            std::string rules;
            std::getline(std::ifstream{file}, rules);
            if (rules == "broken")
                return std::unexpected{"these rules are broken"};
            filters::ContentLayers layers;
            if (kind == filters::Nursery::Kind::refresh)
                rules += "refreshed ";
            layers.push_back({std::make_unique<Obedient>(rules)});
            return layers;
        }};
    CHECK(first_detail(role.scan(text("x"))).starts_with("old "));
    std::ofstream{file} << "new ";
    CHECK(first_detail(role.scan(text("x"))).starts_with("old "));
    CHECK(role.renew().empty());
    CHECK(first_detail(role.scan(text("x"))).starts_with("new "));
    CHECK(role.renew(ScanRole::Kind::refresh).empty());
    CHECK(first_detail(role.scan(text("x"))).starts_with("new refreshed "));
    std::ofstream{file} << "broken";
    CHECK(role.renew() == "these rules are broken");
    CHECK(role.scanner->status().old_rules == "these rules are broken");
    CHECK(first_detail(role.scan(text("x"))).starts_with("new refreshed "));
    ::unlink(file.c_str());
}

TEST_CASE("nothing is scanned before rules could be read, and then everything is")
{
    int loads = 0;
    ScanRole role{[loads](ScanRole::Kind kind) mutable {
        constexpr int failing = 5; // at the start, in two tries of a scan, in two of a renewal
        return ++loads <= failing
            ? std::expected<filters::ContentLayers, std::string>{std::unexpected{"no such file"}}
            : load(kind);
    }};
    CHECK_THROWS(role.scan(text("hello")));
    CHECK(role.scanner->status().not_scanned == 1);
    CHECK(role.renew(ScanRole::Kind::renew) != "");
    CHECK(first_detail(role.scan(text("hello"))) == std::to_string(text("hello").size()));
    CHECK(role.scanner->status().deaths == 0);
}

TEST_CASE("tests on trial run in a sealed worker, however many they are")
{
    ScanRole role{load, {.workers = 1}};
    std::string tests;
    for (int i = 0; i < 300; ++i)
        tests += "body S" + std::to_string(i) + " /body|word" + std::to_string(i) + "/i\n";
    const auto scanned
        = role.scan(text("hello"),
                    {.trial = std::make_shared<const filters::TrialRules>(filters::TrialRules{
                         filters::TrialRules::Kind::spamassassin, std::move(tests)})});
    CHECK(scanned.findings.size() == 300);
    CHECK(role.scanner->status().deaths == 0);
}

TEST_CASE("a worker can wait for the first message")
{
    ScanRole role{load, {.workers = 1}};
    role.prepare();
    CHECK(role.scanner->status().workers == 1);
    CHECK(role.scanner->status().busy == 0);
    CHECK(role.scanner->status().started == 1);
    role.scan(text("hello"));
    role.prepare();
    CHECK(role.scanner->status().started == 1);
    ScanRole dead{load,
                  {.workers = 1,
                   .start = std::chrono::milliseconds{100},
                   .load = std::chrono::milliseconds{100}}};
    dead.kill();
    dead.prepare();
    CHECK(dead.scanner->status().workers == 0);
    CHECK(dead.scanner->status().busy == 0);
}

TEST_CASE("without a scan role nothing passes as scanned")
{
    ScanRole role{load, {.start = 200ms}};
    role.scan(text("hello"));
    role.kill();
    CHECK_THROWS(role.scan(text("hello")));
    const auto status = role.scanner->status();
    CHECK(status.workers == 0);
    CHECK(status.not_scanned == 1);
    CHECK(status.unscannable == 0);
    CHECK_FALSE(status.problem.empty());
}

TEST_CASE("a worker that died while nobody needed it costs no message a try")
{
    ScanRole role{load, {.workers = 1}};
    const auto process = std::stoi(first_detail(role.scan(text("who"))));
    ::kill(process, SIGKILL);
    const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    pollfd ended{descriptor, POLLIN, 0};
    ::poll(&ended, descriptor < 0 ? 0 : 1, 5000);
    ::close(descriptor);
    CHECK(first_detail(role.scan(text("who"))) != std::to_string(process));
    CHECK(role.scanner->status().deaths == 0);
    CHECK(role.scanner->status().started == 2);
}

TEST_CASE("many messages share few workers; each is scanned once")
{
    ScanRole role{load, {.workers = 2}};
    std::vector<std::string> texts;
    for (int i = 0; i < 50; ++i)
        texts.push_back(text(std::string(static_cast<std::size_t>(i), 'x')));
    const auto results = role.scan_all(texts);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        REQUIRE(results[i]);
        CHECK(first_detail(*results[i]) == std::to_string(texts[i].size()));
    }
    const auto status = role.scanner->status();
    CHECK(status.workers == 2);
    CHECK(status.busy == 0);
    CHECK(status.waiting == 0);
    CHECK(status.scans == 50);
    CHECK(status.started == 2);
}

TEST_CASE("who waits too long for a worker is told, and is not scanned")
{
    ScanRole role{load, {.workers = 1, .answer = 300ms, .longest = 300ms, .turn = 100ms}};
    const auto results = role.scan_all({text("hang"), text("hello")});
    REQUIRE(results[0]);
    CHECK(results[0]->findings.front().name == "content.unscannable");
    CHECK_FALSE(results[1]);
    CHECK(role.scanner->status().not_scanned == 1);
    CHECK(role.scanner->status().busy == 0);
    CHECK(first_detail(role.scan(text("hello"))) == std::to_string(text("hello").size()));
}

TEST_CASE("a request to end does not end the scan role before the gate has")
{
    ScanRole role{load, {.workers = 1, .messages_a_worker = 1}};
    role.scan(text("hello"));
    role.terminate();
    CHECK(first_detail(role.scan(text("hello"))) == std::to_string(text("hello").size()));
}
