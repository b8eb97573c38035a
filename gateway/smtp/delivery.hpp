// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/client.hpp"
#include "gateway/smtp/context.hpp"
#include "gateway/smtp/pool.hpp"
#include "gateway/smtp/sent_copies.hpp"

#include <string>
#include <utility>
#include <vector>

namespace smtp {
/// What became of an accepted message: the client's reply, and a few words a recipient for history.
struct Delivered {
    mail::Reply reply;
    std::vector<std::string> fates; ///< by recipient
    bool is_in_doubt = false; ///< the next hop may have taken it all the same
};

/// Everything after settle() said yes (promise §1): straight through to the internal server, or
/// durably into the store. Nothing answers 2xx before one of the two holds the message.
class Delivery {
public:
    Delivery(Context& context, SnapshotPointer snapshot, const ListenerSettings& listener);
    /// Each recipient's verdict is deliver, tag, quarantine or discard. `hash` all zero: no
    /// duplicate check.
    net::awaitable<Delivered> accept(mail::Mail& mail, const storage::TransactionHash& hash);

private:
    struct Plan;
    /// Copies that left already, by recipient and the mail of which each was; the others are
    /// claimed.
    struct Repeats {
        SentCopies::Claim claim = {};
        std::vector<std::pair<std::size_t, mail::MailId>> earlier = {};
        void tell(Delivered& delivered) const;
    };
    Plan plan_for(const mail::Mail& mail) const;
    net::awaitable<std::optional<Repeats>> leave_out_repeats(const mail::Mail& mail,
                                                             Plan& plan) const;
    void notice(const mail::Mail& mail, const Plan& plan, const Outcome& outcome) const;
    net::awaitable<Delivered> pass_on(mail::Mail& mail, Plan& plan);
    net::awaitable<void> cut_through(mail::Mail& mail, Plan& plan, Delivered& delivered);
    net::awaitable<void> after_failure(mail::Mail& mail, Plan& plan, Outcome outcome,
                                       std::optional<Lease> lease, Delivered& delivered);
    /// Why stored mail waits.
    struct Waiting {
        std::chrono::milliseconds pause{};
        std::string last_reply = {};
        bool is_unreachable = false;
    };
    net::awaitable<void> store(mail::Mail& mail, Plan& plan, Waiting waiting, Delivered& delivered);

    Context& context_;
    SnapshotPointer snapshot_;
    const ListenerSettings& listener_;
    Client::Deadline deadline_;
    storage::TransactionHash hash_{};
};

/// The route of a recipient: its domain's, else the outbound one; nullptr when neither exists.
std::shared_ptr<const Route> route_of(const Settings& settings, const mail::Mailbox& recipient);

/// Sends one mail over one route. Tries once more when a kept connection turns out to be dead.
/// `lease` keeps the connection where the outcome is in doubt over time.
net::awaitable<Outcome> relay(Context& context, std::shared_ptr<const Route> route,
                              const Outgoing& outgoing, bool all_or_nothing,
                              Client::Deadline deadline, std::optional<Lease>& lease);
}
