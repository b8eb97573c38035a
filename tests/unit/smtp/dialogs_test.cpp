// SPDX-License-Identifier: Apache-2.0
// Plays tests/dialogs/*.smtp against the real session; tests/README.md explains the lines.
#include "tests/support/gateway_under_test.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

namespace {
struct Line {
    int number = 0;
    std::string kind, text; ///< "S:", "C-", "@" …
};

std::vector<Line> read_script(const std::filesystem::path& path)
{
    std::ifstream in{path};
    std::vector<Line> lines;
    int number = 0;
    for (std::string text; std::getline(in, text);) {
        ++number;
        if (text.empty() || text[0] == '#')
            continue;
        const std::size_t width = text[0] == '@' ? 1 : 2;
        std::string rest = text.substr(std::min(width, text.size()));
        if (rest.starts_with(' '))
            rest.erase(0, 1);
        lines.push_back({number, text.substr(0, width), rest});
    }
    return lines;
}

std::string with_escapes(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        out += c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
    }
    return out;
}

test::GatewayUnderTest::Options options_of(const std::vector<Line>& script)
{
    test::GatewayUnderTest::Options options;
    std::string policy;
    for (const auto& line : script) {
        std::istringstream words{line.text};
        std::string what, key;
        words >> what >> key;
        if (line.kind == "P:")
            policy += line.text + "\n";
        if (line.kind != "@")
            continue;
        std::size_t value = 0;
        words >> value;
        if (what == "limit" && key == "junk_commands")
            options.limits.junk_commands = static_cast<unsigned>(value);
        else if (what == "limit" && key == "message")
            options.limits.message = value;
        else if (what == "limit" && key == "recipients_unknown")
            options.limits.recipients_unknown = value;
        else if (what == "limit" && key == "recipients")
            options.limits.recipients = value;
        else if (what == "limit" && key == "data_line")
            options.limits.data_line = value;
        else if (what == "detail")
            options.detail = key;
        else if (what == "contact")
            options.contact = line.text.substr(line.text.find(' ') + 1);
        else if (what == "recipients" && key == "callout")
            options.recipients = smtp::RecipientSource::Kind::callout;
        else if (what == "on_next_hop_failure" && key == "pass")
            options.listener.on_next_hop_failure = smtp::OnNextHopFailure::pass;
        else if (what == "protocol" && key == "lmtp")
            options.protocol = smtp::Protocol::lmtp;
        else if (what == "proxy_protocol")
            options.listener.proxy_protocol.push_back(mail::Network::parse(key).value());
        else if (what == "forwarder")
            options.listener.forwarders.push_back(mail::Network::parse(key).value());
        else if (what == "outbound") {
            options.listener.role = mail::Direction::outbound;
            options.listener.clients.push_back(mail::Network::parse(key).value());
        } else if (what == "xclient")
            options.listener.xclient.push_back(mail::Network::parse(key).value());
        else if (what == "normalise")
            options.listener.normalise.push_back(mail::Network::parse(key).value());
        else if (what == "mixed" && key == "discard")
            options.listener.mixed = mail::Mixed::discard;
    }
    if (!policy.empty())
        options.policy = policy;
    return options;
}

/// What the gateway logs.
class Log final : public spdlog::sinks::base_sink<std::mutex> {
public:
    bool contains(const std::string& text)
    {
        const std::scoped_lock lock{mutex_};
        return text_.find(text) != std::string::npos;
    }

private:
    void sink_it_(const spdlog::details::log_msg& line) override
    {
        text_.append(line.payload.data(), line.payload.size()).append("\n");
    }
    void flush_() override { }
    std::string text_;
};

/// Speaks the client's and the internal server's lines, and checks the gateway's.
class Player {
public:
    Player(test::GatewayUnderTest& gateway, std::string name)
        : gateway_{gateway}, name_{std::move(name)}
    {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>(name_, log_));
    }
    ~Player() { spdlog::set_default_logger(former_logger_); }

    net::awaitable<void> play(std::vector<Line> script)
    {
        client_.emplace(gateway_.connect());
        client_->expires_after(std::chrono::hours{1});
        try {
            for (const auto& line : script)
                co_await play_line(line);
        } catch (const std::exception& error) {
            FAIL_CHECK(name_ << ":" << at_ << ": " << error.what());
        }
        client_.reset();
        next_hop_.reset();
        gateway_.loop.stop();
    }

