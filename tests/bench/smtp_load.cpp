// SPDX-License-Identifier: Apache-2.0
// A load generator: N sessions send M messages of one size over kept connections and measure the
// time from the last byte of data to the reply. One thread, epoll; prints one JSON object.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
using Clock = std::chrono::steady_clock;

struct Options {
    std::uint16_t port = 0;
    std::size_t sessions = 1, messages = 1000, size = 4096, per_connection = 0;
    std::string recipient = "bob@example.org", sender = "ann@sender.example";
    bool is_random = false;
    double seconds = 600;
};

enum class Step { greeting, ehlo, mail, rcpt, data, dot };

struct Session {
    int socket = -1;
    Step step = Step::greeting;
    std::string in;
    std::string head;                 // what is to be sent before the shared body
    std::size_t head_sent = 0, body_sent = 0, done_here = 0;
    bool sends_body = false, waits_to_write = false;
    Clock::time_point data_ended;
};

std::string make_body(const Options& options)
{
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::mt19937_64 random{42};
    std::string body;
    body.reserve(options.size + 80);
    while (body.size() < options.size) {
        for (int i = 0; i < 76; ++i)
            body += options.is_random ? letters[random() % letters.size()] : 'x';
        body += "\r\n";
    }
    body.resize(options.size > 2 ? options.size - 2 : 0);
    if (!body.empty() && body.back() == '\r')
        body.back() = 'x';
    return body + "\r\n.\r\n";
}

class Load {
public:
    explicit Load(Options options)
        : options_{std::move(options)}, body_{make_body(options_)}, epoll_{epoll_create1(0)},
          sessions_(options_.sessions)
    {
        times_.reserve(options_.messages);
    }

