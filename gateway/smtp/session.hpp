// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/reputation.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/smtp/admission.hpp"
#include "gateway/smtp/authentication.hpp"
#include "gateway/smtp/command.hpp"
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/data_reader.hpp"
#include "gateway/smtp/delivery.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace smtp {
class Srs;
bool is_listed(const std::vector<mail::Network>& networks, const mail::Ip& ip);
/// Marks a client as inside or as a listed forwarder, by what its listener says.
void place_client(mail::Client& client, const ListenerSettings& listener);

/// One SMTP connection, told as one coroutine: a hello and at most one mail at a time. Replies are
/// data; whoever answers a verb returns one and `run` says it.
class Session {
public:
    /// `listener` names one of the snapshot's listeners.
    Session(net::Stream stream, Context& context, std::string listener, mail::Client client);
    /// Until the peer quits, errs too often, is too slow, or the gateway drains. Throws nothing.
    net::awaitable<void> run();
    /// Ends a session that waits for a command, with 421; false if a mail is under way.
    /// With `even_with_mail` one that has waited long inside a transaction before its data, too.
    bool reap(std::string_view why, bool even_with_mail = false);
    const mail::Client& client() const { return client_; }

private:
    struct VerbEntry;
    static const VerbEntry* find(Verb verb);
    struct Unconfirmed {
        storage::TransactionHash hash{};
        mail::MailId id;
        bool had_early_input = false;
    };

    net::awaitable<void> converse();
    net::awaitable<bool> greet();
    net::awaitable<bool> learn_client_from_proxy();
    net::awaitable<mail::Reply> handle(const net::Stream::Line& line);
    void say(const mail::Reply& reply);
    mail::Reply junk(mail::Reply reply);
    mail::Reply out_of_order(Verb verb, std::string_view missing);
    bool wears_out(Verb verb);
    bool must_leave();
    net::awaitable<void> keep_back();
    std::optional<mail::Reply> observe(filters::Incident incident);

    mail::Reply ehlo(std::string_view argument);
    mail::Reply helo(std::string_view argument);
    mail::Reply greeting_reply(std::string_view name, bool is_esmtp);
    mail::Reply rset(std::string_view argument);
    mail::Reply noop(std::string_view argument);
    mail::Reply quit(std::string_view argument);
    mail::Reply vrfy(std::string_view argument);
    mail::Reply expn(std::string_view argument);
    mail::Reply help(std::string_view argument);
    mail::Reply http(std::string_view argument);
    mail::Reply unknown(std::string_view argument);
    net::awaitable<mail::Reply> mail_from(std::string_view argument);
    net::awaitable<mail::Reply> rcpt_to(std::string_view argument);
    net::awaitable<mail::Reply> data(std::string_view argument);
    net::awaitable<mail::Reply> bdat(std::string_view argument);
    net::awaitable<mail::Reply> starttls(std::string_view argument);
    net::awaitable<mail::Reply> xclient(std::string_view argument);
    net::awaitable<mail::Reply> auth(std::string_view argument);

    bool may_sign_in() const;
    bool offers_auth() const;
    std::optional<mail::Reply> must_sign_in() const;
    net::awaitable<std::optional<std::string>> answer_to(std::string challenge);
    net::awaitable<std::expected<Credentials, mail::Reply>> hear_plain(std::string initial);
    net::awaitable<std::expected<Credentials, mail::Reply>> hear_login(std::string initial);
    net::awaitable<mail::Reply> sign_in(Credentials credentials);

    std::expected<mail::Mailbox, mail::Reply> accepted_address(const RcptCommand& command) const;
    std::expected<mail::Mailbox, mail::Reply> forwarded_sender(const Srs& srs,
                                                               const mail::Mailbox& address) const;
    std::expected<mail::Mailbox, mail::Reply> signer_of(const mail::Mailbox& address) const;
    bool is_unsigned_bounce(const RcptCommand& command, const mail::Mailbox& owner) const;
    std::optional<mail::Reply> judge_recipient(mail::Recipient& recipient);
    net::awaitable<void> resolve_owner(mail::Recipient& recipient);
    void learn(filters::Lesson lesson);
    net::awaitable<mail::Reply> finish(DataReader& reader);
    std::optional<mail::Reply> refusal_of_data(const Received& received) const;
    void add_data_findings(const Received& received);
    net::awaitable<mail::Reply> judge_message(const Received& received);
    net::awaitable<Delivered> deliver();
    void settle_confirmation();
    const ListenerSettings& listener() const;
    bool offers_starttls() const;
    DataReader reader(Framer::Ending ending);

    net::Stream stream_;
    Context& context_;
    SnapshotPointer snapshot_;
    std::string listener_name_;
    mail::Client client_;
    mail::Ip connected_from_; // as the socket or a PROXY header says; XCLIENT changes only client_
    std::optional<Admission> admission_; // of the client behind a proxy
    std::unique_ptr<mail::Mail> mail_; // from MAIL to the end of the data
    std::unique_ptr<DataReader> chunks_; // from the first BDAT to the last
    bool has_greeted_ = false; // HELO or EHLO was said
    bool has_tried_mail_ = false; // MAIL was said since the last message, however it was answered
    std::optional<std::chrono::steady_clock::time_point> draining_since_; // as far as it has seen
    std::optional<std::chrono::steady_clock::time_point> waiting_since_; // for a command
    bool has_taught_ = false; // a refusal at RCPT of this mail counts once for its client
    bool is_over_ = false;
    std::string account_; // who signed in; "": nobody
    std::int64_t account_number_ = 0;
    std::uint64_t signed_in_at_ = 0; // a moment of storage::EndedSignIns
    unsigned failed_sign_ins_ = 0;
    unsigned junk_commands_ = 0;
    std::size_t commands_ = 0, idle_commands_ = 0; // since the last message
    std::optional<Unconfirmed> unconfirmed_; // our last 250 for a message
};
}
