// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/services.hpp"
#include "gateway/mail/mail.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters {
/// An address that the whole Internet can send from: not loopback, link-local, private or of no
/// host. (Addresses of RFC 5737 and RFC 3849 count, as tests need some.)
bool is_public(const mail::Ip& ip);

/// What a Received field says about the host it took the mail from: "from HELO (name [IP]) by …".
struct ReceivedFrom {
    std::string helo; ///< as written, "" without a from clause
    std::optional<mail::Ip> ip; ///< as its writer saw it, never what the host said of itself
};
/// `value` unfolded. Knows how Postfix, Exim, Sendmail, qmail and Exchange write it.
ReceivedFrom read_received(std::string_view value);

/// The networks of forwarders, by listener. Replaced when a configuration is loaded; safe from all
/// threads.
class Forwarders {
public:
    using ByListener = std::map<std::string, std::vector<mail::Network>, std::less<>>;
    /// The one of these services, made on first use. Call when layers are made.
    static std::shared_ptr<Forwarders> of(Services& services);
    void replace(ByListener networks);
    bool has(std::string_view listener, const mail::Ip& ip) const;

private:
    std::atomic<std::shared_ptr<const ByListener>> networks_{std::make_shared<const ByListener>()};
};

/// The host that first handed the mail to somebody we trust.
struct Origin {
    mail::Ip ip;
    std::string helo;
    bool is_client = true; ///< the host that speaks to us; false: found in Received fields
};
/// The client itself, unless it is a listed forwarder: then the host its topmost Received field
/// names, and on through further listed and private hosts, at most ten. nullopt: a forwarder's
/// field does not say, or (before the message is there) cannot be read yet. A line is believed only
/// where a trusted host wrote it.
std::optional<Origin> originating_client(const mail::Mail& mail, const Forwarders& forwarders);
}
