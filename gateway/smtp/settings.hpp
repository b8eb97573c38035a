// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/mail.hpp"
#include "gateway/net/ldap.hpp"
#include "gateway/net/tls.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smtp {
using std::chrono::milliseconds;

/// promise.md §6. Units are octets, counts and time.
struct Limits {
    std::size_t message = 50U << 20;
    std::size_t recipients = 1000, recipients_unknown = 100;
    std::size_t connections = 20000, connections_per_source = 50;
    milliseconds greeting{30'000}, command{60'000}, data{15 * 60'000};
    std::size_t data_rate = 500; ///< octets a second, over the time in DATA beyond 60 s
    unsigned junk_commands = 20;
    bool idle_sessions_reaped = true;
    std::size_t command_line = 2048;
    std::size_t data_line = 1U << 20;
    std::size_t bodies_in_memory = 256U << 20, bodies_in_files = 4ULL << 30;
    std::size_t body_in_memory = 2U << 20; ///< a larger body goes to an unlinked file
};

enum class OnNextHopFailure { spool, pass };
enum class EightBit { send, refuse };
enum class TlsUse { none, opportunistic, required, verified };
enum class Protocol { smtp, lmtp };
/// What becomes of bare CR, bare LF and NUL in a message.
enum class BadOctets { refuse, mend };
/// Whether clients of an outbound listener may or must sign in (RFC 4954).
enum class AuthUse { off, offered, required };

struct ListenerSettings {
    std::string name, address; ///< "mx", "0.0.0.0:25"
    mail::Direction role = mail::Direction::inbound;
    std::vector<net::CertificateFiles> certificates;
    bool is_implicit_tls = false;
    std::vector<mail::Network> proxy_protocol, xclient; ///< who may speak for others
    std::vector<mail::Network> clients; ///< outbound: who may relay; empty: nobody
    std::vector<mail::Network> inside; ///< inbound: who counts as inside
    std::vector<mail::Network>
        forwarders; ///< listed forwarders and backup MX: never a 5xx for contents
    std::vector<mail::Network>
        normalise; ///< clients whose bare CR/LF/NUL is mended instead of refused
    OnNextHopFailure on_next_hop_failure = OnNextHopFailure::spool;
    mail::Mixed mixed = mail::Mixed::hold;
    AuthUse auth = AuthUse::off;
};

struct OutsideHost;
struct Destination;

struct NextHop {
    std::string host; ///< name or address
    std::uint16_t port = 25;
    /// What the DNS says of it; null: a server of the administrator's.
    std::shared_ptr<const OutsideHost> outside = {};
};

/// Where the mail of one domain (or of everything outbound) goes.
struct Route {
    std::string name; ///< the domain, or "outbound"
    std::vector<NextHop> next_hops; ///< in order of preference
    EightBit eight_bit = EightBit::send;
    TlsUse tls = TlsUse::opportunistic;
    Protocol protocol = Protocol::smtp;
    unsigned connections = 20; ///< per server, over all loops
    /// The servers are those that the DNS names for `name`, a domain: `find_destination` fills in
    /// the next hops and what else there is to know.
    bool is_by_mx = false;
    std::shared_ptr<const Destination> destination = {};
    /// Equal for routes to the same servers by the same ways: they share connections and
    /// transactions.
    std::size_t identity() const;
};

/// Where in a directory a domain's recipients are.
struct LdapRecipients {
    net::LdapSettings directory;
    std::string base;
    std::string filter; ///< with {address}, {local}, {domain}
    std::string canonical; ///< attribute with the mailbox's own address; "" for none
};

struct RecipientSource {
    enum class Kind { any, callout, file, ldap } kind = Kind::callout;
    std::string file = {};
    std::shared_ptr<const LdapRecipients> ldap = {};
};

struct DomainSettings {
    mail::Domain name;
    std::shared_ptr<const Route> route;
    RecipientSource recipients;
    std::string detail = {}; ///< characters that begin a detail: "+"; none: there are no details
    std::string aliases = {}; ///< file; "": none
    std::optional<mail::Domain> alias_of = {}; ///< the domain that takes its place
    bool is_rewritten = false; ///< the next hop hears the owner's address, not the alias
    bool signs_return_paths = false; ///< of what leaves
};

struct DeliverySettings {
    milliseconds connect{10'000}, reply{30'000}, budget{30'000};
    std::vector<milliseconds> retry; ///< the last repeats
    std::chrono::seconds give_up{5 * 24 * 3600};
    milliseconds in_doubt{600'000}; ///< how long an unanswered dot keeps its connection
};

/// How mail leaves for servers that the DNS names.
struct OutsideSettings {
    std::uint16_t port = 25; ///< of theirs
    std::vector<mail::Network> never_to; ///< what strangers name in the DNS must not lead there
    std::vector<mail::Ip> own_addresses; ///< of this machine
    bool has_dane = true; ///< RFC 7672
    bool has_sts = true; ///< RFC 8461
};

/// How the account behind a mail of an outbound listener is known where nobody signed in.
struct AccountSettings {
    std::string header; ///< a field in which servers of ours write it; "": none does
    std::vector<mail::Network> header_from; ///< whose field is believed
    bool is_envelope = true; ///< else the envelope sender, where it is an address of ours
};

/// Where people ask; for pages and notices.
struct Contact {
    std::string url, phone, english, japanese;
};

/// How far people may go with thresholds of their own.
struct OwnThresholds {
    double least_tag = 2, most_tag = 8, least_quarantine = 3, most_quarantine = 12;
    bool may_switch_off = true; ///< the filter, for themselves
};

/// Everything a session and delivery read. One immutable snapshot per configuration.
struct Settings {
    std::string hostname;
    Limits limits;
    std::vector<ListenerSettings> listeners;
    std::map<std::string, DomainSettings, std::less<>> domains; ///< by ascii name
    std::vector<std::string> alias_files; ///< of all domains, each once
    bool has_aliases = false; ///< some address may be another's
    std::shared_ptr<const Route> outbound; ///< nullptr: outbound mail to other domains is refused
    OutsideSettings outside;
    AccountSettings account;
    std::optional<mail::Domain> srs; ///< forwarded mail gets an envelope sender of this domain
    DeliverySettings delivery;
    std::string contact; ///< one line for refusals: "contact: https://…"
    Contact notice;
    bool has_quarantine = true; ///< people have one; otherwise its verdict becomes tag
    OwnThresholds own_thresholds;
};
}
