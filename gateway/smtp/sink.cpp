// SPDX-License-Identifier: Apache-2.0
#include "gateway/smtp/sink.hpp"

#include "gateway/smtp/command.hpp"
#include "gateway/smtp/data_reader.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace smtp {
namespace {
using mail::Reply;

/// One conversation of the sink: no layers, no policy, no store.
class SinkSession {
public:
    SinkSession(net::Stream& stream, const SinkSettings& settings,
                std::atomic<std::uint64_t>& messages)
        : stream_{stream}, settings_{settings}, messages_{messages}
    { }
    net::awaitable<void> converse();

private:
    net::awaitable<Reply> answer(const Command& command);
    net::awaitable<Reply> take_data();
    net::awaitable<Reply> take_chunk(std::string_view argument);
    Reply hello(bool is_esmtp);
    net::awaitable<Reply> keep(DataReader& reader);
    DataReader reader(Framer::Ending ending)
    {
        return {stream_, limits_, BodyMemory{~0UL, 0, ~0UL, {}, nullptr}, ending,
                BadOctets::refuse};
    }
    bool has_mail() const { return sender_ && !recipients_.empty(); }

    net::Stream& stream_;
    const SinkSettings& settings_;
    std::atomic<std::uint64_t>& messages_;
    const Limits limits_{};
    std::optional<std::string> sender_;
    std::vector<std::string> recipients_;
    std::unique_ptr<DataReader> chunks_;
};

/// Written under tmp/ and moved to new/, as Maildir readers expect.
bool write_to_maildir(const std::string& maildir, std::string_view head,
                      const mail::Message& message)
{
    static std::atomic<unsigned> sequence{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::string name = fmt::format("{}.P{}Q{}.sink", now.count(), ::getpid(), ++sequence);
    std::error_code error;
    for (const char* folder : {"tmp", "new", "cur"})
        std::filesystem::create_directories(maildir + "/" + folder, error);
    std::FILE* file = std::fopen((maildir + "/tmp/" + name).c_str(), "wbx");
    if (!file)
        return false;
    const std::string text = message.text();
    bool is_written = std::fwrite(head.data(), 1, head.size(), file) == head.size();
    is_written &= std::fwrite(text.data(), 1, text.size(), file) == text.size();
    is_written &= std::fclose(file) == 0;
    if (is_written)
        std::filesystem::rename(maildir + "/tmp/" + name, maildir + "/new/" + name, error);
    return is_written && !error;
}

net::awaitable<Reply> SinkSession::keep(DataReader& reader)
{
    Received received = co_await reader.take(nullptr);
    std::string head = fmt::format("Return-Path: <{}>\r\n", sender_.value_or(""));
    for (const auto& recipient : recipients_)
        head += fmt::format("X-Envelope-To: {}\r\n", recipient);
    sender_.reset();
    recipients_.clear();
    if (received.refusal)
        co_return *received.refusal;
    if (!settings_.maildir.empty() && !write_to_maildir(settings_.maildir, head, received.message))
        co_return Reply{451, "4.3.0", "cannot write to the Maildir"};
    co_return Reply{250, "2.0.0", fmt::format("kept as number {}", ++messages_)};
}

Reply SinkSession::hello(bool is_esmtp)
{
    sender_.reset();
    recipients_.clear();
    chunks_.reset();
    if (!is_esmtp)
        return {250, "", settings_.hostname};
    return {250, "",
            settings_.hostname
                + "\nPIPELINING\nSIZE 0\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nDSN"
                + (settings_.offers_chunking ? "\nCHUNKING" : "")};
}

net::awaitable<Reply> SinkSession::take_data()
{
    if (!has_mail())
        co_return Reply{503, "5.5.1", "MAIL and RCPT first"};
    stream_.queue("354 go ahead\r\n");
    DataReader all = reader(Framer::Ending::dot);
    co_await all.read_data();
    co_return co_await keep(all);
}

net::awaitable<Reply> SinkSession::take_chunk(std::string_view argument)
{
    const auto command = parse_bdat(argument);
    if (!command)
        co_return Reply{501, "5.5.4", "bad BDAT", true};
    if (!chunks_)
        chunks_ = std::make_unique<DataReader>(reader(Framer::Ending::counted));
    co_await chunks_->read_chunk(command->size);
    const auto all = has_mail() && !command->is_last ? nullptr : std::move(chunks_);
    if (!has_mail())
        co_return Reply{503, "5.5.1", "MAIL and RCPT first"};
    if (!command->is_last)
        co_return Reply{250, "2.0.0", "chunk taken"};
    co_return co_await keep(*all);
}

net::awaitable<Reply> SinkSession::answer(const Command& command)
{
    switch (command.verb) {
    case Verb::helo:
        co_return hello(false);
    case Verb::ehlo:
    case Verb::lhlo:
        co_return hello(true);
    case Verb::mail: {
        const auto parsed = parse_mail(command.argument, limits_.message * 8);
        if (!parsed)
            co_return parsed.error();
        sender_ = mail::to_string(parsed->sender);
        recipients_.clear();
        co_return Reply{250, "2.1.0", "ok"};
    }
    case Verb::rcpt: {
        const auto parsed = parse_rcpt(command.argument, true);
        if (!parsed || !sender_)
            co_return parsed ? Reply{503, "5.5.1", "MAIL first"} : parsed.error();
        recipients_.push_back(parsed->address ? parsed->address->to_string() : "postmaster");
        co_return Reply{250, "2.1.5", "ok"};
    }
    case Verb::data:
        co_return co_await take_data();
    case Verb::bdat:
        co_return co_await take_chunk(command.argument);
    case Verb::rset:
        (void)hello(false);
        co_return Reply{250, "2.0.0", "ok"};
    case Verb::noop:
        co_return Reply{250, "2.0.0", "ok"};
    case Verb::quit:
        co_return Reply{221, "2.0.0", "bye", true};
    default:
        co_return Reply{500, "5.5.1", "command not known"};
    }
}

net::awaitable<void> SinkSession::converse()
{
    stream_.queue("220 " + settings_.hostname + " ESMTP Mailweir sink\r\n");
    for (bool is_over = false; !is_over;) {
        stream_.expires_after(std::chrono::minutes{5});
        const net::Stream::Line line = co_await stream_.read_line(limits_.command_line);
        const Reply reply = co_await answer(parse_command(line.text));
        stream_.queue(mail::to_wire(reply));
        is_over = reply.closes;
    }
    co_await stream_.flush();
}
}

net::awaitable<void> serve_sink(net::Stream stream, const SinkSettings& settings,
                                std::atomic<std::uint64_t>& messages)
{
    try {
        SinkSession session{stream, settings, messages};
        co_await session.converse();
    } catch (const net::ConnectionLost&) {
        // A client that leaves without QUIT is no event for a sink.
    } catch (const net::TimedOut&) {
        spdlog::info("sink: a client said nothing for five minutes");
    }
    stream.close();
}
}
