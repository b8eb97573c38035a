// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/web/people.hpp"

using web::Role;

namespace {
struct Log : test::People {
    mail::MailId held, refused;

    Log() : held{add_row(mail::Action::quarantine, 7)}, refused{add_row(mail::Action::reject, 12)}
    {
        add_row(mail::Action::deliver, 0);
        wait(settle());
        wait(keep(held));
    }
    mail::MailId add_row(mail::Action action, double score)
    {
        storage::HistoryRow row;
        row.id = {gateway.ids.next(gateway.env.wall_now()), 1};
        row.time = gateway.env.wall_now();
        row.stage = "data";
        row.sender = "ann@c.test";
        row.recipient = row.owner = "bob@a.test";
        row.from = "=HYPERLINK(\"http://x.test\")";
        row.subject = "会議, \"x\"\r\n-1";
        row.action = action;
        row.score = score;
        row.rule = action == mail::Action::reject ? "dmarc.reject" : "points";
        row.reply = "＝1+1";
        row.findings = action == mail::Action::reject ? R"([{"name":"dmarc.reject"}])" : "[]";
        const auto id = row.id.mail;
        gateway.storage.history->record(std::move(row));
        return id;
    }
    std::string found(const std::string& query)
    {
        const auto answer = command("GET", "/api/v1/history?" + query);
        if (answer.status != 200)
            return std::to_string(answer.status);
        std::string actions;
        for (const auto& row : web::array_member(answer.body, "rows"))
            actions += (actions.empty() ? "" : " ") + web::text_member(row, "action").value_or("");
        return actions;
    }

private:
    net::awaitable<bool> settle()
    {
        co_await gateway.storage.history->settle();
        co_return true;
    }
    net::awaitable<bool> keep(mail::MailId id)
    {
        co_await commit_held(id, "bob@a.test");
        co_return true;
    }
};

std::string all_of(net::HttpResponse& response, test::People& people)
{
    std::string text;
    while (true) {
        const auto piece = people.wait(response.more());
        if (piece.empty())
            return text;
        text += piece;
    }
}
}

TEST_CASE("history is filtered by what the verdict was and why")
{
    Log log;
    const auto [query, actions] = GENERATE(table<std::string, std::string>({
        {"", "deliver reject quarantine"},
        {"action=reject,quarantine", "reject quarantine"},
        {"action=reject,never", "400"},
        {"score_min=7", "reject quarantine"},
        {"score_min=1&score_max=7", "quarantine"},
        {"score_min=much", "400"},
        {"layer=dmarc", "reject"},
        {"layer=dmarc.reject", "400"},
        {"layer=spf", ""},
        {"finding=dmarc.reject", "reject"},
        {"finding=dmarc.rej", ""},
        {"finding=%25", "400"},
        {"rule=dmarc", "reject"},
        {"direction=inbound", "deliver reject quarantine"},
        {"direction=outbound", ""},
        {"direction=up", "400"},
    }));
    INFO(query);
    CHECK(log.found(query) == actions);
}

TEST_CASE("a row of the history says where the message stands in the store")
{
    Log log;
    const auto states = [&] {
        std::string states;
        const auto answer = log.command("GET", "/api/v1/history");
        for (const auto& row : web::array_member(answer.body, "rows"))
            states += web::json_text(web::member_of(row, "state")) + " ";
        return states;
    };
    CHECK(states() == "null null \"held\" ");
    const auto bob = log.token_of(log.add("bob", Role::user, {"bob@a.test"}));
    const auto body = R"({"ids": [")" + log.held.to_string() + R"("]})";
    REQUIRE(log.ask("POST", "/api/v1/quarantine/delete", bob, body).status == 200);
    CHECK(states() == "null null \"deleted\" ");
}

TEST_CASE("a listing as CSV has all its rows, and nothing in it that a spreadsheet would run")
{
    Log log;
    for (int i = 0; i < 1200; ++i)
        log.add_row(mail::Action::tag, 4);
    const auto of = [&](std::string target) {
        net::HttpRequest request{.method = "GET", .target = std::move(target), .body = ""};
        return log.wait(log.api.answer(web::Principal::administrator("root"), std::move(request)));
    };
    auto response = of("/api/v1/history/export");
    CHECK(response.content_type == "text/csv; charset=utf-8");
    CHECK(response.headers["content-disposition"].contains("history.csv"));
    const auto text = all_of(response, log);
    CHECK(text.starts_with("\xEF\xBB\xBFtime,id,"));
    CHECK(std::ranges::count(text, '\n') == 1 + 1203);
    CHECK(text.contains(R"(,"'＝1+1",)"));
    CHECK(text.contains(R"x(,"'=HYPERLINK(""http://x.test"")","会議, ""x""  -1",)x"));

    auto some = of("/api/v1/history/export?limit=700&action=tag");
    const auto tagged = all_of(some, log);
    CHECK(std::ranges::count(tagged, '\n') == 1 + 700);
    CHECK(!tagged.contains(",reject,"));

    auto held = of("/api/v1/quarantine/export");
    CHECK(all_of(held, log).contains(log.held.to_string()));
    CHECK(of("/api/v1/history/export?action=never").status == 400);
    std::string acts;
    for (const auto& entry : log.wait(log.gateway.storage.audit->list(0, 100)))
        acts = entry.act + " (" + entry.object + "); " + acts;
    CHECK(acts
          == "export history (all); export history (action=tag limit=700); "
             "export quarantine (all); ");
}

TEST_CASE("a person's CSV has the own mail alone")
{
    Log log;
    const auto eve = log.token_of(log.add("eve", Role::user, {"eve@a.test"}));
    net::HttpRequest request{.method = "GET",
                             .target = "/api/v1/history/export",
                             .headers = {{"authorization", "Bearer " + eve}},
                             .body = ""};
    auto response = log.wait(log.api.answer_web(std::move(request)));
    REQUIRE(response.status == 200);
    CHECK(!all_of(response, log).contains("bob@a.test"));
}
