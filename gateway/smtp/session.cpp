// SPDX-License-Identifier: Apache-2.0
// The conversation: greeting, verbs, replies. Mail transactions are in session_mail.cpp.
#include "gateway/smtp/session.hpp"

#include "gateway/net/proxy_protocol.hpp"
#include "gateway/smtp/record.hpp"

#include <array>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace smtp {
using mail::Reply;
using net::awaitable;

bool is_listed(const std::vector<mail::Network>& networks, const mail::Ip& ip)
{
    return std::ranges::any_of(networks,
                               [&](const mail::Network& network) { return network.contains(ip); });
}

void place_client(mail::Client& client, const ListenerSettings& listener)
{
    const bool is_outbound = listener.role == mail::Direction::outbound;
    client.is_inside = is_listed(is_outbound ? listener.clients : listener.inside, client.ip);
    client.is_trusted_forwarder = is_listed(listener.forwarders, client.ip);
}

/// A verb, what must have come before it, and who answers it: at once, or after waiting.
struct Session::VerbEntry {
    Verb verb;
    bool (*is_ready)(const Session&);
    std::string_view missing;
    Reply (Session::*answer)(std::string_view argument);
    awaitable<Reply> (Session::*answer_later)(std::string_view argument);
};

const Session::VerbEntry* Session::find(Verb verb)
{
    using S = const Session&;
    static constexpr auto always = [](S) { return true; };
    static constexpr auto greeted = [](S s) { return s.has_greeted_ && !s.mail_; };
    static constexpr auto has_mail = [](S s) { return s.mail_ && !s.chunks_; };
    static constexpr auto has_recipient
        = [](S s) { return s.mail_ && !s.mail_->recipients.empty() && !s.chunks_; };
    static constexpr VerbEntry entries[] = {
        {Verb::mail, greeted, "EHLO first, and one MAIL at a time", nullptr, &Session::mail_from},
        {Verb::rcpt, has_mail, "MAIL first", nullptr, &Session::rcpt_to},
        {Verb::data, has_recipient, "MAIL and a valid RCPT first", nullptr, &Session::data},
        {Verb::bdat, always, "", nullptr, &Session::bdat},
        {Verb::ehlo, always, "", &Session::ehlo, nullptr},
        {Verb::helo, always, "", &Session::helo, nullptr},
        {Verb::rset, always, "", &Session::rset, nullptr},
        {Verb::noop, always, "", &Session::noop, nullptr},
        {Verb::quit, always, "", &Session::quit, nullptr},
        {Verb::vrfy, always, "", &Session::vrfy, nullptr},
        {Verb::expn, always, "", &Session::expn, nullptr},
        {Verb::help, always, "", &Session::help, nullptr},
        {Verb::http, always, "", &Session::http, nullptr},
        {Verb::starttls, always, "", nullptr, &Session::starttls},
        {Verb::xclient, always, "", nullptr, &Session::xclient},
        {Verb::auth, greeted, "EHLO first", nullptr, &Session::auth},
        {Verb::unknown, always, "", &Session::unknown, nullptr},
    };
    const auto* found = std::ranges::find(entries, verb, &VerbEntry::verb);
    return found == std::end(entries) ? &entries[std::size(entries) - 1] : found;
}

Session::Session(net::Stream stream, Context& context, std::string listener, mail::Client client)
    : stream_{std::move(stream)}, context_{context}, snapshot_{context.snapshot()},
      listener_name_{std::move(listener)}, client_{std::move(client)}, connected_from_{client_.ip}
{ }

const ListenerSettings& Session::listener() const
{
    static const ListenerSettings
        gone; // its listener left with a reload: the defaults finish the session
    const auto& all = snapshot_->settings.listeners;
    const auto found = std::ranges::find(all, listener_name_, &ListenerSettings::name);
    return found == all.end() ? gone : *found;
}

