// SPDX-License-Identifier: Apache-2.0
#include "filters/clamd.hpp"
#include "filters/content/content.hpp"
#include "gateway/net/listener.hpp"
#include "tests/unit/filters/dns_world.hpp"

#include <filesystem>
#include <unistd.h>

using namespace filters;
using namespace filters::test;

namespace {
/// Plays clamd on a Unix socket: hears streams, and says what the script says of each.
class FakeClamd {
public:
    enum class Mood { answers, hangs, hangs_up, refuses_size };
    FakeClamd(net::Loop& loop, Mood mood, std::vector<std::string> script)
        : mood_{mood}, script_{std::move(script)},
          path_{
              (std::filesystem::temp_directory_path()
               / ("mailweir-clamd-" + std::to_string(::getpid()) + "-" + std::to_string(++count_)))
                  .string()},
          descriptor_{*net::open_local_listener(path_)},
          listener_{loop, descriptor_, [this, &loop](int socket, const net::Endpoint&) {
                        ++connections;
                        loop.spawn("clamd", serve(*this, net::Stream{loop, socket}));
                    }}
    {
        listener_.start();
    }
    ~FakeClamd()
    {
        ::close(descriptor_);
        std::filesystem::remove(path_);
    }
    FakeClamd(const FakeClamd&) = delete;
    FakeClamd& operator=(const FakeClamd&) = delete;
    const std::string& path() const { return path_; }
    void stop() { listener_.stop(); }

    int connections = 0;
    std::vector<std::string> heard; ///< each stream

private:
    static awaitable<void> serve(FakeClamd& self, net::Stream stream)
    {
        try {
            co_await self.converse(stream);
        } catch (const net::ConnectionLost&) {
            // The gateway goes when it has what it wants.
        } catch (const net::TimedOut&) {
            // The same.
        }
    }
    awaitable<void> converse(net::Stream& stream)
    {
        std::string input;
        if (mood_ == Mood::hangs_up)
            co_return stream.close();
        co_await take(stream, input, std::string_view{"zIDSESSION\0", 11}.size());
        while (true) {
            const auto command = co_await take(stream, input, 10);
            CHECK(command == std::string_view{"zINSTREAM\0", 10});
            const bool goes_on = co_await one_stream(stream, input);
            if (!goes_on)
                co_return;
        }
    }
    awaitable<bool> one_stream(net::Stream& stream, std::string& input)
    {
        auto& octets = heard.emplace_back();
        while (true) {
            const auto length = co_await take(stream, input, 4);
            std::size_t size = 0;
            for (const char c : length)
                size = size << 8 | static_cast<unsigned char>(c);
            if (size == 0)
                break;
            octets += co_await take(stream, input, size);
            if (mood_ == Mood::refuses_size) {
                stream.queue(std::string_view{"INSTREAM size limit exceeded. ERROR\0", 36});
                co_await stream.flush();
                stream.close();
                co_return false;
            }
        }
        if (mood_ == Mood::hangs) {
            co_await take(stream, input, 1);
            co_return false;
        }
        const auto said = script_[std::min(heard.size(), script_.size()) - 1];
        stream.queue(std::to_string(heard.size()) + ": stream: " + said + std::string(1, '\0'));
        co_await stream.flush();
        co_return true;
    }
    static awaitable<std::string> take(net::Stream& stream, std::string& input, std::size_t size)
    {
        std::array<char, 4096> space;
        while (input.size() < size) {
            const auto got = co_await stream.read_some(space);
            input.append(space.data(), got);
        }
        auto taken = input.substr(0, size);
        input.erase(0, size);
        co_return taken;
    }

    static inline int count_ = 0;
    Mood mood_;
    std::vector<std::string> script_;
    std::string path_;
    int descriptor_;
    net::Listener listener_;
};
using Mood = FakeClamd::Mood;

/// A layer and the clamds that it asks.
struct Clinic : World {
    net::Loop loop{env};
    std::vector<std::unique_ptr<FakeClamd>> clamds;

    FakeClamd& add(Mood mood, std::vector<std::string> script = {"OK"})
    {
        return *clamds.emplace_back(std::make_unique<FakeClamd>(loop, mood, std::move(script)));
    }
    void open(const std::string& more = {})
    {
        std::string servers;
        for (const auto& clamd : clamds)
            servers += clamd->path() + ", ";
        make("clamav", "{ servers: [" + servers + "]" + more + " }");
        REQUIRE(said().empty());
    }
    Findings inspected()
    {
        Findings found;
        bool is_done = false;
        support::run(loop, keep(found, is_done),
                     support::pass_time(env, 100, [&] { return is_done; }));
        return found;
    }

private:
    awaitable<void> keep(Findings& found, bool& is_done)
    {
        const std::shared_ptr<void> done{nullptr, [&](void*) {
                                             is_done = true;
                                             for (auto& clamd : clamds)
                                                 clamd->stop();
                                         }};
        Inspection inspection = layer->inspect_message(mail);
        if (auto* waits = std::get_if<awaitable<Findings>>(&inspection))
            found = co_await std::move(*waits);
        else
            found = std::get<Findings>(std::move(inspection));
    }
};
}

TEST_CASE("clamav: where no server is named nobody is asked")
{
    World world{"clamav"};
    CHECK(world.message().empty());
    const auto& type = type_named("clamav");
    const auto needs_content = [&](std::string_view settings) {
        return type.make_content(world.read(type, settings), world.services)->is_needed();
    };
    CHECK_FALSE(needs_content(""));
    CHECK(needs_content("servers: [/run/clamd]"));
}

