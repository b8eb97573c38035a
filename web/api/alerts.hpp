// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "web/api/alert_state.hpp"
#include "web/api/alert_text.hpp"
#include "web/api/web_hook.hpp"

#include <deque>
#include <string>
#include <vector>

namespace web {
struct Site;

/// Tells administrators by mail and web-hook when something is bad and when it is well again, and
/// sends the report. Lives on one loop; `turn` and `deliver` are called again and again. What was
/// told and what is still owed are kept in the data directory, so that a restart tells nothing
/// twice and leaves nothing out.
class Alerts {
public:
    explicit Alerts(Site& site);
    /// Looks at everything, and tells what changed. Once at a time.
    awaitable<void> turn();
    /// Sends what the web-hook is owed.
    awaitable<void> deliver();

    /// What became of one mail, or of the web-hook.
    struct Sent {
        std::string to;
        std::string id; ///< of the mail
        std::string problem; ///< "" it went
    };
    /// A notice that says it is a test, to everyone.
    awaitable<std::vector<Sent>> test();
    /// The report of the last period, now; to those who get alerts.
    awaitable<std::vector<Sent>> report();

    WallTime since(const smtp::Condition& condition) const { return state_.since(condition); }
    std::vector<Change> standing() const { return state_.standing(); }
    const WebHook& hook() const { return hook_; }
    std::size_t mails_waiting() const { return mails_.size(); }
    WallTime last_report() const { return last_report_; }
    WallTime next_report() const; ///< the epoch: never

private:
    awaitable<void> load();
    void take_up(std::string_view text);
    std::string text() const;
    awaitable<void> save();
    void add_events(std::vector<Change>& changes);
    void tell(std::vector<Change> changes);
    awaitable<void> send_mails();
    awaitable<void> report_when_due();
    Notice notice_of(std::vector<Change> changes);
    awaitable<Sent> mail_to(mail::Mailbox to, MailText text, std::string kind);

    /// A mail that the queue did not take: it is tried again for a day.
    struct Owed {
        mail::Mailbox to;
        MailText text;
        WallTime made{}, next{};
    };
    Site& site_;
    AlertState state_;
    WebHook hook_;
    std::deque<Owed> mails_;
    WallTime last_report_{}, last_events_{};
    WallTime report_again_{}; ///< the last one could not be sent: not before
    std::string saved_; ///< what is on disk
    bool is_loaded_ = false, is_busy_ = false;
};

/// When the next report is due, after `last`; the epoch where there is none. Weekly ones on
/// Mondays.
WallTime next_report_after(WallTime last, const AlertSettings& settings);
}
