// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <string_view>

namespace web {
/// One family of numbers at /metrics: the table is what the manual, the dashboard and the alert
/// rules are checked against.
struct MetricFamily {
    std::string_view name; ///< without the prefix "mailweir_"
    std::string_view type; ///< counter, gauge or histogram
    std::string_view help; ///< one sentence
    std::string_view label = {}; ///< what tells its samples apart; "" for a single one
    std::string_view where = {}; ///< when it is there at all; "" for always
};

inline constexpr std::array metric_families{
    MetricFamily{"connections_total", "counter", "SMTP connections accepted."},
    MetricFamily{"connections_refused_total", "counter", "Connections refused at the door."},
    MetricFamily{"connections_open", "gauge", "SMTP connections now."},
    MetricFamily{"idle_reaped_total", "counter", "Idle sessions ended to make room."},
    MetricFamily{"timeouts_total", "counter", "Sessions ended by a deadline."},
    MetricFamily{"tls_handshakes_total", "counter", "TLS handshakes with clients."},
    MetricFamily{"messages_total", "counter", "Messages received to the final dot."},
    MetricFamily{"bytes_total", "counter", "Octets of those messages."},
    MetricFamily{"verdicts_total", "counter", "Recipients by what was decided.", "action"},
    MetricFamily{"refused_recipients_total", "counter", "Recipients refused before the message."},
    MetricFamily{"cut_through_total", "counter", "Messages handed on before our reply."},
    MetricFamily{"spooled_total", "counter", "Messages committed to the store."},
    MetricFamily{"relayed_total", "counter", "Recipients delivered from the store."},
    MetricFamily{"attempts_failed_total", "counter", "Delivery attempts that failed."},
    MetricFamily{"duplicates_suppressed_total", "counter",
                 "Repeats recognised and not sent twice."},
    MetricFamily{"in_doubt_total", "counter", "Final dots without a known answer."},
    MetricFamily{"relay_seconds", "histogram", "From the end of data to our reply.", "le"},
    MetricFamily{"queue_rows", "gauge", "Recipients that wait for delivery."},
    MetricFamily{"held_rows", "gauge", "Recipients in quarantine."},
    MetricFamily{"store_bytes", "gauge", "Octets of stored bodies."},
    MetricFamily{"store_stopped", "gauge", "1 when a disk error stopped the store."},
    MetricFamily{"queue_oldest_seconds", "gauge", "Age of the oldest row in the queue."},
    MetricFamily{"history_dropped_total", "counter", "History rows lost to overload."},
    MetricFamily{"log_lines_dropped_total", "counter", "Log lines lost to overload."},
    MetricFamily{"backup_timestamp_seconds", "gauge",
                 "When the last whole backup was made, in seconds since 1970; 0: never.", "",
                 "nightly backups are configured"},
    MetricFamily{"backup_bytes", "gauge", "Its size.", "", "nightly backups are configured"},
    MetricFamily{"backup_failed", "gauge", "1 when the latest attempt failed.", "",
                 "nightly backups are configured"},
    MetricFamily{"scan_workers", "gauge", "Sealed processes that analyse messages.", "",
                 "messages are scanned by workers"},
    MetricFamily{"scan_workers_busy", "gauge", "Those of them with a message.", "",
                 "messages are scanned by workers"},
    MetricFamily{"scan_waiting", "gauge", "Messages that wait for one of them.", "",
                 "messages are scanned by workers"},
    MetricFamily{"scan_behind_seconds", "gauge",
                 "For how long every message has had to wait for one.", "",
                 "messages are scanned by workers"},
    MetricFamily{"scan_messages_total", "counter", "Messages analysed.", "",
                 "messages are scanned by workers"},
    MetricFamily{"scan_workers_started_total", "counter", "Workers started.", "",
                 "messages are scanned by workers"},
    MetricFamily{"scan_workers_died_total", "counter", "Workers that died or hung over a message.",
                 "", "messages are scanned by workers"},
    MetricFamily{"scan_unscannable_total", "counter", "Messages that cost two workers.", "",
                 "messages are scanned by workers"},
    MetricFamily{"scan_not_scanned_total", "counter", "Messages deferred for want of a worker.", "",
                 "messages are scanned by workers"},
    MetricFamily{"dns_up", "gauge", "0 while no name server answers."},
    MetricFamily{"dns_questions_total", "counter", "Questions sent to name servers."},
    MetricFamily{"dns_cached_total", "counter", "Questions answered from the cache."},
    MetricFamily{"dns_joined_total", "counter", "Questions that shared one under way."},
    MetricFamily{"dns_failed_total", "counter", "Questions without an answer."},
    MetricFamily{"dns_timed_out_total", "counter", "Those of them that took too long."},
    MetricFamily{"dns_over_limit_total", "counter",
                 "Questions not sent, too many being under way."},
    MetricFamily{"dns_cache_entries", "gauge", "Answers in the cache."},
    MetricFamily{"dns_cache_bytes", "gauge", "Octets of the cache."},
    MetricFamily{"dns_list_up", "gauge", "0 while a DNS list is not believed.", "zone",
                 "DNS lists are configured"},
    MetricFamily{"dns_list_hits_total", "counter", "Addresses found on a DNS list.", "zone",
                 "DNS lists are configured"},
    MetricFamily{"clamd_up", "gauge", "0 while a clamd does not answer.", "server",
                 "a clamd is configured"},
    MetricFamily{"clamd_scans_total", "counter", "Messages that a clamd looked at.", "server",
                 "a clamd is configured"},
    MetricFamily{"clamd_infected_total", "counter", "Messages that it found a virus in.", "server",
                 "a clamd is configured"},
    MetricFamily{"clamd_failures_total", "counter", "Times that it did not answer.", "server",
                 "a clamd is configured"},
    MetricFamily{"next_hop_up", "gauge", "1 while the breaker of a next hop is closed.", "server",
                 "next hops were used"},
    MetricFamily{"conditions", "gauge", "What is bad and was told, by its name.", "name",
                 "anything is bad"},
    MetricFamily{"web_hook_notices_total", "counter",
                 "Notices to the web-hook: sent, failed (tried again) or dropped.", "outcome",
                 "a web-hook is configured"},
    MetricFamily{"web_hook_waiting", "gauge", "Notices that the web-hook has not taken yet.", "",
                 "a web-hook is configured"},
    MetricFamily{"loop_stalls_total", "counter", "Loop turns over 20 ms."},
    MetricFamily{"loop_longest_turn_seconds", "gauge", "The longest loop turn."},
    MetricFamily{"certificate_ends_seconds", "gauge",
                 "When the first certificate ends, in Unix time.", "",
                 "a listener has a certificate"},
};

/// A name that stands in the table; a wrong one does not compile.
struct MetricName {
    const MetricFamily& family;
    consteval MetricName(const char* name) : family{find(name)} { }

private:
    static consteval const MetricFamily& find(std::string_view name)
    {
        for (const auto& family : metric_families)
            if (family.name == name)
                return family;
        throw "no such metric";
    }
};
}
