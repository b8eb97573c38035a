// SPDX-License-Identifier: Apache-2.0
// Who may do what to whose mail: every kind of object by owner. Routes: route_rights_test.cpp.
#include "storage/desk.hpp"
#include "tests/unit/web/people.hpp"

#include <array>
#include <map>
#include <span>

using web::Role;

namespace {
constexpr std::array roles{Role::user, Role::helpdesk, Role::domain_administrator, Role::auditor,
                           Role::administrator};
/// Whose an object is, as bob@a.test and his domain's staff see it.
enum class Owner { self, colleague, stranger };
constexpr std::array owners{Owner::self, Owner::colleague, Owner::stranger};
constexpr std::array<std::string_view, 3> owner_addresses{"bob@a.test", "carol@a.test",
                                                          "dan@b.test"};

/// What is asked of one object. In `target` and `body` {id} is its message, {row} its row,
/// {address} and {domain} whose it is. The answers: a cell for each owner in their order; '+' done,
/// '-' 404, 'x' 403.
struct ObjectRight {
    std::string_view method, target, body;
    std::array<std::string_view, 5> answers; ///< by role
};
constexpr std::string_view all = "+++", domain = "++-", own = "+--", never = "xxx";
constexpr std::array object_rights{
    ObjectRight{"GET", "/api/v1/messages/{id}", "", {own, domain, domain, all, all}},
    ObjectRight{"GET", "/api/v1/messages/{row}", "", {own, domain, domain, all, all}},
    ObjectRight{"GET", "/api/v1/messages/{id}/content", "", {own, never, domain, all, all}},
    ObjectRight{"GET", "/api/v1/messages/{row}/preview", "", {own, never, domain, all, all}},
    ObjectRight{"GET", "/api/v1/messages/{row}/explanation", "", {own, domain, domain, all, all}},
    ObjectRight{"GET", "/api/v1/trace?query={id}", "", {never, domain, domain, all, all}},
    ObjectRight{"POST",
                "/api/v1/quarantine/release",
                R"({"ids": ["{row}"]})",
                {own, domain, domain, never, all}},
    ObjectRight{"POST",
                "/api/v1/quarantine/delete",
                R"({"ids": ["{id}"]})",
                {own, domain, domain, never, all}},
    ObjectRight{"POST",
                "/api/v1/quarantine/spam",
                R"({"ids": ["{row}"]})",
                {own, domain, domain, never, all}},
    ObjectRight{"POST",
                "/api/v1/quarantine/ham",
                R"({"ids": ["{row}"]})",
                {own, domain, domain, never, all}},
    ObjectRight{"POST",
                "/api/v1/queue/release",
                R"({"ids": ["{row}"]})",
                {never, never, domain, never, all}},
    ObjectRight{"POST",
                "/api/v1/lists",
                R"({"list": "allow", "scope": "user:{address}", "entry": "x@y.test"})",
                {own, domain, domain, never, all}},
    ObjectRight{"DELETE",
                "/api/v1/lists?list=block&scope=user:{address}&entry=spam@z.test",
                "",
                {own, domain, domain, never, all}},
    ObjectRight{"GET", "/api/v1/lists?scope=user:{address}", "", {own, domain, domain, all, all}},
    ObjectRight{"POST",
                "/api/v1/lists",
                R"({"list": "allow", "scope": "domain:{domain}", "entry": "x@y.test"})",
                {"---", "xx-", domain, never, all}},
    ObjectRight{
        "GET", "/api/v1/lists?scope=domain:{domain}", "", {"---", domain, domain, all, all}},
    ObjectRight{"POST",
                "/api/v1/lists",
                R"({"list": "allow", "scope": "global", "entry": "x@y.test"})",
                {"---", "---", "xxx", never, all}},
    ObjectRight{"GET",
                "/api/v1/lists/test?sender=x@y.test&recipient={address}",
                "",
                {own, domain, domain, all, all}},
    ObjectRight{"GET",
                "/api/v1/lists/preview?entry=x@y.test&scope=user:{address}",
                "",
                {own, domain, domain, all, all}},
};

/// Listings: whose objects they show.
struct ListingRight {
    std::string_view target;
    std::array<std::string_view, 5> shows;
};
constexpr std::array listing_rights{
    ListingRight{"/api/v1/quarantine", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/quarantine?mine=true", {own, "---", "---", "---", "---"}},
    ListingRight{"/api/v1/quarantine?recipient=carol@a.test", {"---", "-+-", "-+-", "-+-", "-+-"}},
    ListingRight{"/api/v1/quarantine?domain=b.test", {"---", "---", "---", "--+", "--+"}},
    ListingRight{"/api/v1/quarantine?text=lunch", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/history", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/history?mine=true", {own, "---", "---", "---", "---"}},
    ListingRight{"/api/v1/history?recipient=dan@b.test", {"---", "---", "---", "--+", "--+"}},
    ListingRight{"/api/v1/history?text=lunch", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/history?sender=ann@c.test", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/lists", {own, domain, domain, all, all}},
};

/// The same for mail that its owner sent outside.
constexpr std::array outgoing_listing_rights{
    ListingRight{"/api/v1/quarantine", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/quarantine?text=lunch", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/quarantine?recipient=carol@a.test", {"---", "-+-", "-+-", "-+-", "-+-"}},
    ListingRight{"/api/v1/history", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/history?direction=outbound", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/history?direction=inbound", {"---", "---", "---", "---", "---"}},
    ListingRight{"/api/v1/history?recipient=x@far.test", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/history?text=lunch", {own, domain, domain, all, all}},
    ListingRight{"/api/v1/history?sender_domain=b.test", {"---", "---", "---", "--+", "--+"}},
};
constexpr std::array directions{mail::Direction::inbound, mail::Direction::outbound};

struct World : test::People {
    std::map<Role, std::string> tokens;

    World()
    {
        const std::vector<std::string> staff_of{"a.test"};
        tokens[Role::user] = token_of(add("bob", Role::user, {"bob@a.test"}));
        tokens[Role::helpdesk] = token_of(add("hal", Role::helpdesk, {}, staff_of));
        tokens[Role::domain_administrator]
            = token_of(add("dora", Role::domain_administrator, {}, staff_of));
        tokens[Role::auditor] = token_of(add("aud", Role::auditor));
        tokens[Role::administrator] = token_of(add("root", Role::administrator));
        for (const auto address : owner_addresses) {
            auto entry = storage::parse_list_entry("spam@z.test").value();
            entry.effect = storage::ListEntry::Effect::block;
            entry.scope = address;
            wait(gateway.storage.lists->add(entry));
        }
    }
    /// Held mail for one recipient, or of one sender to somebody outside, with its row of history.
    mail::MailId hold(Owner owner, mail::Direction direction = mail::Direction::inbound)
    {
        const auto id = gateway.ids.next(gateway.env.wall_now());
        wait(
            hold_one(id, std::string{owner_addresses[static_cast<std::size_t>(owner)]}, direction));
        return id;
    }

private:
    net::awaitable<void> commit_outgoing(mail::MailId id, std::string owner)
    {
        mail::Mail mail;
        mail.received_at = gateway.env.wall_now();
        mail.id = id;
        mail.direction = mail::Direction::outbound;
        mail.sender = mail::Mailbox::parse(owner).value();
        mail.sending_domain = mail.sender->domain().ascii();
        mail.message = mail::Message::from_text("Subject: Lunch\r\n\r\nbody\r\n");
        std::vector<storage::NewRow> rows(1);
        rows[0].address = mail::Mailbox::parse("x@far.test").value();
        rows[0].owner = mail.sender;
        rows[0].state = storage::RowState::held;
        co_await gateway.storage.store->commit(mail, std::move(rows), {});
    }
    net::awaitable<bool> hold_one(mail::MailId id, std::string address, mail::Direction direction)
    {
        const bool leaves = direction == mail::Direction::outbound;
        if (leaves)
            co_await commit_outgoing(id, address);
        else
            co_await commit_held(id, address, "points ≥ 6");
        storage::HistoryRow row;
        row.direction = direction;
        row.id = {id, 1};
        row.time = gateway.env.wall_now();
        row.stage = "data";
        row.sender = leaves ? address : "ann@c.test";
        row.recipient = leaves ? "x@far.test" : address;
        row.owner = address;
        if (leaves)
            row.sending_domain = address.substr(address.find('@') + 1);
        row.subject = "Lunch";
        row.action = mail::Action::quarantine;
        row.rule = "points ≥ 6";
        row.step = "points";
        row.findings = "[]";
        gateway.storage.history->record(std::move(row));
        co_await gateway.storage.history->settle();
        co_return true;
    }
};

std::string filled(std::string_view pattern, mail::MailId id, Owner owner)
{
    const std::string address{owner_addresses[static_cast<std::size_t>(owner)]};
    std::string text{pattern};
    for (const auto& [name, value] :
         std::initializer_list<std::pair<std::string_view, std::string>>{
             {"{id}", id.to_string()},
             {"{row}", storage::RowId{id, 1}.to_string()},
             {"{address}", address},
             {"{domain}", address.substr(address.find('@') + 1)}})
        for (auto at = text.find(name); at != text.npos; at = text.find(name))
            text.replace(at, name.size(), value);
    // In a path the row is one segment.
    if (const auto slash = text.find("/1", text.find(id.to_string()));
        text.starts_with("/api/v1/messages/") && slash != text.npos)
        text.replace(slash, 1, "%2F");
    return text;
}

char outcome(unsigned status)
{
    if (status >= 200 && status < 300)
        return '+';
    return status == 404 ? '-' : status == 403 ? 'x' : '?';
}
}

TEST_CASE("an object outside of reach does not exist, one that the role may not touch is refused")
{
    const auto direction = GENERATE(from_range(directions));
    World world;
    for (const auto& right : object_rights)
        for (std::size_t role = 0; role < roles.size(); ++role)
            for (const auto owner : owners) {
                const auto id = world.hold(owner, direction);
                const auto target = filled(right.target, id, owner);
                const auto answer
                    = world.ask(std::string{right.method}, target, world.tokens[roles[role]],
                                filled(right.body, id, owner));
                INFO((direction == mail::Direction::outbound ? "outgoing, " : "")
                     << web::to_string(roles[role]) << ": " << right.method << " " << target << " "
                     << filled(right.body, id, owner) << "\n"
                     << answer.status << " " << answer.text);
                CHECK(outcome(answer.status)
                      == right.answers[role][static_cast<std::size_t>(owner)]);
                // What was removed stands again for the next.
                if (right.method == "DELETE") {
                    auto entry = storage::parse_list_entry("spam@z.test").value();
                    entry.effect = storage::ListEntry::Effect::block;
                    entry.scope = owner_addresses[static_cast<std::size_t>(owner)];
                    world.wait(world.gateway.storage.lists->add(entry));
                }
            }
}

TEST_CASE("a listing shows what lies within reach and nothing else, whatever it filters by")
{
    const auto direction = GENERATE(from_range(directions));
    const bool leaves = direction == mail::Direction::outbound;
    World world;
    std::array<std::string, 3> marks;
    for (const auto owner : owners)
        marks[static_cast<std::size_t>(owner)] = world.hold(owner, direction).to_string();
    const auto rights = leaves ? std::span<const ListingRight>{outgoing_listing_rights}
                               : std::span<const ListingRight>{listing_rights};
    for (const auto& right : rights)
        for (std::size_t role = 0; role < roles.size(); ++role) {
            const auto answer
                = world.ask("GET", std::string{right.target}, world.tokens[roles[role]]);
            INFO(web::to_string(roles[role]) << ": GET " << right.target << "\n" << answer.text);
            CHECK(answer.status == 200);
            const bool is_of_lists = right.target == "/api/v1/lists";
            for (std::size_t owner = 0; owner < owners.size(); ++owner) {
                const auto mark
                    = is_of_lists ? "user:" + std::string{owner_addresses[owner]} : marks[owner];
                INFO(owner_addresses[owner]);
                CHECK(answer.text.contains(mark) == (right.shows[role][owner] == '+'));
            }
        }
}

TEST_CASE("a domain's staff counts, throws away and fetches back what its people sent outside")
{
    World world;
    const auto ours = world.hold(Owner::colleague, mail::Direction::outbound);
    const auto theirs = world.hold(Owner::stranger, mail::Direction::outbound);
    const auto body = [](mail::MailId id) {
        return R"({"ids": [")" + storage::RowId{id, 1}.to_string() + R"("]})";
    };
    const auto dora = world.tokens[Role::domain_administrator];
    const auto root = world.tokens[Role::administrator];
    CHECK(world.ask("GET", "/api/v1/quarantine/count", dora).text == R"({"held":1})");
    CHECK(world.ask("POST", "/api/v1/quarantine/delete", dora, body(ours)).status == 200);
    CHECK(world.ask("GET", "/api/v1/quarantine/count", dora).text == R"({"held":0})");
    CHECK(world.ask("POST", "/api/v1/quarantine/delete", root, body(theirs)).status == 200);
    CHECK(world.ask("POST", "/api/v1/quarantine/restore", dora, body(theirs)).status == 404);
    CHECK(world.ask("POST", "/api/v1/quarantine/restore", dora, body(ours)).status == 200);
    CHECK(world.ask("GET", "/api/v1/quarantine/count", dora).text == R"({"held":1})");
}

TEST_CASE("all that a filter finds is what lies within reach")
{
    World world;
    for (const auto owner : owners)
        world.hold(owner);
    const auto released = world.ask("POST", "/api/v1/quarantine/release", world.tokens[Role::user],
                                    R"({"all": true})");
    CHECK(released.text == R"({"changed":1})");
    const auto left = world.ask("GET", "/api/v1/quarantine/count", world.tokens[Role::auditor]);
    CHECK(left.text == R"({"held":2})");
    CHECK(world.ask("GET", "/api/v1/quarantine/count", world.tokens[Role::helpdesk]).text
          == R"({"held":1})");
}

TEST_CASE("work on many rows goes on as a job, which nobody else can look at")
{
    World world;
    constexpr int count = 600;
    for (int i = 0; i < count; ++i)
        world.hold(Owner::self);
    const auto kept = storage::RowId{world.hold(Owner::self), 1}.to_string();
    const auto bob = world.tokens[Role::user];
    const auto begun = world.ask("POST", "/api/v1/quarantine/delete", bob,
                                 R"({"all": true, "exclude": [")" + kept + R"("]})");
    REQUIRE(begun.status == 202);
    const auto job = web::text_member(begun.body, "job").value_or("");
    CHECK(web::number_member(begun.body, "total") == count + 1);
    CHECK(world.ask("GET", "/api/v1/jobs/" + job, world.tokens[Role::helpdesk]).status == 404);
    auto state = world.ask("GET", "/api/v1/jobs/" + job, bob);
    for (int i = 0; i < 1000 && state.text.contains("running"); ++i)
        state = world.ask("GET", "/api/v1/jobs/" + job, bob);
    CHECK(web::text_member(state.body, "state") == "done");
    CHECK(web::number_member(state.body, "changed") == count);
    const auto left = world.ask("GET", "/api/v1/quarantine", bob);
    CHECK(web::array_member(left.body, "rows").size() == 1);
    CHECK(left.text.contains(kept));
}

TEST_CASE("what was thrown away is out of sight, and can be fetched back by whoever reaches it")
{
    World world;
    const auto row = storage::RowId{world.hold(Owner::self), 1}.to_string();
    const auto body = R"({"ids": [")" + row + R"("]})";
    const auto bob = world.tokens[Role::user];
    CHECK(world.ask("POST", "/api/v1/quarantine/delete", bob, body).status == 200);
    CHECK(world.ask("GET", "/api/v1/quarantine/count", bob).text == R"({"held":0})");
    CHECK(!world.ask("GET", "/api/v1/quarantine", bob).text.contains(row));
    CHECK(world.ask("POST", "/api/v1/quarantine/release", bob, body).status == 404);
    const auto eve = world.token_of(world.add("eve", Role::user, {"eve@a.test"}));
    CHECK(world.ask("POST", "/api/v1/quarantine/restore", eve, body).status == 404);
    CHECK(world.ask("POST", "/api/v1/quarantine/restore", bob, body).status == 200);
    CHECK(world.ask("GET", "/api/v1/quarantine", bob).text.contains(row));

    CHECK(world.ask("POST", "/api/v1/quarantine/delete", bob, body).status == 200);
    auto& desk = *world.gateway.storage.desk;
    CHECK(world.wait(desk.sweep(world.gateway.env.wall_now())) == 0);
    CHECK(world.wait(desk.sweep(world.gateway.env.wall_now() + std::chrono::minutes{1})) == 1);
    CHECK(world.ask("POST", "/api/v1/quarantine/restore", bob, body).status == 404);
}
