// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"
#include "gateway/mail/finding.hpp"
#include "gateway/mail/id.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/mail/message.hpp"
#include "gateway/mail/verdict.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace filters {
struct Content;
}

namespace mail {
enum class Direction { inbound, outbound };

/// Who speaks to us: one connection. Addresses may come from XCLIENT or PROXY of a trusted peer.
struct Client {
    Ip ip;
    std::uint16_t port = 0;
    std::string helo; ///< as given, "" before HELO/EHLO
    bool is_esmtp = false;
    std::string tls; ///< "TLSv1.3 TLS_AES_256_GCM_SHA384", empty without TLS
    std::string reverse_name; ///< confirmed PTR name, empty if none is known
    bool is_inside = false; ///< listed as inside, or client of an outbound listener
    bool is_trusted_forwarder = false; ///< listed forwarder or backup MX: no 5xx for contents
};

/// ESMTP parameters of MAIL (RFC 1870, 6152, 6531, 3461).
struct MailParameters {
    std::size_t size = 0; ///< 0: not given
    bool is_8bit = false; ///< BODY=8BITMIME
    bool is_smtputf8 = false;
    std::string ret; ///< "", "FULL" or "HDRS"
    std::string envid; ///< xtext as received
};

struct Recipient {
    Mailbox address;
    std::string notify = {}; ///< RFC 3461, as received
    std::string orcpt = {}; ///< RFC 3461, as received
    Findings findings = {}; ///< facts about this recipient alone
    Verdict verdict = {};
    /// Whose mailbox it is where that is another: an alias or a detail ("bob+x") resolved.
    std::optional<Mailbox> canonical = {};
    /// To whom lists, quarantine and policy belong.
    const Mailbox& owner() const { return canonical ? *canonical : address; }
};

/// How long a mail has waited for the DNS in all; questions at the same time count once.
struct DnsWait {
    std::chrono::steady_clock::time_point since = {}; ///< where any are under way
    std::chrono::milliseconds taken{0};
    unsigned under_way = 0;
};

/// What travels from session to delivery. Moves; never copied.
struct Mail {
    MailId id;
    std::chrono::system_clock::time_point received_at;
    std::string listener; ///< its name in the configuration
    Direction direction = Direction::inbound;
    Client client;
    ReversePath sender;
    /// That of our domains which sends it, where it leaves: its administrators answer for it.
    std::string sending_domain;
    MailParameters parameters;
    std::vector<Recipient> recipients;
    Message message;
    Findings findings; ///< facts about the mail as a whole, in order of discovery
    /// What the scan found in it; empty before, where nothing needed a scan, and where it failed.
    std::shared_ptr<const filters::Content> content;
    /// DNS queries that may still be made on its account (promise §5, hostile DNS); who asks, pays.
    mutable unsigned dns_queries_left = 40;
    mutable DnsWait dns_wait;

    Mail() = default;
    Mail(Mail&&) = default;
    Mail& operator=(Mail&&) = default;
};
}