    int run()
    {
        const auto begin = Clock::now();
        for (auto& session : sessions_)
            connect(session);
        std::vector<epoll_event> events(256);
        while (done_ + failed_ < options_.messages) {
            const int ready = epoll_wait(epoll_, events.data(), int(events.size()), 1000);
            for (int i = 0; i < ready; ++i)
                turn(sessions_[events[std::size_t(i)].data.u64], events[std::size_t(i)].events);
            if (std::chrono::duration<double>(Clock::now() - begin).count() > options_.seconds)
                break;
        }
        report(std::chrono::duration<double>(Clock::now() - begin).count());
        return done_ == options_.messages ? 0 : 1;
    }

private:
    void connect(Session& session)
    {
        if (session.socket >= 0)
            close(session.socket);
        session = Session{};
        session.socket = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(options_.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(session.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            std::perror("connect");
            std::exit(1);
        }
        const int on = 1;
        setsockopt(session.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fcntl(session.socket, F_SETFL, O_NONBLOCK);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = std::uint64_t(&session - sessions_.data());
        epoll_ctl(epoll_, EPOLL_CTL_ADD, session.socket, &event);
    }

    void turn(Session& session, std::uint32_t events)
    {
        if (events & EPOLLOUT)
            flush(session);
        if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
            return;
        char buffer[16384];
        const auto count = recv(session.socket, buffer, sizeof buffer, 0);
        if (count == 0 || (count < 0 && errno != EAGAIN)) {
            ++failed_;
            last_failure_ = "connection closed";
            return connect(session);
        }
        if (count > 0)
            session.in.append(buffer, std::size_t(count));
        take_lines(session);
    }

    void take_lines(Session& session)
    {
        for (;;) {
            const auto end = session.in.find('\n');
            if (end == std::string::npos)
                return;
            const std::string line = session.in.substr(0, end);
            session.in.erase(0, end + 1);
            if (line.size() > 3 && line[3] == '-')
                continue;
            reply(session, line);
        }
    }

    void reply(Session& session, const std::string& line)
    {
        const bool is_good = line.starts_with(session.step == Step::data ? '3' : '2');
        if (!is_good) {
            ++failed_;
            last_failure_ = line;
            return connect(session);
        }
        switch (session.step) {
        case Step::greeting: return say(session, Step::ehlo, "EHLO load.example\r\n");
        case Step::ehlo: return next_message(session);
        case Step::mail:
            return say(session, Step::rcpt, "RCPT TO:<" + options_.recipient + ">\r\n");
        case Step::rcpt: return say(session, Step::data, "DATA\r\n");
        case Step::data: return send_message(session);
        case Step::dot: break;
        }
        times_.push_back(std::chrono::duration<double>(Clock::now() - session.data_ended).count());
        ++done_;
        if (options_.per_connection != 0 && ++session.done_here >= options_.per_connection)
            return started_ < options_.messages ? connect(session) : void();
        next_message(session);
    }

    void next_message(Session& session)
    {
        if (started_ >= options_.messages)
            return;
        ++started_;
        say(session, Step::mail, "MAIL FROM:<" + options_.sender + ">\r\n");
    }

    void say(Session& session, Step next, std::string text)
    {
        session.step = next;
        session.head = std::move(text);
        session.head_sent = 0;
        session.sends_body = false;
        flush(session);
    }

    void send_message(Session& session)
    {
        const std::string number = std::to_string(++sent_);
        session.step = Step::dot;
        session.head = "From: <" + options_.sender + ">\r\nTo: <" + options_.recipient
            + ">\r\nSubject: load " + number + "\r\nDate: Mon, 05 Jan 2026 09:00:00 +0000\r\n"
            + "Message-ID: <" + number + "." + std::to_string(getpid()) + "@load.example>\r\n\r\n";
        session.head_sent = session.body_sent = 0;
        session.sends_body = true;
        flush(session);
    }

    void flush(Session& session)
    {
        while (session.head_sent < session.head.size()
               || (session.sends_body && session.body_sent < body_.size())) {
            iovec pieces[2]{};
            std::size_t count = 0;
            if (session.head_sent < session.head.size())
                pieces[count++] = {session.head.data() + session.head_sent,
                                   session.head.size() - session.head_sent};
            if (session.sends_body)
                pieces[count++] = {body_.data() + session.body_sent,
                                   body_.size() - session.body_sent};
            msghdr message{};
            message.msg_iov = pieces;
            message.msg_iovlen = count;
            const auto sent = sendmsg(session.socket, &message, MSG_NOSIGNAL);
            if (sent < 0)
                return wait_to_write(session, errno == EAGAIN);
            const auto head = std::min(std::size_t(sent), session.head.size() - session.head_sent);
            session.head_sent += head;
            session.body_sent += std::size_t(sent) - head;
        }
        wait_to_write(session, false);
        if (session.sends_body) {
            session.data_ended = Clock::now();
            session.sends_body = false;
        }
    }

    void wait_to_write(Session& session, bool waits)
    {
        if (session.waits_to_write == waits)
            return;
        session.waits_to_write = waits;
        epoll_event event{};
        event.events = EPOLLIN | (waits ? std::uint32_t(EPOLLOUT) : 0U);
        event.data.u64 = std::uint64_t(&session - sessions_.data());
        epoll_ctl(epoll_, EPOLL_CTL_MOD, session.socket, &event);
    }

    void report(double seconds)
    {
        std::sort(times_.begin(), times_.end());
        const auto at = [this](double share) {
            return times_.empty() ? 0.0
                                  : times_[std::min(times_.size() - 1,
                                                    std::size_t(share * double(times_.size())))];
        };
        std::string failure = last_failure_;
        std::erase_if(failure, [](char c) { return c < ' ' || c == '"' || c == '\\' || c > '~'; });
        std::printf("{\"messages\": %zu, \"failed\": %zu, \"seconds\": %.6f, \"p50_ms\": %.4f, "
                    "\"p99_ms\": %.4f, \"max_ms\": %.4f, \"last_failure\": \"%s\"}\n",
                    done_, failed_, seconds, at(0.5) * 1e3, at(0.99) * 1e3, at(1) * 1e3,
                    failure.c_str());
    }

    Options options_;
    std::string body_, last_failure_;
    int epoll_;
    std::vector<Session> sessions_;
    std::vector<double> times_;
    std::size_t started_ = 0, sent_ = 0, done_ = 0, failed_ = 0;
};

std::size_t number(const char* text)
{
    std::size_t value = 0;
    const auto end = text + std::strlen(text);
    if (std::from_chars(text, end, value).ptr != end) {
        std::fprintf(stderr, "not a number: %s\n", text);
        std::exit(2);
    }
    return value;
}
}

int main(int argc, char** argv)
{
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const char* value = argv[i + 1];
        if (name == "--port") options.port = std::uint16_t(number(value));
        else if (name == "--sessions") options.sessions = number(value);
        else if (name == "--messages") options.messages = number(value);
        else if (name == "--size") options.size = number(value);
        else if (name == "--per-connection") options.per_connection = number(value);
        else if (name == "--seconds") options.seconds = double(number(value));
        else if (name == "--random") options.is_random = number(value) != 0;
        else if (name == "--recipient") options.recipient = value;
        else if (name == "--sender") options.sender = value;
    }
    if (options.port == 0) {
        std::fprintf(stderr, "usage: smtp_load --port N [--sessions N] [--messages N] [--size N]\n"
                             "       [--per-connection N] [--random 0|1] [--recipient A]\n"
                             "       [--sender A] [--seconds N]\n");
        return 2;
    }
    return Load{std::move(options)}.run();
}