awaitable<void> Session::run()
{
    try {
        co_await converse();
    } catch (const net::TimedOut&) {
        context_.metrics.timed_out.fetch_add(1, std::memory_order_relaxed);
        snapshot_->chain->observe(client_, filters::Incident::too_slow);
        stream_.queue("421 4.4.2 too slow, closing\r\n");
    } catch (const net::ConnectionLost&) {
        // The peer went; what it had not finished was never acknowledged.
    } catch (const std::exception& error) {
        spdlog::error("session with {}: {}", client_.ip.to_string(), error.what());
        stream_.queue("421 4.3.0 internal error, closing\r\n");
    }
    if (unconfirmed_ && stream_.is_all_acknowledged())
        context_.dedupe->confirmed(unconfirmed_->hash, unconfirmed_->id);
    stream_.close();
}

/// A listed proxy speaks for its client: the door is asked again, with the client's own address.
awaitable<bool> Session::learn_client_from_proxy()
{
    const net::ProxyHeader header = co_await net::read_proxy_header(stream_);
    if (!header.client) {
        // Its rights are not for strangers.
        client_.is_inside = client_.is_trusted_forwarder = false;
        co_return true;
    }
    client_.ip = mail::Ip{header.client->bytes};
    client_.port = header.client->port;
    connected_from_ = client_.ip;
    place_client(client_, listener());
    auto admission = Admission::ask(snapshot_, client_);
    if (!admission) {
        record_client_refusal(context_, client_, listener_name_, "connect", admission.error());
        if (!admission.error().text.empty())
            say(admission.error());
        co_return false;
    }
    admission_.emplace(std::move(*admission));
    co_return true;
}

awaitable<bool> Session::greet()
{
    stream_.expires_after(snapshot_->settings.limits.greeting);
    if (is_listed(listener().proxy_protocol, connected_from_)) {
        const bool is_admitted = co_await learn_client_from_proxy();
        if (!is_admitted)
            co_return false;
    }
    if (listener().is_implicit_tls && !stream_.is_tls()) {
        const auto tls = snapshot_->tls.find(listener_name_);
        if (tls == snapshot_->tls.end())
            co_return false;
        co_await stream_.start_tls(tls->second);
        client_.tls = stream_.tls_summary();
    } else if (stream_.readable_now() > 0) {
        // RFC 5321 §4.3.1: a client waits for the greeting.
        if (auto reply = observe(filters::Incident::early_talk)) {
            say(*reply);
            co_return false;
        }
    }
    say({220, "", snapshot_->settings.hostname + " ESMTP Mailweir"});
    co_return true;
}

awaitable<void> Session::converse()
{
    const bool is_welcome = co_await greet();
    if (!is_welcome)
        co_return co_await stream_.flush();
    while (!is_over_) {
        if (must_leave()) {
            say({421, "4.3.2", "shutting down, try again", true});
            break;
        }
        stream_.expires_after(snapshot_->settings.limits.command);
        waiting_since_ = context_.env->now();
        const net::Stream::Line line
            = co_await stream_.read_line(snapshot_->settings.limits.command_line);
        waiting_since_.reset();
        settle_confirmation();
        const Reply reply = co_await handle(line);
        if (reply.is_permanent() && !reply.closes)
            co_await keep_back();
        say(reply);
    }
    stream_.expires_after(snapshot_->settings.limits.greeting);
    co_await stream_.flush();
}

awaitable<Reply> Session::handle(const net::Stream::Line& line)
{
    if (!line.is_terminated)
        co_return junk({500, "5.5.2", "line too long"});
    if (line.has_bare_lf || line.text.find('\0') != std::string_view::npos)
        co_return junk({500, "5.5.2", "lines end in CRLF and hold no NUL"});
    const Command command = parse_command(line.text);
    const VerbEntry& entry = *find(command.verb);
    if (wears_out(command.verb))
        co_return Reply{421, "4.7.0", "too many commands and no message, closing", true};
    if (!entry.is_ready(*this))
        co_return out_of_order(command.verb, entry.missing);
    Reply reply;
    if (entry.answer)
        reply = (this->*entry.answer)(command.argument);
    else
        reply = co_await (this->*entry.answer_later)(command.argument);
    if (reply.code == 500 || reply.code == 501)
        co_return junk(std::move(reply));
    co_return reply;
}

