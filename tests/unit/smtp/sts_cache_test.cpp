// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sts_cache.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/memory_dns.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <unistd.h>

using namespace std::chrono_literals;
using Type = net::RecordType;

namespace {
constexpr auto enforced = "version: STSv1\nmode: enforce\nmx: mx.far.test\nmax_age: 86400\n";
constexpr auto none = "version: STSv1\nmode: none\nmax_age: 86400\n";
constexpr auto tested = "version: STSv1\nmode: testing\nmx: mx.far.test\nmax_age: 86400\n";

/// A domain that publishes a policy, and a cache in a folder of the test's own.
class Publisher {
public:
    Publisher()
        : folder_{std::filesystem::temp_directory_path()
                  / ("mailweir-sts-" + std::to_string(::getpid()) + "-" + std::to_string(++made_))}
    {
        restart();
    }
    ~Publisher()
    {
        cache_.reset();
        pool_.reset();
        std::filesystem::remove_all(folder_);
    }
    void restart()
    {
        cache_.reset();
        pool_ = std::make_unique<net::WorkerPool>(1); // the one before has written what it had
        cache_ = std::make_unique<smtp::StsCache>(
            env, *pool_, folder_.string(),
            [this](std::string domain) { return fetch(*this, std::move(domain)); });
    }
    void publish(const std::string& id) { dns.set("_mta-sts.far.test", Type::txt, txt_of(id)); }
    void withdraw() { dns.set("_mta-sts.far.test", Type::txt, {}); }
    /// "none", "testing", "enforce" or "" for no policy.
    std::string mode(int askers = 1)
    {
        std::string said;
        std::vector<net::awaitable<void>> all;
        for (int i = 0; i < askers; ++i)
            all.push_back(ask(*this, said));
        support::run(loop, net::all(std::move(all)));
        return said;
    }
    /// Half a day later, after a mail and what it set going in the background.
    std::string mode_later()
    {
        env.advance(13h);
        (void)mode();
        return mode();
    }
    net::TestEnv env;
    net::Loop loop{net::Env::real()};
    support::MemoryDns dns;
    std::expected<std::string, std::string> file = enforced;
    int fetched = 0;

private:
    static net::DnsAnswer txt_of(const std::string& id)
    {
        return {.status = net::DnsAnswer::Status::found,
                .records = {{.data = "v=STSv1; id=" + id + ";"}}};
    }
    static net::awaitable<void> ask(Publisher& self, std::string& said)
    {
        static constexpr std::array words{"none", "testing", "enforce"};
        const auto policy = co_await self.cache_->policy_of("far.test", self.dns);
        said = policy ? words[static_cast<std::size_t>(policy->mode)] : "";
    }
    static net::awaitable<std::expected<std::string, std::string>> fetch(Publisher& self,
                                                                         std::string domain)
    {
        CHECK(domain == "far.test");
        ++self.fetched;
        co_await net::yield();
        co_return self.file;
    }
    static inline int made_ = 0;
    std::filesystem::path folder_;
    std::unique_ptr<net::WorkerPool> pool_;
    std::unique_ptr<smtp::StsCache> cache_;
};
}

TEST_CASE("a policy is fetched once for all who ask, and again when its id changes")
{
    Publisher far;
    CHECK(far.mode() == "");
    CHECK(far.fetched == 0);
    far.publish("1");
    CHECK(far.mode(20) == "enforce");
    CHECK(far.mode() == "enforce");
    CHECK(far.fetched == 1);
    far.file = tested;
    CHECK(far.mode() == "enforce");
    far.publish("2");
    CHECK(far.mode() == "testing");
    CHECK(far.fetched == 2);
}

TEST_CASE("who hides a known policy gains nothing until it expires, a restart included")
{
    Publisher far;
    far.publish("1");
    CHECK(far.mode() == "enforce");
    far.withdraw();
    CHECK(far.mode() == "enforce");
    far.restart();
    CHECK(far.mode() == "enforce");
    far.publish("2");
    far.file = std::unexpected{std::string{"cut off"}};
    CHECK(far.mode() == "enforce");
    far.env.advance(25h);
    far.withdraw();
    CHECK(far.mode() == "");
    far.restart();
    CHECK(far.mode() == "");
}

TEST_CASE("a policy that cannot be fetched is asked for again after a while, not by every mail")
{
    Publisher far;
    far.publish("1");
    far.file = std::unexpected{std::string{"refused"}};
    CHECK(far.mode() == "");
    CHECK(far.mode() == "");
    CHECK(far.fetched == 1);
    far.file = "nonsense";
    far.env.advance(6min);
    CHECK(far.mode() == "");
    CHECK(far.fetched == 2);
    far.file = enforced;
    far.env.advance(6min);
    CHECK(far.mode() == "enforce");
}

TEST_CASE("a policy in use is fetched anew before its time is over, whatever its id")
{
    Publisher far;
    far.publish("1");
    CHECK(far.mode() == "enforce");
    CHECK(far.mode_later() == "enforce");
    CHECK(far.fetched == 2);
    CHECK(far.mode() == "enforce");
    CHECK(far.fetched == 2);
    SECTION("so that who cuts us off at its first end gains nothing")
    {
        far.file = std::unexpected{std::string{"cut off"}};
        CHECK(far.mode_later() == "enforce");
        CHECK(far.mode() == "enforce");
        CHECK(far.fetched == 3);
        CHECK(far.mode_later() == "");
    }
    SECTION("though somebody hides its id, and after a restart")
    {
        far.withdraw();
        CHECK(far.mode_later() == "enforce");
        far.restart();
        CHECK(far.mode_later() == "enforce");
        CHECK(far.mode_later() == "enforce");
        CHECK(far.fetched == 5);
    }
}

TEST_CASE("a policy that its domain takes back under the same id ends within the day")
{
    Publisher far;
    far.publish("1");
    CHECK(far.mode() == "enforce");
    far.file = none;
    CHECK(far.mode() == "enforce");
    CHECK(far.mode_later() == "none");
}
