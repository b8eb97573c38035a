// SPDX-License-Identifier: Apache-2.0
// The brake on accounts as the API shows it, and who may do what about it.
#include "filters/gone_addresses.hpp"
#include "filters/habit_table.hpp"
#include "filters/unread_bounces.hpp"
#include "tests/unit/web/people.hpp"

using filters::HabitTable;
using web::Role;

namespace {
using Names = std::vector<std::string>;
/// The table is the process's: each test has accounts of its own, told apart by a mark.
class Sending : public test::People {
public:
    Sending()
    {
        domain = token_of(add("hostmaster", Role::domain_administrator, {}, {"a.test"}));
        administrator_ = add("root", Role::administrator);
        person_ = add(marked("bob"), Role::user, {"bob@a.test"});
        sign_in_again();
        for (const char* name : {"bob", "carol@a.test", "dan@b.test"})
            send(marked(name));
    }
    /// Sessions end while time passes.
    void sign_in_again()
    {
        root = token_of(administrator_);
        user = token_of(person_);
    }
    /// "carol@a.test" → "carol-3-@a.test".
    std::string marked(std::string name) const
    {
        return name.insert(std::min(name.find('@'), name.size()), mark);
    }
    std::string unmarked(std::string name) const
    {
        return name.erase(name.find(mark), mark.size());
    }
    /// One mail, so that the account is known.
    void send(const std::string& account)
    {
        const std::array<std::uint64_t, 1> recipient{7};
        HabitTable::here().take(account, account, recipient, gateway.env.wall_now(), {});
    }
    std::vector<std::string> names(const std::string& token, const std::string& query)
    {
        const auto answer = ask("GET", "/api/v1/accounts?text=" + mark + "&" + query, token);
        REQUIRE(answer.status == 200);
        std::vector<std::string> found;
        for (const auto& one : answer.body.at("accounts").as_array())
            found.push_back(unmarked(std::string{one.at("account").as_string()}));
        return found;
    }
    test::People::Answer order(const std::string& token, const std::string& action,
                               const std::string& account)
    {
        return ask("POST", "/api/v1/accounts/" + action + "?account=" + marked(account), token);
    }
    unsigned act(const std::string& token, const std::string& action, const std::string& account)
    {
        return order(token, action, account).status;
    }
    std::string domain, root, user;

private:
    storage::Account administrator_, person_;
    static inline int count_ = 0;
    std::string mark = "-" + std::to_string(++count_) + "-";
};
}
TEST_CASE_METHOD(Sending, "who looks after a domain sees and brakes its accounts and no others")
{
    CHECK(names(root, "all=true") == Names{"bob", "carol@a.test", "dan@b.test"});
    CHECK(names(domain, "all=true") == Names{"bob", "carol@a.test"});
    CHECK(names(domain, "account=" + marked("dan@b.test")).empty());
    CHECK(names(domain, "all=true&limit=1") == Names{"bob"});
    CHECK(names(root, "").empty());
    CHECK(act(domain, "lock", "dan@b.test") == 404);
    CHECK(act(domain, "lock", "carol@a.test") == 200);
    CHECK(names(root, "") == Names{"carol@a.test"});
    CHECK(act(domain, "release", "carol@a.test") == 200);
    CHECK(names(root, "").empty());
    CHECK(act(user, "release", "bob") == 403);
    CHECK(act(root, "burn", "bob") == 400);
}

TEST_CASE_METHOD(Sending, "accounts come page by page, and those that were silent are found")
{
    CHECK(names(root, "all=true&limit=2") == Names{"bob", "carol@a.test"});
    CHECK(names(root, "all=true&limit=2&after=" + marked("carol@a.test")) == Names{"dan@b.test"});
    CHECK(names(root, "quiet=180+days").empty());
    gateway.env.advance(std::chrono::hours{200 * 24});
    sign_in_again();
    CHECK(names(root, "quiet=180+days").size() == 3);
    CHECK(ask("GET", "/api/v1/accounts?quiet=soon", root).status == 400);
}

TEST_CASE_METHOD(Sending, "accounts that the recipient check or the directory lost are found")
{
    filters::GoneAddresses gone;
    gone.all = {{marked("dan@b.test"), filters::Gone::address},
                {marked("bob"), filters::Gone::sign_in},
                {marked("who@b.test"), filters::Gone::address}};
    filters::GoneAddresses::put_here(std::make_shared<const filters::GoneAddresses>(gone));
    CHECK(names(root, "gone=true") == Names{"bob", "dan@b.test"});
    CHECK(names(domain, "gone=true") == Names{"bob"});
    const auto all = ask("GET", "/api/v1/accounts?all=true&text=" + marked(""), root);
    std::vector<std::string> how;
    for (const auto& one : all.body.at("accounts").as_array())
        how.emplace_back(one.at("gone").as_string());
    CHECK(how == std::vector<std::string>{"sign_in", "", "address"});
    filters::GoneAddresses::put_here(std::make_shared<const filters::GoneAddresses>());
}

TEST_CASE_METHOD(Sending, "an exemption ends by time or by hand")
{
    CHECK(act(root, "exempt", "bob") == 200);
    CHECK(names(root, "") == Names{"bob"});
    CHECK(act(root, "resume", "bob") == 200);
    CHECK(names(root, "").empty());
}