void Session::say(const Reply& reply)
{
    if (reply.code == 0)
        return; // STARTTLS has said all there is to say
    stream_.queue(mail::to_wire(reply));
    is_over_ |= reply.closes;
}

/// Counts what no honest client says; about twenty of them end the session (promise §1).
Reply Session::junk(Reply reply)
{
    if (auto verdict = observe(filters::Incident::junk_command))
        return *verdict;
    if (++junk_commands_ < snapshot_->settings.limits.junk_commands)
        return reply;
    return {421, "4.7.0", "too many errors, closing", true};
}

/// Who pipelines has said RCPT and DATA before it hears that MAIL or RCPT was refused: no junk.
Reply Session::out_of_order(Verb verb, std::string_view missing)
{
    Reply reply{503, "5.5.1", std::string{missing}};
    const bool is_pipelined
        = has_tried_mail_ && (verb == Verb::rcpt || verb == Verb::data || verb == Verb::bdat);
    return is_pipelined ? reply : junk(std::move(reply));
}

/// While draining nothing new begins; who stands before its data has a few seconds to come to it.
bool Session::must_leave()
{
    constexpr std::chrono::seconds grace{5};
    if (!context_.is_draining || chunks_)
        return false;
    const auto now = context_.env->now();
    draining_since_ = draining_since_.value_or(now);
    return mail_ || stream_.has_line() ? now - *draining_since_ >= grace : true;
}

/// Commands that bring no mail nearer are few between two messages, and all commands bounded: a
/// session cannot be kept alive for nothing (as by Postfix' smtpd_junk_command_limit).
bool Session::wears_out(Verb verb)
{
    static constexpr std::array useful{Verb::mail, Verb::rcpt, Verb::data, Verb::bdat, Verb::quit};
    const auto& limits = snapshot_->settings.limits;
    const std::size_t idle_limit = std::size_t{limits.junk_commands} * 5;
    if (verb != Verb::bdat) // counts itself where the limits of DATA do not bound it
        ++commands_;
    if (std::ranges::find(useful, verb) == useful.end())
        ++idle_commands_;
    // Recipients beyond the limit are answered too: a long list goes in several transactions.
    return idle_commands_ > idle_limit || commands_ > limits.recipients * 10 + idle_limit;
}

/// The tarpit: what was said before goes out, then the refusal waits. The session may be reaped
/// meanwhile.
awaitable<void> Session::keep_back()
{
    const filters::Tarpit tarpit = snapshot_->chain->tarpit(client_);
    if (tarpit.time.count() == 0 || context_.is_draining)
        co_return;
    co_await stream_.flush();
    waiting_since_ = context_.env->now();
    co_await net::sleep(tarpit.time);
    waiting_since_.reset();
}

std::optional<Reply> Session::observe(filters::Incident incident)
{
    auto reply = snapshot_->chain->observe(client_, incident);
    if (!reply)
        return reply;
    reply->closes = true;
    record_client_refusal(context_, client_, listener_name_, mail_ ? "rcpt" : "helo", *reply);
    return reply;
}

bool Session::reap(std::string_view why, bool even_with_mail)
{
    constexpr std::chrono::seconds patience{10}; // with one who is about to send
    if (!waiting_since_)
        return false;
    if (mail_ && !(even_with_mail && context_.env->now() - *waiting_since_ >= patience))
        return false;
    waiting_since_.reset();
    is_over_ = true;
    stream_.queue(fmt::format("421 4.3.2 {}\r\n", why));
    stream_.close();
    return true;
}

/// Input that came after our 250 was written proves that the client heard it (promise §3.3).
void Session::settle_confirmation()
{
    if (!unconfirmed_)
        return;
    if (unconfirmed_->had_early_input && !stream_.is_all_acknowledged())
        return; // sent before our 250 was: what comes later may tell
    context_.dedupe->confirmed(unconfirmed_->hash, unconfirmed_->id);
    unconfirmed_.reset();
}