private:
    net::awaitable<void> play_line(const Line& line)
    {
        at_ = line.number;
        if (line.kind == "C:")
            pending_ += line.text + "\r\n";
        else if (line.kind == "C-")
            pending_ += with_escapes(line.text);
        else if (line.kind == "C+")
            add_long_line(line.text);
        else if (line.kind == "H:")
            co_await say_as_next_hop(line.text);
        else if (line.kind == "H!")
            next_hop_.reset();
        else if (line.kind == "@")
            co_await obey(line.text);
        else if (line.kind != "P:")
            co_await expect(line);
    }
    void add_long_line(const std::string& text)
    {
        std::istringstream words{text};
        std::size_t size = 0;
        std::string word;
        words >> size >> word;
        pending_ += word + " " + std::string(size, 'x') + "\r\n";
    }
    net::awaitable<void> send_pending()
    {
        if (pending_.empty())
            co_return;
        client_->queue(std::exchange(pending_, {}));
        co_await client_->flush();
    }
    net::awaitable<void> say_as_next_hop(const std::string& text)
    {
        co_await send_pending();
        if (!next_hop_) {
            next_hop_.emplace(co_await gateway_.next_hop_connection());
            next_hop_->expires_after(std::chrono::hours{1});
        }
        next_hop_->queue(text + "\r\n");
        co_await next_hop_->flush();
    }
    net::awaitable<void> obey(const std::string& text)
    {
        co_await send_pending();
        std::istringstream words{text};
        std::string what, rest;
        words >> what;
        std::getline(words >> std::ws, rest);
        if (what == "advance") {
            co_await net::yield();
            gateway_.env.advance(std::chrono::seconds{std::stoi(rest)});
            gateway_.loop.sweep_deadlines();
        } else if (what == "stored") {
            INFO(name_ << ":" << at_);
            const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{3};
            while (stored() != rest && std::chrono::steady_clock::now() < patience)
                co_await net::yield(); // the store's own thread may have it in hand
            CHECK(stored() == rest);
        } else if (what == "logged") {
            INFO(name_ << ":" << at_);
            const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{3};
            while (!log_->contains(rest) && std::chrono::steady_clock::now() < patience)
                co_await net::yield();
            CHECK(log_->contains(rest));
        } else if (what == "quiet") {
            INFO(name_ << ":" << at_);
            for (int turn = 0; turn < 100; ++turn)
                co_await net::yield();
            CHECK(client_->readable_now() == 0);
        }
    }
    std::string stored() const
    {
        const auto usage = gateway_.storage.store->usage();
        return "waiting=" + std::to_string(usage.waiting) + " held=" + std::to_string(usage.held);
    }
    net::awaitable<std::string> read(net::Stream& stream)
    {
        const net::Stream::Line line = co_await stream.read_line(64 * 1024);
        co_return std::string{line.text};
    }
    /// S and G read one line; S~ one that contains the text; S* reads a whole multi-line reply; G~
    /// reads on to the line that fits; S$ the end.
    net::awaitable<void> expect(const Line& line)
    {
        co_await send_pending();
        INFO(name_ << ":" << line.number << " wants " << line.kind << " " << line.text);
        const bool from_client = line.kind[0] == 'S';
        if (line.kind == "S$") {
            CHECK_THROWS_AS(co_await read(*client_), net::ConnectionLost);
            co_return;
        }
        std::string got = co_await read(from_client ? *client_ : *next_hop_);
        while (line.kind == "S*" && got.size() > 3 && got[3] == '-')
            got = co_await read(*client_);
        while (line.kind == "G~" && !got.starts_with(line.text))
            got = co_await read(*next_hop_);
        INFO("got " << got);
        if (line.kind == "S~") {
            CHECK(got.find(line.text) != std::string::npos);
            co_return;
        }
        CHECK(got.starts_with(line.text));
        CHECK((!line.text.empty() || got.empty()));
    }

    test::GatewayUnderTest& gateway_;
    std::string name_;
    int at_ = 0;
    std::shared_ptr<Log> log_ = std::make_shared<Log>();
    std::shared_ptr<spdlog::logger> former_logger_ = spdlog::default_logger();
    std::string pending_;
    std::optional<net::Stream> client_, next_hop_;
};
}

TEST_CASE("dialogs")
{
    const std::filesystem::path folder{SOURCE_DIR "/tests/dialogs"};
    for (const auto& entry : std::filesystem::directory_iterator{folder})
        DYNAMIC_SECTION(entry.path().stem().string())
        {
            const auto script = read_script(entry.path());
            REQUIRE_FALSE(script.empty());
            test::GatewayUnderTest gateway{options_of(script)};
            Player player{gateway, entry.path().filename().string()};
            gateway.loop.spawn("player", player.play(script));
            gateway.loop.run();
        }
}
