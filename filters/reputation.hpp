// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/policy.hpp"
#include "filters/services.hpp"

#include <span>
#include <string>
#include <vector>

namespace filters {
/// What a judged message says of those who sent it.
enum class Lesson { none, good, bad };

/// Spam by what stands apart from its senders' reputation is bad; mail to be delivered that has
/// few points is good; in between, and whatever reputation itself or a list decided, teaches
/// nothing, so that a reputation never feeds on itself and nobody's own list speaks for all.
/// `policies`, `judgements`: by recipient.
Lesson lesson_of(std::span<const Policy* const> policies, std::span<const Judgement> judgements);
/// The same of a refusal at RCPT: bad where a rule or spoofing refused the sender for good, not the
/// recipient. Never good.
Lesson lesson_of_refusal(const mail::Verdict& verdict);

/// Whom a message speaks for: the client's address, its network (/24, /48) and the domains that
/// DKIM vouches for. Kinds and keys: "ip 192.0.2.1", "net 192.0.2.0/24", "domain example.jp".
std::vector<std::string> reputation_keys(const mail::Mail& mail);
/// The keys that a person means by "192.0.2.1" or "example.jp"; none: it is neither.
std::vector<std::string> reputation_keys(std::string_view text);

/// Good and bad messages of one key, with decay.
struct Standing {
    double good = 0, bad = 0;
    /// -1 (all bad) to 1 (all good), and nearer to 0 the less is known.
    double score() const;
    std::string to_string() const; ///< "12.3 good, 0.5 bad"
};

/// The gateway's memory of senders' behaviour. Counts halve every `half_life` and stay
/// below 200, so that no past outlasts a new behaviour for long. Safe from all loops.
class Reputation {
public:
    static constexpr std::chrono::hours half_life{7 * 24};
    explicit Reputation(storage::Ledger& ledger) : ledger_{ledger} { }
    std::optional<Standing> standing(std::string_view key, net::Env::Wall now) const;
    void learn(std::span<const std::string> keys, Lesson lesson, double weight, net::Env::Wall now);

private:
    storage::Ledger& ledger_;
};
}