TEST_CASE("clamav: the message is shown without its transparency dots")
{
    Clinic clinic;
    auto& clamd = clinic.add(Mood::answers);
    clinic.open();
    clinic.mail.message = mail::Message::from_text("A: b\r\n\r\n..x\r\ny\r\n", mail::Dots::stuffed);
    CHECK(clinic.inspected().empty());
    CHECK(clamd.heard == std::vector<std::string>{"A: b\r\n\r\n.x\r\ny\r\n"});
}

TEST_CASE("clamav: what is found is overriding and names itself")
{
    Clinic clinic;
    clinic.add(Mood::answers, {"Eicar-Signature FOUND"});
    clinic.open();
    clinic.receives("A: b\r\n\r\nx\r\n");
    const auto found = clinic.inspected();
    REQUIRE(names(found) == Names{"clamav.infected"});
    CHECK(found[0].detail == "Eicar-Signature");
    CHECK(type_named("clamav").findings[0].is_overriding);
    CHECK(all_declared(found, "clamav"));
}

TEST_CASE("clamav: every reading of an ambiguous message is shown, until one is infected")
{
    Clinic clinic;
    auto& clamd = clinic.add(Mood::answers, {"OK", "OK", "Worm FOUND"});
    clinic.open();
    clinic.receives("A: b\r\n\r\nx\r\n");
    Content content;
    for (const std::string_view octets : {"one", "two", "three"})
        content.readings.emplace_back(octets.begin(), octets.end());
    clinic.mail.content = std::make_shared<const Content>(std::move(content));
    CHECK(names(clinic.inspected()) == Names{"clamav.infected"});
    CHECK(clamd.heard == std::vector<std::string>{"A: b\r\n\r\nx\r\n", "one", "two"});
    CHECK(clamd.connections == 1);
}

TEST_CASE("clamav: what was not looked at in every reading is unscanned")
{
    Clinic clinic;
    clinic.add(Mood::answers);
    clinic.open();
    clinic.receives("A: b\r\n\r\nx\r\n");
    Content content;
    content.is_readings_cut = true;
    clinic.mail.content = std::make_shared<const Content>(std::move(content));
    CHECK(names(clinic.inspected()) == Names{"clamav.unscanned"});
}

TEST_CASE("clamav: the next server is asked where one is away, hangs up, hangs or talks nonsense")
{
    const auto mood = GENERATE(Mood::hangs, Mood::hangs_up, Mood::answers);
    Clinic clinic;
    auto& first = clinic.add(mood, {"Cannot ERROR"});
    auto& second = clinic.add(Mood::answers, {"Worm FOUND"});
    clinic.open(", reply: 1 s");
    clinic.receives("A: b\r\n\r\nx\r\n");
    CHECK(names(clinic.inspected()) == Names{"clamav.infected"});
    CHECK(first.connections == 1);
    CHECK(second.connections == 1);
    const auto reports = ClamdStates::of(clinic.services)->reports();
    CHECK(std::ranges::count(reports, false, &ClamdState::Report::is_up) == 1);
}

TEST_CASE("clamav: a size that clamd does not take is unscanned, whoever else there is")
{
    Clinic clinic;
    clinic.add(Mood::refuses_size);
    auto& second = clinic.add(Mood::answers);
    clinic.open();
    clinic.receives("A: b\r\n\r\n" + std::string(8U << 20, 'x') + "\r\n");
    const auto found = clinic.inspected();
    REQUIRE(names(found) == Names{"clamav.unscanned"});
    CHECK(found[0].detail == "clamd takes none so large");
    CHECK(second.connections == 0);
}

TEST_CASE("clamav: what is larger than `largest` is not even shown")
{
    Clinic clinic;
    auto& clamd = clinic.add(Mood::answers);
    clinic.open(", largest: 20 B");
    clinic.receives("A: b\r\n\r\n" + std::string(20, 'x') + "\r\n");
    CHECK(names(clinic.inspected()) == Names{"clamav.unscanned"});
    CHECK(clamd.connections == 0);
}

TEST_CASE("clamav: nobody answers: on_error says what then")
{
    Clinic clinic;
    clinic.receives("A: b\r\n\r\nx\r\n");
    const auto with = [&](const std::string& on_error) {
        clinic.make("clamav", "{ servers: [/nonexistent/clamd], on_error: " + on_error + " }");
        return clinic.inspected();
    };
    CHECK(names(with("ignore")) == Names{"clamav.unavailable"});
    CHECK(names(with("hold")) == Names{"clamav.unscanned"});
    CHECK_THROWS_WITH(with("defer"), Catch::Contains("/nonexistent/clamd: No such file"));
    CHECK(type_named("clamav").on_error == OnError::defer);
}

TEST_CASE("clamav: a clamd that hangs costs one message its time, not all of them")
{
    Clinic clinic;
    auto& clamd = clinic.add(Mood::hangs);
    clinic.open(", on_error: ignore");
    clinic.receives("A: b\r\n\r\nx\r\n");
    CHECK(names(clinic.inspected()) == Names{"clamav.unavailable"});
    CHECK(names(clinic.inspected()) == Names{"clamav.unavailable"});
    CHECK(clamd.connections == 1);
}

TEST_CASE("clamav: a server that is none is refused where it is named")
{
    World world{"clamav", "servers: [clamd]"};
    CHECK(world.said().contains("neither a socket's path nor HOST:PORT"));
}
