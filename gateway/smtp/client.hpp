// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "gateway/mail/stamp.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/smtp/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smtp {
/// What a server says it can do (RFC 5321 §4.1.1.1).
struct Capabilities {
    bool pipelining = false, size = false, eight_bit = false, smtputf8 = false, chunking = false;
    bool dsn = false, starttls = false, xclient_address = false;
    std::size_t size_limit = 0; ///< 0: none told
};
/// Reads the lines of an EHLO reply.
Capabilities parse_capabilities(const std::vector<std::string>& lines);

/// One mail for one server: the recipients named share the stamp.
struct Outgoing {
    const mail::Mail* mail = nullptr;
    std::vector<const mail::Recipient*> recipients;
    const mail::Stamp* stamp = nullptr;
    /// How long beyond the deadline data under way and its reply may take: a sender who waits for
    /// us has none, the queue has (RFC 5321 §4.5.3.2.6).
    milliseconds patience{0};
    mail::ReversePath signed_sender = {}; ///< if any, stands for the mail's own
};

/// How far a transaction came, and what the server said.
struct Outcome {
    enum class Stage { connect, hello, mail, rcpt, data, dot } stage = Stage::connect;
    mail::Reply reply; ///< the one that decided; made by us where the server failed
    std::vector<mail::Reply>
        recipients; ///< RCPT's replies in order (LMTP: final ones), may be empty
    bool is_delivered = false; ///< positive after the dot for those accepted
    bool is_in_doubt = false; ///< the dot was sent, no clear reply came
    bool has_failed = false; ///< the server hung, or the connection broke
    bool is_over_time = false; ///< in doubt since the budget ended: the connection still waits
    bool is_paced = false; ///< not tried: its destination takes no more at once
    bool is_reusable = false; ///< the connection can take another transaction
    std::string server; ///< "mail1.internal:25", for log and history
};

/// The client's side of one SMTP or LMTP connection. Waits are bounded by `deadline`s given by the
/// caller; no exception of the stream leaves `deliver`: every failure is an Outcome.
class Client {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    Client(net::Stream stream, std::shared_ptr<const Route> route, std::string server,
           std::string hostname);

    /// Greeting, EHLO, STARTTLS as the route wants. nullopt: ready; else what failed (4xx or 5xx as
    /// said).
    net::awaitable<std::optional<mail::Reply>> hello(Deadline deadline,
                                                     std::shared_ptr<const net::TlsContext> tls);
    /// One transaction. With several recipients `all_or_nothing` ends it (RSET) when one is
    /// refused.
    net::awaitable<Outcome> deliver(const Outgoing& outgoing, bool all_or_nothing,
                                    Deadline deadline);
    /// Goes on waiting for the reply to a dot that is in doubt: the reply that decides.
    net::awaitable<mail::Reply> late_reply(Deadline deadline);
    /// MAIL FROM:<>, RCPT TO:<address>, RSET: the reply to RCPT, or a 4xx of our own.
    net::awaitable<mail::Reply> verify(const mail::Mailbox& address, Deadline deadline);
    net::awaitable<void> quit();

    /// Nothing has come in unasked and the peer has not closed.
    bool is_quiet() const;
    /// The server refused or broke the TLS that was only tried: connect again without.
    bool has_tls_failed() const { return has_tls_failed_; }
    /// The server was there, but not with TLS as the route wants it.
    bool lacks_tls() const { return lacks_tls_; }
    const Capabilities& capabilities() const { return capabilities_; }
    const std::string& server() const { return server_; }
    net::Stream& stream() { return stream_; }
    bool is_tls() const { return stream_.is_tls(); }
    /// By what the server's certificate was verified, in the words of who asked for it; empty: by
    /// nothing.
    const std::string& proof() const { return proof_; }
    void set_proof(std::string proof) { proof_ = std::move(proof); }
    /// Why the server's certificate would not verify; empty when it does.
    std::string tls_problem() const { return stream_.tls_problem(); }

private:
    struct Transaction;
    net::awaitable<mail::Reply> read_reply(Deadline deadline);
    net::awaitable<std::optional<mail::Reply>> ehlo(Deadline deadline);
    net::awaitable<std::optional<mail::Reply>> secure(Deadline deadline,
                                                      std::shared_ptr<const net::TlsContext> tls);
    net::awaitable<bool> identify(Transaction& transaction);
    net::awaitable<void> run(Transaction& transaction);
    net::awaitable<bool> envelope_replies(Transaction& transaction);
    net::awaitable<void> send_data(Transaction& transaction);
    net::awaitable<void> send_chunk(Transaction& transaction);
    net::awaitable<void> final_replies(Transaction& transaction);
    net::awaitable<void> reset(Transaction& transaction);
    net::awaitable<void> read_over_refused(Transaction& transaction);
    std::optional<mail::Reply> cannot_send(const Outgoing& outgoing) const;
    std::string mail_line(const Outgoing& outgoing) const;
    std::string rcpt_line(const mail::Recipient& recipient) const;
    net::awaitable<void> send_pieces(const Transaction& transaction, mail::Rendering& rendering,
                                     std::string_view last);

    net::Stream stream_;
    std::shared_ptr<const Route> route_;
    std::string server_, hostname_, proof_;
    Capabilities capabilities_;
    std::vector<std::string> last_lines_; // of the last reply, as sent
    std::optional<mail::Ip> identified_; // whom the last XCLIENT named
    std::size_t envelope_owed_ = 0; // replies to MAIL and RCPT sent along, not yet read
    bool has_tls_failed_ = false, lacks_tls_ = false;
};
}
