// SPDX-License-Identifier: Apache-2.0
#include "filters/content/content.hpp"
#include "tests/unit/filters/fixture.hpp"

using namespace filters;
using namespace filters::test;

namespace {
struct Outgoing : World {
    explicit Outgoing(std::string_view settings) : World{"limits", settings}
    {
        mail.direction = mail::Direction::outbound;
        receives("To: a@far.example\r\n\r\nx\r\n");
    }
    void has(std::size_t files, std::size_t pictures)
    {
        auto content = std::make_shared<Content>();
        content->files.resize(files + pictures);
        for (std::size_t i = 0; i < files; ++i)
            content->files[i].is_attachment = true;
        for (std::size_t i = files; i < files + pictures; ++i)
            content->files[i].width = 10;
        mail.content = content;
    }
    Names found() const
    {
        const auto all = message();
        CHECK(all_declared(all, "limits"));
        return names(all);
    }
};
}

TEST_CASE("limits: files and pictures are counted apart, and those in archives not at all")
{
    Outgoing out{"attachments: 2\npictures: 3"};
    CHECK(out.found().empty());
    out.has(2, 3);
    CHECK(out.found().empty());
    out.has(3, 4);
    CHECK(out.found() == Names{"limits.attachments", "limits.pictures"});
    CHECK(out.message().front().detail == "3");
    auto content = std::make_shared<Content>();
    content->files.resize(9);
    for (auto& file : content->files) {
        file.is_attachment = true;
        file.depth = 1;
    }
    out.mail.content = content;
    CHECK(out.found().empty());
}

TEST_CASE("limits: large mail and many recipients, those that all see and those that nobody sees")
{
    Outgoing out{"size: 1 MiB\nnamed: 2\nhidden: 1"};
    out.receives("To: a@far.example, b@far.example\r\nCc: c@far.example, A@far.example\r\n\r\nx");
    out.mail.recipients.push_back(out.recipient("a@far.example"));
    CHECK(out.found() == Names{"limits.named"});
    out.mail.recipients.push_back(out.recipient("x@far.example"));
    out.receives("To: a@far.example\r\n\r\nx");
    CHECK(out.found().empty());
    out.mail.recipients.push_back(out.recipient("y@far.example"));
    CHECK(out.found() == Names{"limits.hidden"});
    out.mail.recipients.clear();
    out.receives("To: a@far.example\r\n\r\n" + std::string(1'100'000, 'x'));
    REQUIRE(out.found() == Names{"limits.size"});
    CHECK(out.message().front().detail == "2 MiB");
}

TEST_CASE("limits: zero is no limit, what comes in has none, and nonsense is complained of")
{
    Outgoing out{"size: 0\nattachments: 0\npictures: 0\nnamed: 0\nhidden: 0"};
    out.has(500, 500);
    CHECK(out.found().empty());
    Outgoing in{"attachments: 1"};
    in.has(500, 0);
    in.mail.direction = mail::Direction::inbound;
    CHECK(in.found().empty());
    World wrong{"limits", "named: -1"};
    CHECK(wrong.said().find("named") != std::string::npos);
}
