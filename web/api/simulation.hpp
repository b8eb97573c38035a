// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/own_policy.hpp"
#include "web/api/stored_mail.hpp"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace web {
/// A candidate policy over mail that was judged before: what would come out otherwise than by the
/// policy in force, and whether people let through what the candidate would refuse. Used by one
/// thread after the other.
class Simulation {
public:
    static constexpr std::size_t most_examples = 10, most_domains = 10'000;
    static constexpr std::size_t enough = 100; ///< mails of a domain before anything is called safe
    using Snapshot = std::shared_ptr<const smtp::Snapshot>;
    /// `context` outlives it; `candidate` is what is in force but for the policy.
    Simulation(const smtp::Context& context, Snapshot in_force, Snapshot candidate);

    /// A row, and the mail it tells of; nullptr: no policy decided it.
    struct Case {
        const storage::HistoryRow* row = nullptr;
        std::unique_ptr<StoredMail> mail;
    };
    /// Judges them by both, and remembers all but whether people called them honest: that the
    /// answer asks of the mails it names, in their order.
    std::vector<mail::MailId> look_at(std::vector<Case>& cases);
    /// The answers, in that order.
    void take_opinions(const std::vector<bool>& is_wanted);
    void count_rescan() { ++rescanned_; }
    std::size_t looked_at() const { return looked_at_; }
    std::string json() const;

private:
    struct Change {
        std::size_t count = 0;
        std::vector<std::string> examples;
    };
    struct Domain {
        std::size_t looked_at = 0, refused = 0, newly = 0;
        std::size_t released = 0, allowed = 0, wanted = 0, regretted = 0;
        std::vector<std::string> examples; ///< of regretted ones
    };
    /// One that the candidate refuses, until it is known what people said of it.
    struct Refusal {
        std::string domain, id;
        bool is_regretted = false;
    };
    using Pair = std::pair<mail::Action, mail::Action>;
    void look_at(Case& one, smtp::RecipientPolicies& now, smtp::RecipientPolicies& then,
                 std::vector<mail::MailId>& asked);
    void note(const Case& one, const mail::Verdict& now, const mail::Verdict& then,
              std::vector<mail::MailId>& asked);
    bool is_allowed_today(const Case& one) const;
    void regret(const Refusal& refusal);
    void write_changes(class JsonWriter& json) const;
    void write_domains(class JsonWriter& json) const;

    const smtp::Context& context_;
    Snapshot in_force_, candidate_;
    std::size_t looked_at_ = 0, unchanged_ = 0, not_judged_ = 0, beyond_ = 0, rescanned_ = 0;
    std::map<Pair, Change> changes_;
    std::map<Pair, std::size_t> then_;
    std::map<std::string, Domain, std::less<>> domains_;
    std::vector<Refusal> refusals_; ///< of the last slice
};

/// What is in force but with another policy: for judging alone, since its layers are not made.
std::shared_ptr<const smtp::Snapshot> with_policy(const smtp::Snapshot& snapshot,
                                                  filters::PolicySet policy);
}