TEST_CASE_METHOD(Sending, "whoever is braked hears why on every page")
{
    CHECK(ask("GET", "/api/v1/session", user).body.at("sending").is_null());
    REQUIRE(act(root, "lock", "bob") == 200);
    const auto said = ask("GET", "/api/v1/session", user).body.at("sending");
    CHECK(said.at("brake") == "lock");
    CHECK(said.at("why") == "locked by an administrator");
    gateway.env.advance(std::chrono::hours{25});
    sign_in_again();
    CHECK(ask("GET", "/api/v1/session", user).body.at("sending").is_null());
}

TEST_CASE_METHOD(Sending,
                 "a login is disabled here, and where neither hook nor login is that is said")
{
    CHECK(act(domain, "disable", "carol@a.test") == 409);
    const auto done = order(domain, "disable", "bob");
    CHECK(done.status == 200);
    CHECK(done.body.at("locked") == true);
    CHECK(done.body.at("told") == false);
    CHECK(ask("GET", "/api/v1/session", user).status == 401);
}

TEST_CASE_METHOD(Sending, "nobody locks the sign-in of an administrator by his mail account")
{
    const auto other = token_of(add(marked("admin"), Role::administrator));
    send(marked("admin"));
    CHECK(act(root, "disable", "admin") == 409);
    CHECK(ask("GET", "/api/v1/session", other).status == 200);
}

TEST_CASE_METHOD(Sending, "records and lists are asked for own domains alone")
{
    CHECK(ask("GET", "/api/v1/domains/b.test/records", domain).status == 404);
    CHECK(ask("POST", "/api/v1/domains/nowhere.test/records", root).status == 404);
}

TEST_CASE_METHOD(Sending, "what gives a bad name stands in one order, the worst first")
{
    const auto found = ask("GET", "/api/v1/hygiene", domain);
    REQUIRE(found.status == 200);
    CHECK(found.body.at("mails") == 0);
    CHECK(found.body.at("whole") == true);
    const auto& causes = found.body.at("causes").as_array();
    REQUIRE(causes.size() == 15);
    CHECK(causes.front().at("cause") == "O13");
    CHECK(causes.front().at("state") == "unknown");
    CHECK(causes.back().at("state") == "good");
}

TEST_CASE_METHOD(Sending,
                 "bounces that nobody reads stand with the account, and many of them are a cause")
{
    const auto other = token_of(add("of-b", Role::domain_administrator, {}, {"b.test"}));
    const auto dan = marked("dan@b.test");
    auto& unread = filters::UnreadBounces::here();
    const auto now = std::chrono::floor<std::chrono::seconds>(gateway.env.wall_now());
    const auto write_again = [&](int times) {
        for (int i = 0; i < times; ++i)
            unread.note_again(dan, "gone@away.test", now);
    };
    const auto found = [&](std::string_view member) {
        const auto answer = ask("GET", "/api/v1/accounts?account=" + dan, other);
        REQUIRE(answer.body.at("accounts").as_array().size() == 1);
        return answer.body.at("accounts").at(0).at(member).to_number<int>();
    };
    const auto cause = [&] {
        gateway.env.advance(std::chrono::minutes{2}); // a look is kept for a minute
        const auto answer = ask("GET", "/api/v1/hygiene", other);
        for (const auto& one : answer.body.at("causes").as_array())
            if (one.at("cause") == "O5")
                return one.as_object();
        return boost::json::object{};
    };
    CHECK(found("bounces") == 0);
    unread.note_bounce(dan, dan, "gone@away.test", now);
    write_again(4);
    CHECK(found("bounces") == 1);
    CHECK(found("written_again") == 4);
    CHECK(cause().at("state") == "good");
    write_again(1);
    const auto bad = cause();
    CHECK(bad.at("state") == "bad");
    CHECK(bad.at("seen") == 5);
    CHECK(bad.at("by").at(0).at("name").as_string() == dan);
}

TEST_CASE_METHOD(Sending, "mail of one account is found by the fact that names it")
{
    const auto record = [&](const std::string& account, unsigned number) {
        storage::HistoryRow row;
        row.id = {gateway.context.ids->next(gateway.env.wall_now()), number};
        row.time = gateway.env.wall_now();
        row.direction = mail::Direction::outbound;
        row.sender = "any@a.test";
        row.recipient = "far@away.test";
        row.owner = "bob@a.test";
        row.findings = R"([{"name":"auth.account","detail":")" + account + R"("}])";
        gateway.context.history->record(row);
    };
    record("bob", 1);
    record("bob_", 1);
    record("b%", 1);
    const auto count = [&](const std::string& finding) {
        const auto answer = ask("GET", "/api/v1/history?finding=" + finding, root);
        REQUIRE(answer.status == 200);
        return answer.body.at("rows").as_array().size();
    };
    CHECK(count("auth.account(bob)") == 1);
    CHECK(count("auth.account(b%25)") == 1);
    CHECK(count("auth.account(bo)") == 0);
    CHECK(count("auth.account") == 3);
    CHECK(ask("GET", "/api/v1/history?finding=auth.account(b%22)", root).status == 400);
    CHECK(ask("GET", "/api/v1/history?finding=auth.account()", root).status == 400);
}
