// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/mail/address.hpp"
#include "gateway/net/env.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/worker_pool.hpp"
#include "storage/ledger.hpp"
#include "storage/lists.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace filters {
/// Whether a mailbox exists at the internal server.
class RecipientVerifier {
public:
    /// refused: the server refuses the recipient for another reason than that it is unknown.
    enum class Answer { known, unknown, refused, unchecked, unavailable };
    struct Result {
        Answer answer = Answer::unchecked;
        std::string reply; ///< the internal server's words for unknown, refused or unavailable
        std::string enhanced = {}; ///< refused: subject and detail of its enhanced code: "2.2"
        std::optional<mail::Mailbox> canonical
            = {}; ///< known: whose mailbox it is, if that is told
    };
    virtual ~RecipientVerifier() = default;
    virtual net::awaitable<Result> verify(mail::Mailbox address) = 0;
    /// The answer that needs no wait, if there is one (cache, file, `any`).
    virtual std::optional<Result> known(const mail::Mailbox& address) = 0;
    /// Whose mailbox it is: aliases and details ("bob+x") resolved; the address itself if nothing
    /// says otherwise.
    virtual net::awaitable<mail::Mailbox> owner(mail::Mailbox address) { co_return address; }
};

class Scanner;
namespace classify {
class Classifier;
}

/// The doors through which a layer reaches the world. All are safe from all loops and outlive every
/// chain.
struct Services {
    net::Env* env = nullptr;
    net::Resolver* resolver = nullptr;
    net::WorkerPool* pool = nullptr;
    storage::Lists* lists = nullptr;
    RecipientVerifier* recipients = nullptr;
    storage::Ledgers* ledgers = nullptr;
    /// The scan role; none: messages are analysed in this process.
    Scanner* scanner = nullptr;
    /// What was learnt of this site's mail; none: nothing.
    classify::Classifier* classifier = nullptr;
    /// When this installation first started; unset: long ago. Rate control observes for a while
    /// first.
    std::optional<net::Env::Wall> installed_at = {};
    /// A domain the gateway accepts mail for.
    std::function<bool(const mail::Domain&)> is_own_domain;
    /// State that survives a reload, by the layer's name; made on first use, shared by later
    /// chains.
    std::shared_ptr<void>& kept(std::string_view name);

private:
    std::map<std::string, std::shared_ptr<void>, std::less<>> kept_;
};
}