bool Session::offers_starttls() const
{
    return !stream_.is_tls() && snapshot_->tls.contains(listener_name_);
}

Reply Session::greeting_reply(std::string_view name, bool is_esmtp)
{
    if (!is_acceptable_hello(name))
        return {501, "5.5.4", "a name is missing"};
    if (!mail_)
        snapshot_ = context_.snapshot();
    mail_.reset();
    chunks_.reset();
    client_.helo = name;
    client_.is_esmtp = is_esmtp;
    has_greeted_ = true;
    return {250, "", snapshot_->settings.hostname};
}

Reply Session::helo(std::string_view name) { return greeting_reply(name, false); }

Reply Session::ehlo(std::string_view name)
{
    Reply reply = greeting_reply(name, true);
    if (reply.code != 250)
        return reply;
    reply.text += fmt::format(
        "\nPIPELINING\nSIZE {}\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nCHUNKING\nDSN",
        snapshot_->settings.limits.message);
    if (offers_starttls())
        reply.text += "\nSTARTTLS";
    if (offers_auth())
        reply.text += "\nAUTH PLAIN LOGIN";
    if (is_listed(listener().xclient, connected_from_))
        reply.text += "\nXCLIENT NAME ADDR PORT HELO";
    return reply;
}

Reply Session::rset(std::string_view)
{
    mail_.reset();
    chunks_.reset();
    return {250, "2.0.0", "reset"};
}

Reply Session::noop(std::string_view) { return {250, "2.0.0", "ok"}; }
Reply Session::quit(std::string_view) { return {221, "2.0.0", "bye", true}; }
Reply Session::vrfy(std::string_view) { return {252, "2.1.5", "send mail and see"}; }
Reply Session::expn(std::string_view) { return {502, "5.5.1", "lists are not told here"}; }
Reply Session::help(std::string_view) { return {214, "2.0.0", "see RFC 5321"}; }
Reply Session::http(std::string_view) { return {554, "5.5.1", "this is a mail server", true}; }
Reply Session::unknown(std::string_view) { return {500, "5.5.1", "command not known"}; }

awaitable<Reply> Session::starttls(std::string_view argument)
{
    if (!offers_starttls())
        co_return Reply{502, "5.5.1", "STARTTLS is not offered now"};
    if (!argument.empty())
        co_return Reply{501, "5.5.4", "STARTTLS takes no argument"};
    if (stream_.buffered() > 0) {
        // Commands sent along would cross from plain into protected text (CVE-2011-0411).
        co_return Reply{554, "5.5.1", "nothing may follow STARTTLS before the handshake", true};
    }
    const auto tls = snapshot_->tls.find(listener_name_)->second;
    say({220, "2.0.0", "ready to start TLS"});
    co_await stream_.flush();
    mail_.reset();
    chunks_.reset();
    has_greeted_ = false;
    client_.helo.clear();
    stream_.expires_after(snapshot_->settings.limits.greeting);
    co_await stream_.start_tls(tls);
    client_.tls = stream_.tls_summary();
    context_.metrics.tls_handshakes.fetch_add(1, std::memory_order_relaxed);
    co_return Reply{0, "", ""};
}

awaitable<Reply> Session::xclient(std::string_view argument)
{
    if (!is_listed(listener().xclient, connected_from_))
        co_return Reply{550, "5.7.1", "XCLIENT is not for you"};
    if (mail_)
        co_return Reply{503, "5.5.1", "a mail is under way"};
    const auto command = parse_xclient(argument);
    if (!command)
        co_return command.error();
    if (command->address)
        client_.ip = *command->address;
    if (command->port)
        client_.port = *command->port;
    place_client(client_, listener());
    account_.clear();
    client_.reverse_name = command->name;
    client_.helo = command->helo;
    has_greeted_ = false;
    if (auto admission = Admission::ask(snapshot_, client_); !admission) {
        admission.error().closes = true;
        co_return admission.error();
    }
    co_return Reply{220, "", snapshot_->settings.hostname + " ESMTP Mailweir"};
}
}
